/** Marks, in "On this page", the section that is being read. */

/** Share of the viewport, from its top, in which a heading counts as reached. */
const REACH = 0.3;

/** Index of the last heading at or above `line`; -1 before the first. `tops` ascend. */
export function currentIndex(tops: readonly number[], line: number): number {
  return tops.findLastIndex((top) => top <= line);
}

export function followSections(nav: HTMLElement): void {
  const links = [...nav.querySelectorAll<HTMLAnchorElement>('a[href^="#"]')];
  const pairs = links.flatMap((link) => {
    const heading = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    return heading ? [{ link, heading }] : [];
  });
  let shown: HTMLAnchorElement | null = null;
  const update = () => {
    const tops = pairs.map(({ heading }) => heading.getBoundingClientRect().top);
    const link = pairs[currentIndex(tops, innerHeight * REACH)]?.link ?? null;
    if (link === shown) return;
    shown?.removeAttribute('aria-current');
    link?.setAttribute('aria-current', 'true');
    shown = link;
    if (link) reveal(link, nav);
  };
  // Headings can cross the line in one jump, which an IntersectionObserver does not see.
  let asked = false;
  const ask = () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      update();
    });
  };
  addEventListener('scroll', ask, { passive: true });
  ask();
}

/** Scrolls the list, never the page. */
function reveal(link: HTMLElement, nav: HTMLElement): void {
  if (nav.scrollHeight <= nav.clientHeight) return;
  const { top, bottom } = link.getBoundingClientRect();
  const box = nav.getBoundingClientRect();
  if (top < box.top) nav.scrollTop += top - box.top - box.height / 3;
  else if (bottom > box.bottom) nav.scrollTop += bottom - box.bottom + box.height / 3;
}

const nav = document.querySelector<HTMLElement>('.on-this-page');
if (nav) followSections(nav);

/** The words that a reader came for, marked in the page, with a bar to step from one to the next. */
import { placesOf } from './words';

export interface Wanted {
  query: string;
  terms: string[];
}

const KEY = 'pellucid-hits';
const SKIPPED = 'script, style, annotation, button, textarea, .visually-hidden';

let bar: HitsBar | null = null;

/** Keep the words for the page that the reader is about to open. */
export function keepHits(wanted: Wanted): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(wanted));
  } catch {
    // Storage is refused: the page opens without marks.
  }
}

export function showKeptHits(): void {
  try {
    const kept = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    if (kept) showHits(JSON.parse(kept) as Wanted);
  } catch {
    // Nothing was kept, or by another version.
  }
}

export function showHits({ query, terms }: Wanted): void {
  bar?.close();
  const article = document.querySelector('article');
  const ranges = article ? findRanges(article, new Set(terms)) : [];
  if (ranges.length > 0) bar = new HitsBar(query, ranges);
}

export function findRanges(root: Element, terms: ReadonlySet<string>): Range[] {
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const ranges: Range[] = [];
  while (texts.nextNode()) {
    const text = texts.currentNode as Text;
    if (text.parentElement?.closest(SKIPPED)) continue;
    for (const [start, end] of placesOf(text.data, terms)) {
      const range = document.createRange();
      range.setStart(text, start);
      range.setEnd(text, end);
      ranges.push(range);
    }
  }
  return ranges;
}

class HitsBar {
  readonly #ranges: Range[];
  readonly #root = document.createElement('div');
  readonly #count = document.createElement('span');
  readonly #leave = new AbortController();
  #at = -1;

  constructor(query: string, ranges: Range[]) {
    this.#ranges = ranges;
    this.#root.className = 'hits-bar';
    this.#root.setAttribute('role', 'group');
    this.#root.setAttribute('aria-label', `Hits for ${query} on this page`);
    this.#count.setAttribute('role', 'status');
    this.#root.append(
      this.#count,
      this.#button('Previous', () => this.#step(-1)),
      this.#button('Next', () => this.#step(1)),
      this.#button('Close', () => this.close()),
    );
    document.body.append(this.#root);
    const leave = (event: KeyboardEvent) => event.key === 'Escape' && this.close();
    document.addEventListener('keydown', leave, { signal: this.#leave.signal });
    paint('pellucid-hits', ranges);
    this.#say(query);
  }

  close(): void {
    this.#leave.abort();
    this.#root.remove();
    paint('pellucid-hits', []);
    paint('pellucid-hit', []);
  }

  #step(by: number): void {
    const length = this.#ranges.length;
    this.#at = this.#at < 0 && by < 0 ? length - 1 : (this.#at + by + length) % length;
    const range = this.#ranges[this.#at] as Range;
    range.startContainer.parentElement?.closest('details')?.setAttribute('open', '');
    paint('pellucid-hit', [range]);
    const { top } = range.getBoundingClientRect();
    scrollTo({ top: scrollY + top - innerHeight / 3 });
    this.#count.textContent = `${this.#at + 1} of ${length}`;
  }

  #say(query: string): void {
    const length = this.#ranges.length;
    this.#count.textContent = `${length} ${length === 1 ? 'hit' : 'hits'} for “${query}”`;
  }

  #button(label: string, act: () => void): HTMLButtonElement {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'button';
    button.textContent = label;
    button.addEventListener('click', act);
    return button;
  }
}

/** Marks by the browser's own highlights, so that the page's elements stay as they are. */
function paint(name: string, ranges: Range[]): void {
  if (typeof Highlight === 'undefined') return;
  if (ranges.length > 0) CSS.highlights.set(name, new Highlight(...ranges));
  else CSS.highlights.delete(name);
}

/** Contents as a drawer on narrow screens: the header's link opens it, Escape, a click beside it or a followed link closes it. */

const NARROW = '(width < 64rem)';

export class ContentsDrawer extends HTMLElement {
  #leave = new AbortController();
  #closer: HTMLButtonElement | null = null;

  connectedCallback(): void {
    this.#leave = new AbortController();
    const { signal } = this.#leave;
    const opener = this.#opener;
    if (!opener) return;
    opener.setAttribute('role', 'button');
    opener.setAttribute('aria-expanded', 'false');
    opener.addEventListener('click', (event) => this.#toggle(event), { signal });
    opener.addEventListener('keydown', (event) => event.key === ' ' && this.#toggle(event), { signal });
    document.addEventListener('keydown', (event) => event.key === 'Escape' && this.open && this.close(), { signal });
    document.addEventListener('click', (event) => this.#clicked(event), { signal });
    matchMedia(NARROW).addEventListener('change', () => this.close(false), { signal });
    if (location.hash === '#contents') this.#takeOver();
  }

  disconnectedCallback(): void {
    this.close(false);
    this.#leave.abort();
  }

  get open(): boolean {
    return this.#side?.hasAttribute('data-open') ?? false;
  }

  show(): void {
    const side = this.#side;
    if (!side || this.open) return;
    this.#closer ??= this.#makeCloser();
    side.prepend(this.#closer);
    side.setAttribute('data-open', '');
    side.setAttribute('role', 'dialog');
    side.setAttribute('aria-label', 'Contents');
    this.#opener?.setAttribute('aria-expanded', 'true');
    for (const other of this.#others) other.inert = true;
    (side.querySelector<HTMLElement>('[aria-current="page"]') ?? this.#closer).focus();
  }

  /** `back` says whether the focus returns to the header's button. */
  close(back = true): void {
    const side = this.#side;
    if (!side || !this.open) return;
    for (const name of ['data-open', 'role', 'aria-label']) side.removeAttribute(name);
    this.#closer?.remove();
    this.#opener?.setAttribute('aria-expanded', 'false');
    for (const other of this.#others) other.inert = false;
    if (back) this.#opener?.focus();
  }

  get #opener(): HTMLElement | null {
    return this.querySelector('a');
  }

  get #side(): HTMLElement | null {
    return document.getElementById('contents');
  }

  /** What stands behind the drawer, out of reach while it is open. */
  get #others(): NodeListOf<HTMLElement> {
    return document.querySelectorAll<HTMLElement>('body > header, body > footer, .skip, main');
  }

  #toggle(event: Event): void {
    event.preventDefault();
    if (this.open) this.close();
    else this.show();
  }

  #clicked(event: MouseEvent): void {
    const target = event.target as Element;
    if (!this.open || this.contains(target)) return;
    const inside = this.#side?.contains(target);
    if (!inside) this.close();
    else if (target.closest('a')) this.close(false);
  }

  /** The link was followed before this script arrived: the drawer is open by :target alone. */
  #takeOver(): void {
    location.replace('#content');
    if (matchMedia(NARROW).matches) this.show();
  }

  #makeCloser(): HTMLButtonElement {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'button drawer-close';
    button.textContent = 'Close';
    button.addEventListener('click', () => this.close());
    return button;
  }
}

customElements.define('pellucid-contents', ContentsDrawer);

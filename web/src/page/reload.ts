/** `pellucid serve --dev`: shows a page anew when its own HTML or the front end has changed; never while the reader is typing. */

export class PageReload extends HTMLElement {
  #events: EventSource | null = null;
  #shown: string | null = null;

  connectedCallback(): void {
    this.#events = new EventSource(this.dataset.url ?? '');
    this.#events.addEventListener('hello', () => void this.#compare());
    this.#events.addEventListener('changed', () => void this.#compare());
  }

  disconnectedCallback(): void {
    this.#events?.close();
  }

  async #compare(): Promise<void> {
    const response = await fetch(location.pathname, { cache: 'no-store' });
    const html = await response.text();
    const before = this.#shown;
    this.#shown ??= html;
    if (before === null || before === html) return;
    if (isTyping()) this.#offer();
    else location.reload();
  }

  #offer(): void {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Reload';
    button.addEventListener('click', () => location.reload());
    const banner = document.createElement('p');
    banner.className = 'new-version';
    banner.setAttribute('role', 'status');
    banner.append('New version of this page', button);
    this.replaceChildren(banner);
  }
}

function isTyping(): boolean {
  return document.activeElement?.closest('input, textarea, [contenteditable]') != null;
}

customElements.define('pellucid-reload', PageReload);

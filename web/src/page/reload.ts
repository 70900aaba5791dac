/** `pellucid serve --dev`: shows a page anew when its own HTML or the front end has changed; never while the reader is typing. */
import { isTyping } from './typing';

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
    const html = await fetchPage();
    if (html === null) return; // the server is starting again, and says hello when it is there
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

async function fetchPage(): Promise<string | null> {
  try {
    return await (await fetch(location.pathname, { cache: 'no-store' })).text();
  } catch {
    return null;
  }
}

customElements.define('pellucid-reload', PageReload);

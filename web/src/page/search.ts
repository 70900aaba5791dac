/** The search button and its keys. The dialog, MiniSearch and the documents load when it is first opened. */
import { showKeptHits } from './hits';
import { isTyping } from './typing';

export class SearchButton extends HTMLElement {
  #leave = new AbortController();

  connectedCallback(): void {
    this.#leave = new AbortController();
    const { signal } = this.#leave;
    this.querySelector('button')?.addEventListener('click', () => void this.open(), { signal });
    document.addEventListener('keydown', (event) => this.#key(event), { signal });
    showKeptHits();
  }

  disconnectedCallback(): void {
    this.#leave.abort();
  }

  async open(): Promise<void> {
    const { searchDialog } = await import('./search-dialog');
    const { page = '', base = './' } = document.body.dataset;
    searchDialog({ url: this.dataset.url ?? '', page, base }).show();
  }

  #key(event: KeyboardEvent): void {
    const slash = event.key === '/' && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target);
    // On a Mac Ctrl+K deletes to the end of the line.
    const modifier = /Mac|iP/.test(navigator.platform) ? event.metaKey : event.ctrlKey;
    const control = event.key.toLowerCase() === 'k' && modifier && !event.altKey;
    if (!(slash || control) || event.defaultPrevented) return;
    event.preventDefault();
    void this.open();
  }
}

customElements.define('pellucid-search', SearchButton);

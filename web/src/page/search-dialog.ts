/** The search dialog: type, arrow keys, Enter. Hits of the current page come first. */
import { html, nothing, render, type TemplateResult } from 'lit/html.js';
import { keepHits, showHits } from './hits';
import { readable } from './readable';
import { excerpt, type Hit, marked, type Piece, SearchIndex, type Section } from './search-index';

export interface SearchPlace {
  /** Where `search.json` stands. */
  url: string;
  /** The current page's slug. */
  page: string;
  /** Relative path to the site's root. */
  base: string;
}

let dialog: SearchDialog | null = null;

/** The page's one dialog, made at the first call. */
export function searchDialog(place: SearchPlace): SearchDialog {
  dialog ??= new SearchDialog(place, () => loadSections(place.url));
  return dialog;
}

async function loadSections(url: string): Promise<Section[]> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  return ((await response.json()) as { documents: Section[] }).documents;
}

export class SearchDialog {
  readonly root = document.createElement('dialog');
  readonly #place: SearchPlace;
  readonly #load: () => Promise<Section[]>;
  #index: SearchIndex | null = null;
  #query = '';
  #failure: string | null = null;

  constructor(place: SearchPlace, load: () => Promise<Section[]>) {
    this.#place = place;
    this.#load = load;
    this.root.className = 'search';
    this.root.setAttribute('aria-label', 'Search the book');
    this.root.addEventListener('keydown', (event) => this.#key(event));
    this.root.addEventListener('click', (event) => event.target === this.root && this.root.close());
    document.body.append(this.root);
  }

  show(): void {
    this.#render();
    if (!this.root.open) this.root.showModal();
    const field = this.#field;
    field?.focus();
    field?.select();
    if (!this.#index) void this.#prepare();
  }

  async #prepare(): Promise<void> {
    this.#failure = null;
    try {
      this.#index = new SearchIndex(await this.#load());
    } catch (error) {
      this.#failure = `The search index could not be loaded (${(error as Error).message}). Close and open the search to try again.`;
    }
    this.#render();
  }

  get #field(): HTMLInputElement | null {
    return this.root.querySelector('input');
  }

  get #links(): HTMLAnchorElement[] {
    return [...this.root.querySelectorAll<HTMLAnchorElement>('a')];
  }

  #render(): void {
    const found = this.#index?.find(this.#query, this.#place.page) ?? { here: [], elsewhere: [] };
    const count = found.here.length + found.elsewhere.length;
    render(
      html`<div class="search-box">
        <div class="search-bar">
          <label class="visually-hidden" for="search-field">Words to find</label>
          <input id="search-field" type="search" autocomplete="off" spellcheck="false" enterkeyhint="search" placeholder="Search the book"
            .value=${this.#query} @input=${(event: Event) => this.#type((event.target as HTMLInputElement).value)}>
          <button type="button" @click=${() => this.root.close()}>Close</button>
        </div>
        <p class="search-status" role="status">${this.#status(count)}</p>
        <div class="search-results">
          ${group('On this page', found.here, (hit) => this.#result(hit))}
          ${group(found.here.length > 0 ? 'In other chapters' : 'In the book', found.elsewhere, (hit) => this.#result(hit))}
        </div>
        <p class="search-keys" aria-hidden="true"><kbd>↑</kbd> <kbd>↓</kbd> choose <kbd>⏎</kbd> open <kbd>Esc</kbd> close</p>
      </div>`,
      this.root,
    );
  }

  #status(count: number): string {
    if (this.#failure) return this.#failure;
    if (this.#query.trim() === '') return 'Headings, text, formulas (as LaTeX) and code of every chapter.';
    if (!this.#index) return 'Loading the index…';
    if (count === 0) return `Nothing found for “${this.#query}”. Try fewer or shorter words.`;
    return `${count} ${count === 1 ? 'section' : 'sections'}`;
  }

  #result(hit: Hit): TemplateResult {
    const { section, terms } = hit;
    const here = section.page === this.#place.page;
    const page = here ? '' : `${this.#place.base}${section.page ? `${section.page}/` : ''}`;
    return html`<li><a href=${`${page}#${section.anchor || 'content'}`} @click=${() => this.#follow(hit, here)}>
      <span class="search-title">${pieces(marked(readable(section.title), terms))}</span>
      ${here || section.chapter === section.title ? nothing : html`<span class="search-chapter">${section.chapter}</span>`}
      <span class="search-excerpt">${pieces(excerpt(readable(section.text), terms))}</span>
    </a></li>`;
  }

  #type(query: string): void {
    this.#query = query;
    this.#render();
  }

  #follow({ terms }: Hit, here: boolean): void {
    const wanted = { query: this.#query.trim(), terms: [...terms] };
    this.root.close();
    if (here) showHits(wanted);
    else keepHits(wanted);
  }

  #key(event: KeyboardEvent): void {
    const links = this.#links;
    const at = links.indexOf(document.activeElement as HTMLAnchorElement);
    if (event.key === 'ArrowDown') links[Math.min(at + 1, links.length - 1)]?.focus();
    else if (event.key === 'ArrowUp') (at > 0 ? links[at - 1] : this.#field)?.focus();
    else if (event.key === 'Enter' && at < 0 && document.activeElement === this.#field) links[0]?.click();
    else return;
    event.preventDefault();
  }
}

function group(title: string, hits: Hit[], result: (hit: Hit) => TemplateResult): TemplateResult | typeof nothing {
  if (hits.length === 0) return nothing;
  return html`<h2 class="search-group">${title}</h2><ol>${hits.map(result)}</ol>`;
}

function pieces(parts: Piece[]): (TemplateResult | string)[] {
  return parts.map(({ text, hit }) => (hit ? html`<mark>${text}</mark>` : text));
}

/** Full-text search over the book's sections. */
import MiniSearch, { type SearchResult } from 'minisearch';
import { normal, placesOf, wordsOf } from './words';

/** One heading with its text up to the next, as `search.json` holds it. */
export interface Section {
  page: string;
  anchor: string;
  chapter: string;
  title: string;
  text: string;
}

export interface Hit {
  section: Section;
  /** The words of the section that answer the query, in normal form. */
  terms: ReadonlySet<string>;
}

export interface Piece {
  text: string;
  hit: boolean;
}

/** Characters of an excerpt, and how many of them stand before its first hit. */
const EXCERPT = 180;
const BEFORE = 50;
const MOST = 20;

export class SearchIndex {
  #sections: readonly Section[];
  #index: MiniSearch;

  constructor(sections: readonly Section[]) {
    this.#sections = sections;
    this.#index = new MiniSearch({
      fields: ['title', 'chapter', 'text'],
      tokenize: wordsOf,
      processTerm: normal,
      searchOptions: {
        boost: { title: 4, chapter: 2 },
        combineWith: 'AND',
        prefix: true,
        fuzzy: (term) => (term.length > 4 ? 0.2 : false),
        weights: { prefix: 0.6, fuzzy: 0.2 },
      },
    });
    this.#index.addAll(sections.map((section, id) => ({ ...section, id })));
  }

  /** Sections that hold every word of the query, best first: those of `page`, then all others. */
  find(query: string, page: string): { here: Hit[]; elsewhere: Hit[] } {
    const hits = this.#index.search(query).map((result) => this.#hit(result));
    return {
      here: hits.filter(({ section }) => section.page === page).slice(0, MOST),
      elsewhere: hits.filter(({ section }) => section.page !== page).slice(0, MOST),
    };
  }

  #hit({ id, terms }: SearchResult): Hit {
    return { section: this.#sections[id as number] as Section, terms: new Set(terms) };
  }
}

/** The text around the first hit, cut into pieces that are a hit and pieces that are not. */
export function excerpt(text: string, terms: ReadonlySet<string>): Piece[] {
  const first = placesOf(text, terms)[0]?.[0] ?? 0;
  const start = first <= BEFORE ? 0 : wordStart(text, first - BEFORE);
  const end = start + EXCERPT >= text.length ? text.length : wordStart(text, start + EXCERPT);
  const pieces = marked(text.slice(start, end).trimEnd(), terms);
  if (start > 0) pieces.unshift({ text: '… ', hit: false });
  if (end < text.length) pieces.push({ text: ' …', hit: false });
  return pieces;
}

export function marked(text: string, terms: ReadonlySet<string>): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const [start, end] of placesOf(text, terms)) {
    if (start > at) pieces.push({ text: text.slice(at, start), hit: false });
    pieces.push({ text: text.slice(start, end), hit: true });
    at = end;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), hit: false });
  return pieces;
}

/** The first place at or after `from` where a word begins. */
function wordStart(text: string, from: number): number {
  const space = text.indexOf(' ', from);
  return space < 0 ? from : space + 1;
}

/** Words as the search sees them: the same in its index, in its excerpts and in the page. */

const WORD = /[\p{L}\p{N}]+/gu;

/** A word without case and accents. */
export function normal(word: string): string {
  return word
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
}

export function wordsOf(text: string): string[] {
  return text.match(WORD) ?? [];
}

/** Where the words of `terms` (normal forms) stand in a text: pairs of start and end. */
export function placesOf(text: string, terms: ReadonlySet<string>): [number, number][] {
  return [...text.matchAll(WORD)]
    .filter(([word]) => terms.has(normal(word)))
    .map(({ 0: word, index }) => [index, index + word.length]);
}

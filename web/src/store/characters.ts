/** Characters as a person counts them: an accented letter or a family of emoji is one. */

/** The most characters that a note may have. */
export const NOTE_LIMIT = 8000;

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

// Printable ASCII and tabs: every code unit is a character.
const PLAIN = /^[\t\x20-\x7e]*$/;

/** No character reaches over a line break, so that lines can be counted one by one; the last ones counted are remembered. */
let counted = new Map<string, number>();

export function countCharacters(text: string): number {
  const lines = text.split('\n');
  const next = new Map<string, number>();
  let count = lines.length - 1;
  for (const line of lines) {
    const length = counted.get(line) ?? next.get(line) ?? countLine(line);
    next.set(line, length);
    count += length;
  }
  counted = next;
  return count;
}

function countLine(line: string): number {
  if (PLAIN.test(line)) return line.length;
  let count = 0;
  for (const _ of segmenter.segment(line)) count++;
  return count;
}

/** Split a text after so many characters, never within one. */
export function splitCharacters(text: string, limit: number): [kept: string, rest: string] {
  let count = 0;
  for (const { index } of segmenter.segment(text)) {
    if (count === limit) return [text.slice(0, index), text.slice(index)];
    count++;
  }
  return [text, ''];
}

/** A text field whose text somebody else may change while its user types. */
import { diffArrays } from 'diff';

/** Make the field show another text; caret and selection stay at the words where they were. */
export function replaceText(field: HTMLTextAreaElement, text: string): void {
  let at = 0;
  for (const part of diffArrays(linesOf(field.value), linesOf(text))) {
    const piece = part.value.join('');
    if (part.removed) field.setRangeText('', at, at + piece.length, 'preserve');
    else {
      if (part.added) field.setRangeText(piece, at, at, 'preserve');
      at += piece.length;
    }
  }
}

/** Each with its line break. */
function linesOf(text: string): string[] {
  return text.split(/(?<=\n)/);
}

/** Select whole lines (1-based) and bring them into view. */
export function selectLine(field: HTMLTextAreaElement, line: number): void {
  const lines = linesOf(field.value);
  const from = lines.slice(0, line - 1).join('').length;
  field.focus();
  field.setSelectionRange(from, from + (lines[line - 1]?.replace(/\n$/, '').length ?? 0));
}

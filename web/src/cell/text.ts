/** Text that a program printed, made fit for a page. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: bell, backspace and their like say nothing in a page
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const UNFINISHED = /\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]{0,200})?$/;

/** Without colours, cursor moves and other control characters; tabs, newlines and carriage returns stay. */
export function plain(text: string): string {
  return text.replace(ESCAPES, '').replace(CONTROLS, '');
}

/** Splits off an escape sequence at the end whose rest has not arrived yet. */
export function splitUnfinished(text: string): [finished: string, unfinished: string] {
  const at = text.search(UNFINISHED);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)];
}

/** A line as a terminal leaves it: after a carriage return the text begins again at the line's start, as progress bars want it. */
export function overwritten(line: string): string {
  if (!line.includes('\r')) return line;
  return line.split('\r').reduce((shown, part) => part + shown.slice(part.length), '');
}

/** A shorter text to which `overwritten` answers the same, whatever is still appended. */
export function condensed(line: string): string {
  const last = line.lastIndexOf('\r');
  return last < 0 ? line : `${overwritten(line)}\r${line.slice(last + 1)}`;
}

/** Two texts side by side in one table, for a draft against the author's text and for a learner's answer against the solution. */
import { diffLines } from 'diff';

export interface DifferenceLabels {
  /** Whose text `a` is: "Yours". Its own lines are marked with −. */
  a: string;
  /** Whose text `b` is: "The author's". Its own lines are marked with +. */
  b: string;
}

interface Row {
  kind: 'same' | 'a' | 'b';
  text: string;
  aLine: number | null;
  bLine: number | null;
}

/** A unified difference as a table: line numbers of both texts, a sign, the code; what a sign means is also said in words. */
export function renderDifference(a: string, b: string, labels: DifferenceLabels): HTMLElement {
  const rows = differenceRows(a, b);
  const table = element('table', 'difference');
  const caption = element('caption', 'difference-caption');
  caption.textContent = rows.every((row) => row.kind === 'same')
    ? `${labels.a} and ${labels.b} are the same.`
    : `− only in ${labels.a}, + only in ${labels.b}`;
  const head = element('tr');
  for (const name of [`Line in ${labels.a}`, `Line in ${labels.b}`, 'Change', 'Code']) {
    const cell = element('th', 'visually-hidden');
    cell.setAttribute('scope', 'col');
    cell.textContent = name;
    head.append(cell);
  }
  const body = element('tbody');
  body.append(...rows.map((row) => renderRow(row, labels)));
  const header = element('thead');
  header.append(head);
  table.append(caption, header, body);
  return table;
}

export function differenceRows(a: string, b: string): Row[] {
  const rows: Row[] = [];
  let aLine = 0;
  let bLine = 0;
  for (const part of diffLines(closed(a), closed(b))) {
    const kind = part.removed ? 'a' : part.added ? 'b' : 'same';
    for (const text of part.value.split('\n').slice(0, -1)) {
      rows.push({ kind, text, aLine: kind === 'b' ? null : ++aLine, bLine: kind === 'a' ? null : ++bLine });
    }
  }
  return rows;
}

/** A last line without its newline is not a difference worth showing. */
function closed(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

function renderRow(row: Row, labels: DifferenceLabels): HTMLElement {
  const tr = element('tr', `difference-${row.kind}`);
  const words = { same: '', a: `only in ${labels.a}: `, b: `only in ${labels.b}: ` }[row.kind];
  const sign = element('td', 'difference-sign');
  const glyph = element('span');
  glyph.setAttribute('aria-hidden', 'true');
  glyph.textContent = { same: ' ', a: '−', b: '+' }[row.kind];
  const said = element('span', 'visually-hidden');
  said.textContent = words;
  sign.append(glyph, said);
  const code = element('td', 'difference-code');
  const text = element({ same: 'code', a: 'del', b: 'ins' }[row.kind]);
  text.textContent = row.text;
  code.append(text);
  tr.append(lineNumber(row.aLine), lineNumber(row.bLine), sign, code);
  return tr;
}

function lineNumber(line: number | null): HTMLElement {
  const cell = element('td', 'difference-line');
  cell.textContent = line === null ? '' : String(line);
  return cell;
}

function element(name: string, className = ''): HTMLElement {
  const made = document.createElement(name);
  if (className) made.className = className;
  return made;
}

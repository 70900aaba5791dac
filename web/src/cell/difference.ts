/** Two texts side by side in one table, for a draft against the author's text and for a learner's answer against the solution. */
import { diffLines } from 'diff';
import { html, nothing, render, type TemplateResult } from 'lit/html.js';

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
  const same = rows.every((row) => row.kind === 'same');
  const heads = [`Line in ${labels.a}`, `Line in ${labels.b}`, 'Change', 'Code'];
  const holder = document.createElement('div');
  holder.className = 'difference table-scroll';
  holder.tabIndex = 0;
  holder.setAttribute('role', 'group');
  holder.setAttribute('aria-label', `Difference between ${labels.a} and ${labels.b}`);
  render(
    html`<table>
      <caption>${same ? `No difference between ${labels.a} and ${labels.b}` : `− only in ${labels.a}, + only in ${labels.b}`}</caption>
      <thead><tr>${heads.map((head) => html`<th scope="col"><span class="visually-hidden">${head}</span></th>`)}</tr></thead>
      <tbody>${rows.map((row) => renderRow(row, labels))}</tbody>
    </table>`,
    holder,
  );
  return holder;
}

function renderRow({ kind, text, aLine, bLine }: Row, labels: DifferenceLabels): TemplateResult {
  const sign = { same: nothing, a: html`−`, b: html`+` }[kind];
  const words = { same: nothing, a: html`only in ${labels.a}`, b: html`only in ${labels.b}` }[kind];
  const code = { same: html`<code>${text}</code>`, a: html`<del>${text}</del>`, b: html`<ins>${text}</ins>` }[kind];
  return html`<tr class="difference-${kind}">
    <td class="difference-line">${aLine ?? nothing}</td>
    <td class="difference-line">${bLine ?? nothing}</td>
    <td class="difference-sign"><span aria-hidden="true">${sign}</span><span class="visually-hidden">${words}</span></td>
    <td class="difference-code">${code}</td>
  </tr>`;
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

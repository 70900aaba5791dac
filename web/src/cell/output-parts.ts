/** What a run gives back, as templates. All of it is text from the sandbox: lit puts it into text nodes and attributes, never into markup. */
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { ErrorFrame, ErrorReport, RunEvent, TableValue } from '../contract';
import { plain } from './text';

type Event<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

type Part = Exclude<RunEvent, { type: 'stdout' | 'stderr' | 'figure' }>;

/** `cell` is where the event happened: error lines of other cells say which. */
export function renderEvent(event: Part, cell: string): TemplateResult {
  switch (event.type) {
    case 'value':
      return renderValue(event);
    case 'warning':
      return renderWarning(event);
    case 'error':
      return renderError(event.error, cell);
    case 'note':
      return renderNote(event.text);
  }
}

function renderValue(event: Event<'value'>): TemplateResult {
  if (event.table) return renderTable(event.table);
  return html`<div class="value">
    ${event.caption ? html`<p class="value-caption">${event.caption}</p>` : nothing}
    <pre>${plain(event.text)}</pre>
  </div>`;
}

/** A table that scrolls by itself when it is wider than the page. */
export function renderTable(table: TableValue): TemplateResult {
  const heading = (text: string, scope: 'col' | 'row') =>
    text === '' ? html`<td></td>` : html`<th scope=${scope}>${text}</th>`;
  return html`<div class="value table-scroll" role="group" tabindex="0" aria-label=${table.caption || 'Table'}>
    <table class="value-table">
      <caption>${table.caption}</caption>
      ${
        table.header.length > 0
          ? html`<thead><tr>${table.header.map((text) => heading(text, 'col'))}</tr></thead>`
          : nothing
      }
      <tbody>
        ${table.rows.map(
          (row) =>
            html`<tr>${row.map((text, i) => (i < table.labels ? heading(text, 'row') : html`<td>${text}</td>`))}</tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function renderWarning(event: Event<'warning'>): TemplateResult {
  return html`<p class="output-warning">
    <strong>${event.category}</strong>${event.line === null ? nothing : html` in line ${event.line}`}: ${plain(event.message)}
  </p>`;
}

export function renderNote(text: string): TemplateResult {
  return html`<p class="output-note">${text}</p>`;
}

/** `cell` is where the error was raised: lines of other cells say which. */
export function renderError(error: ErrorReport, cell: string): TemplateResult {
  return html`<div class="output-error">
    <p class="error-title"><strong>${error.name}</strong>${error.message ? html`: <span class="error-message">${plain(error.message)}</span>` : nothing}</p>
    ${error.frames.length > 0 ? html`<ol class="error-frames" aria-label="Where it happened">${error.frames.map((frame) => renderFrame(frame, cell))}</ol>` : nothing}
    ${error.help ? html`<p class="error-help">${error.help}</p>` : nothing}
  </div>`;
}

function renderFrame(frame: ErrorFrame, cell: string): TemplateResult {
  const inside = frame.function && frame.function !== '<module>' ? html` in <code>${frame.function}</code>` : nothing;
  return html`<li>
    <span class="frame-place">${frame.cell === cell ? nothing : html`${cellLink(frame.cell)}, `}line ${frame.line}${inside}</span>
    <code class="frame-source">${frame.source}</code>
  </li>`;
}

function cellLink(cell: string): TemplateResult | string {
  const element = document.getElementById(`cell-${cell}`);
  const name = element?.dataset.number ? `cell ${element.dataset.number}` : cell;
  return element ? html`<a href="#cell-${cell}">${name}</a>` : name;
}

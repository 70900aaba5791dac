/** What one run may show: the page's own count, for a run that gets round the count in Python. */
import type { RunEvent } from '../contract';
import { MAX_TEXT } from './messages';

const MAX_FIGURES = 20;
const MAX_EVENTS = 20_000;
const MAX_TABLE_CHARS = 4_194_304;
/** Python's own count comes first, with its own words; errors and notes stand beside it. */
const SLACK = 65_536;

export class OutputLimits {
  private chars = 0;
  private tableChars = 0;
  private figures = 0;
  private events = 0;
  /** True when the run ended, or went on after, an error about memory. */
  memoryError = false;

  /** False when this event passes a limit: it is not shown. */
  admit(event: RunEvent): boolean {
    this.events += 1;
    this.chars += charsOf(event);
    if (event.type === 'value' && event.table) this.tableChars += tableChars(event.table.rows);
    if (event.type === 'figure') this.figures += 1;
    if (event.type === 'error' && event.error.name.endsWith('MemoryError')) this.memoryError = true;
    return (
      this.events <= MAX_EVENTS &&
      this.chars <= MAX_TEXT + SLACK &&
      this.tableChars <= MAX_TABLE_CHARS &&
      this.figures <= MAX_FIGURES
    );
  }
}

function charsOf(event: RunEvent): number {
  switch (event.type) {
    case 'figure':
      return event.alt.length;
    case 'warning':
      return event.message.length;
    case 'error':
      return event.error.message.length;
    default:
      return event.text.length;
  }
}

function tableChars(rows: string[][]): number {
  return rows.reduce((sum, row) => sum + row.reduce((chars, cell) => chars + cell.length, 0), 0);
}

/** The output of one run: events come in at any rate, and reach the page a frame at a time. */
import { render, type TemplateResult } from 'lit/html.js';
import type { RunEvent } from '../contract';
import { MAX_TEXT } from '../sandbox/messages';
import { askInPage } from './ask';
import { showFigure } from './figure';
import { renderEvent, renderNote } from './output-parts';
import { StreamView } from './stream';

/** Pieces of output (streams, values, figures, …) that one run may put into the page. */
export const MAX_PARTS = 1_000;
const TEXT_PER_FRAME = 65_536;
const PARTS_PER_FRAME = 50;
const CUT = 'The output was cut here: this run gave more than a page can show (256 KB of text).';

export class Output {
  #queue: RunEvent[] = [];
  #text = 0;
  #parts = 0;
  /** What came last: text of the same stream continues a part. */
  #kind: RunEvent['type'] | null = null;
  #cut = false;
  #stream: StreamView | null = null;
  #release: (() => void)[] = [];
  #drawn: Promise<void> | null = null;

  /** `cell` is the id of the cell whose output this is. */
  constructor(
    readonly region: HTMLElement,
    readonly cell: string,
  ) {}

  /** Empties the region for a new run, and keeps its height until the run ends, so that the page below does not jump. */
  begin(): void {
    this.region.style.minHeight = `${this.region.getBoundingClientRect().height}px`;
    this.clear();
    this.region.setAttribute('aria-busy', 'true');
  }

  add(event: RunEvent): void {
    if (this.#cut) return;
    const kept = this.#measure(event);
    if (kept) this.#enqueue(kept);
    if (this.#cut) this.#queue.push({ type: 'note', text: CUT });
    this.#drawn ??= nextFrame().then(() => this.#draw());
  }

  /** Resolves when all that was added stands in the page. */
  async end(): Promise<void> {
    while (this.#drawn) await this.#drawn;
    if (this.region.childElementCount === 0) this.#part(renderNote('The run gave no output.'));
    this.region.style.minHeight = '';
    this.region.removeAttribute('aria-busy');
    for (const element of this.region.querySelectorAll<HTMLElement>('.stream')) reachable(element);
  }

  /** Something to say about the run, after what it printed. */
  note(text: string): void {
    this.#queue.push({ type: 'note', text });
    this.#drawn ??= nextFrame().then(() => this.#draw());
  }

  /** Asks the reader for a line; null when the reader cancels. What was asked and answered comes back as printed text. */
  async ask(prompt: string, signal: AbortSignal): Promise<string | null> {
    while (this.#drawn) await this.#drawn;
    return askInPage(this.region, prompt, signal);
  }

  clear(): void {
    for (const release of this.#release) release();
    this.#release = [];
    this.#queue = [];
    this.#text = 0;
    this.#parts = 0;
    this.#kind = null;
    this.#cut = false;
    this.#stream = null;
    this.region.replaceChildren();
  }

  /** Counts an event against the limits; gives back what of it may still be shown. */
  #measure(event: RunEvent): RunEvent | null {
    if (this.#kind !== event.type || !isStream(event)) this.#parts += 1;
    this.#kind = event.type;
    if (this.#parts > MAX_PARTS) this.#cut = true;
    if (this.#cut || !isStream(event)) return this.#cut ? null : event;
    const room = MAX_TEXT - this.#text;
    this.#text += event.text.length;
    if (this.#text <= MAX_TEXT) return event;
    this.#cut = true;
    return { ...event, text: event.text.slice(0, room) };
  }

  #enqueue(event: RunEvent): void {
    const last = this.#queue.at(-1);
    if (last && isStream(event) && isStream(last) && last.type === event.type) last.text += event.text;
    else this.#queue.push(isStream(event) ? { ...event } : event);
  }

  /** One frame's worth; asks for the next frame when more waits. */
  #draw(): void {
    this.#drawn = null;
    let text = 0;
    for (let parts = 0; parts < PARTS_PER_FRAME && text < TEXT_PER_FRAME; parts++) {
      const event = this.#queue[0];
      if (!event) return;
      if (isStream(event) && event.text.length > TEXT_PER_FRAME) {
        this.#print({ ...event, text: event.text.slice(0, TEXT_PER_FRAME) });
        event.text = event.text.slice(TEXT_PER_FRAME);
        break;
      }
      this.#queue.shift();
      if (isStream(event)) text += event.text.length;
      this.#show(event);
    }
    if (this.#queue.length > 0) this.#drawn = nextFrame().then(() => this.#draw());
  }

  #show(event: RunEvent): void {
    if (isStream(event)) {
      this.#print(event);
      return;
    }
    this.#stream = null;
    if (event.type === 'figure') this.#release.push(showFigure(this.region, event));
    else this.#part(renderEvent(event, this.cell));
  }

  #print(event: { type: 'stdout' | 'stderr'; text: string }): void {
    if (this.#stream?.kind !== event.type) {
      this.#stream = new StreamView(event.type);
      this.region.append(this.#stream.root);
    }
    this.#stream.append(event.text);
  }

  #part(template: TemplateResult): void {
    const part = document.createElement('div');
    part.className = 'part';
    render(template, part);
    this.region.append(part);
  }
}

function isStream(event: RunEvent): event is Extract<RunEvent, { type: 'stdout' | 'stderr' }> {
  return event.type === 'stdout' || event.type === 'stderr';
}

/** The next frame, or a moment later in a tab that is not shown and draws none. */
function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 250);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** What scrolls must be reachable by keyboard. */
function reachable(element: HTMLElement): void {
  if (element.scrollHeight <= element.clientHeight && element.scrollWidth <= element.clientWidth) return;
  element.tabIndex = 0;
  element.setAttribute('role', 'group');
  element.setAttribute('aria-label', element.classList.contains('stderr') ? 'Error stream' : 'Printed text');
}

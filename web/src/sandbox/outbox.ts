/** Events on their way to the page: at once where they are few, in batches where they flood. */
import type { RunEvent } from '../contract';

const INTERVAL_MS = 50;
const MAX_WAITING = 65_536;

export class Outbox {
  private waiting: RunEvent[] = [];
  private waitingChars = 0;
  private sent = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly post: (events: RunEvent[], transfer: Transferable[]) => void,
    private readonly now: () => number,
  ) {}

  /** Text of one stream that was written in pieces becomes one event. */
  text(type: 'stdout' | 'stderr', text: string): void {
    const last = this.waiting.at(-1);
    if (last?.type === type) last.text += text;
    else this.waiting.push({ type, text });
    this.waitingChars += text.length;
    // A busy interpreter runs no timer, so a piece that could go now must go now.
    if (this.waitingChars >= MAX_WAITING || this.now() - this.sent >= INTERVAL_MS) this.flush();
  }

  event(event: RunEvent): void {
    this.waiting.push(event);
    this.flush();
  }

  flush(): void {
    if (this.waiting.length === 0) return;
    const events = this.waiting;
    this.waiting = [];
    this.waitingChars = 0;
    this.sent = this.now();
    const pictures = events.flatMap((event) =>
      event.type === 'figure' ? [event.light.buffer, event.dark.buffer] : [],
    );
    this.post(events, pictures as Transferable[]);
  }
}

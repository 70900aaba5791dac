/** Events on their way to the page: at once where they are few, in batches where they flood. */
import type { RunEvent } from '../contract';

const BURST = 20;
const INTERVAL_MS = 50;
const MAX_WAITING = 65_536;

export class Outbox {
  private waiting: RunEvent[] = [];
  private waitingChars = 0;
  private credit = BURST;
  private seen: number;

  constructor(
    private readonly post: (events: RunEvent[], transfer: Transferable[]) => void,
    private readonly now: () => number,
  ) {
    this.seen = now();
  }

  /** Text of one stream that was written in pieces becomes one event. */
  text(type: 'stdout' | 'stderr', text: string): void {
    const last = this.waiting.at(-1);
    if (last?.type === type) last.text += text;
    else this.waiting.push({ type, text });
    this.waitingChars += text.length;
    // A busy interpreter runs no timer, so a piece that could go now must go now.
    if (this.waitingChars >= MAX_WAITING || this.allow()) this.flush();
  }

  /** A burst of 20 passes at once, then one every 50 ms. */
  private allow(): boolean {
    const now = this.now();
    this.credit = Math.min(BURST, this.credit + (now - this.seen) / INTERVAL_MS);
    this.seen = now;
    if (this.credit < 1) return false;
    this.credit -= 1;
    return true;
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
    const pictures = events.flatMap((event) =>
      event.type === 'figure' ? [event.light.buffer, event.dark.buffer] : [],
    );
    this.post(events, pictures as Transferable[]);
  }
}

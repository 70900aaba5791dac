/**
 * Shared memory between the frame and one worker: how a worker that is busy in Python still hears of Stop and of answers to input().
 *
 *     bytes 0…3   interrupt: Pyodide reads 2 here as "raise KeyboardInterrupt"
 *     bytes 4…7   wake: counts up whenever the worker should look again
 *     bytes 8…11  answer: its length in bytes, -1 for none yet, -2 for the end of the input
 *     bytes 12…   answer: UTF-8
 */
const ANSWER_BYTES = 65_536;
const NOT_YET = -1;
const END = -2;

export class Wake {
  readonly interrupt: Uint8Array;
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;

  constructor(readonly memory: SharedArrayBuffer) {
    this.interrupt = new Uint8Array(memory, 0, 4);
    this.words = new Int32Array(memory, 0, 3);
    this.bytes = new Uint8Array(memory, 12);
  }

  static create(): Wake {
    return new Wake(new SharedArrayBuffer(12 + ANSWER_BYTES));
  }

  /** Frame: raise KeyboardInterrupt in the worker, also where it sleeps. */
  stop(): void {
    Atomics.store(this.interrupt, 0, 2);
    this.ring();
  }

  /** Frame: what input() returns; null is the end of the input. */
  answer(text: string | null): void {
    const bytes = new TextEncoder().encode(text ?? '').subarray(0, ANSWER_BYTES);
    this.bytes.set(bytes);
    Atomics.store(this.words, 2, text === null ? END : bytes.length);
    this.ring();
  }

  /** Worker: forget what belongs to an earlier run. */
  reset(): void {
    Atomics.store(this.interrupt, 0, 0);
  }

  /** Worker: before it asks. */
  expectAnswer(): void {
    Atomics.store(this.words, 2, NOT_YET);
  }

  /** Worker: block until there is an answer or an interrupt; null for the end of the input and for an interrupt. */
  waitForAnswer(): string | null {
    while (!this.interrupted) {
      const heard = Atomics.load(this.words, 1);
      const length = Atomics.load(this.words, 2);
      if (length === END) return null;
      if (length >= 0) return new TextDecoder().decode(this.bytes.slice(0, length));
      Atomics.wait(this.words, 1, heard, 1_000);
    }
    return null;
  }

  /** Worker: block for a time, or until an interrupt. */
  sleep(milliseconds: number): void {
    const end = performance.now() + milliseconds;
    while (!this.interrupted) {
      const heard = Atomics.load(this.words, 1);
      const left = end - performance.now();
      if (left <= 0) return;
      Atomics.wait(this.words, 1, heard, Math.min(left, 1_000));
    }
  }

  /** Worker: whether there is an interrupt; it is taken, and Python raises KeyboardInterrupt for it. */
  takeInterrupt(): boolean {
    return Atomics.exchange(this.interrupt, 0, 0) !== 0;
  }

  private get interrupted(): boolean {
    return Atomics.load(this.interrupt, 0) !== 0;
  }

  private ring(): void {
    Atomics.add(this.words, 1, 1);
    Atomics.notify(this.words, 1);
  }
}

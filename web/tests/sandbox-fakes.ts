/** A worker that does what a test says, in place of a frame with Python in it. */
import type { Files } from '../src/sandbox/interpreter';
import type { Order, Report } from '../src/sandbox/messages';
import type { WorkerEnd } from '../src/sandbox/sandbox';

type Answer = (order: Order, say: (report: Report) => void, worker: FakeWorker) => void;

export class FakeWorker implements WorkerEnd {
  readonly heard: Order[] = [];
  readonly answers: (string | null)[] = [];
  interrupts = 0;
  killed = false;
  die!: (detail: string) => void;
  readonly died = new Promise<string>((resolve) => {
    this.die = resolve;
  });
  readonly port: WorkerEnd['port'] = {
    onmessage: null,
    close: () => {},
    postMessage: (order: unknown) => this.hear(order as Order),
  };

  constructor(
    private readonly answer_: Answer,
    readonly shared: boolean,
  ) {}

  say(report: unknown): void {
    if (!this.killed)
      this.port.onmessage?.call(this.port as MessagePort, new MessageEvent('message', { data: report }));
  }

  private hear(order: Order): void {
    this.heard.push(order);
    queueMicrotask(() => {
      if (order.kind === 'boot') this.say({ kind: 'ready' });
      else this.answer_(order, (report) => this.say(report), this);
    });
  }

  interrupt(): void {
    this.interrupts += 1;
  }

  answer(text: string | null): void {
    this.answers.push(text);
  }

  kill(): void {
    this.killed = true;
  }
}

export function fakeSpawn(answer: Answer, shared = true): { workers: FakeWorker[]; spawn: () => Promise<WorkerEnd> } {
  const workers: FakeWorker[] = [];
  return {
    workers,
    spawn: async () => {
      const worker = new FakeWorker(answer, shared);
      workers.push(worker);
      return worker;
    },
  };
}

export const noFiles: Files = {
  core: async () => {},
  packsFor: async () => [],
  available: async () => [],
  keepSnapshot: () => {},
};

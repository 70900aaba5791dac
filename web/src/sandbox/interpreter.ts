/** The page's side of one Python interpreter: orders go out, checked reports come in. It never restarts; its owner makes a new one. */
import type { Completion, RunEvent, RunRequest } from '../contract';
import { reasonOf } from '../reason';
import { type Order, type Part, parseCompletions, parseReport, type Report } from './messages';
import { fromJson } from './parse';
import type { Spawn, WorkerEnd } from './sandbox';

/** How long a worker may be silent after an order: it only has to read the imports. Packages take longer to put in place. */
const SILENT_SECONDS = 10;
const MOUNT_SECONDS = 60;

/** The part of RuntimeFiles that an interpreter needs. */
export interface Files {
  /** Calls `give` with each part as it arrives, to be transferred; resolves when all are there. */
  core(give: (part: Part) => void): Promise<void>;
  /** The packages that hold `modules`, with what they depend on, dependencies first; those in `have` are left out. */
  packsFor(modules: string[], have: Set<string>): Promise<ArrayBuffer[]>;
  available(): Promise<string[]>;
  keepSnapshot(image: Uint8Array): void;
}

export type Done = Omit<Extract<Report, { kind: 'done' }>, 'kind' | 'id'>;

export interface RunListener {
  started(): void;
  event(event: RunEvent): void;
  ask(prompt: string): void;
}

/** The interpreter has ended, by death or by order; whoever waited for it hears this. */
export class Gone extends Error {}

/** The interpreter lives, but the call failed in Python. */
export class CallFailed extends Error {}

/** How engines say why an interpreter died. */
export const OUT_OF_MEMORY = /out of memory|no more memory|could not allocate|allocation failed/i;
export const TOO_DEEP = /call stack|too much recursion|stack overflow/i;

const NO_ANSWER = 'code that an earlier cell left running held it up';

export const MEMORY_BYTES = 1_073_741_824;
export const NO_INPUT =
  'input() cannot ask in this browser, or as this site is served: assign the value to a variable instead.';

interface Waiting {
  report(report: Report): void;
  fail(error: Error): void;
}

export class Interpreter {
  readonly ready: Promise<void>;
  /** Resolves, with why, when the interpreter is gone. */
  readonly gone: Promise<string>;
  private readonly waiting = new Map<string, Waiting>();
  private readonly mounted = new Set<string>();
  private worker: WorkerEnd | null = null;
  private end!: (why: string) => void;
  private over = false;
  private silence: ReturnType<typeof setTimeout> | undefined;

  constructor(
    spawn: Spawn,
    private readonly files: Files,
    private readonly memory = MEMORY_BYTES,
  ) {
    this.gone = new Promise((resolve) => {
      this.end = resolve;
    });
    this.ready = this.boot(spawn);
    this.ready.catch((error: Error) => this.kill(error.message));
  }

  get interruptible(): boolean {
    return this.worker?.shared ?? false;
  }

  private async boot(spawn: Spawn): Promise<void> {
    const spawned = this.enlist(spawn);
    const delivered = this.files.core((part) => void spawned.then((worker) => give(worker, part), ignore));
    delivered.catch(ignore); // it is waited for below, when there is a worker
    const [worker, available] = await Promise.all([spawned, this.files.available()]);
    // An image is taken before any learner's code runs and believed only until then: a forged one would be there on every later visit.
    const booted = this.wait('', ['ready'], (report) => {
      if (report.kind === 'image') this.files.keepSnapshot(report.image);
    });
    worker.port.onmessage = (event) => this.hear(event.data);
    const scale = Math.min(Math.max(self.devicePixelRatio || 1, 1), 3);
    this.send({ kind: 'boot', memory: this.memory, scale, available, noInput: NO_INPUT });
    await Promise.all([delivered, booted]);
  }

  private async enlist(spawn: Spawn): Promise<WorkerEnd> {
    const worker = await spawn();
    if (this.over) {
      worker.kill();
      throw new Gone('ended before it began');
    }
    this.worker = worker;
    void worker.died.then((detail) => this.kill(detail));
    return worker;
  }

  private send(order: Order, transfer: Transferable[] = []): void {
    this.worker?.port.postMessage(order, transfer);
  }

  private hear(data: unknown): void {
    const report = parseReport(data);
    if (!report || this.over) return;
    clearTimeout(this.silence);
    if (report.kind === 'broken') this.kill(report.detail);
    else if (report.kind === 'need') void this.deliver(report.id, report.modules);
    else this.waiting.get('id' in report ? report.id : '')?.report(report);
  }

  /** Wait for a sign of life, then give up: code that an earlier run left behind may hold the worker up for ever. */
  private expectLife(seconds: number): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.kill(NO_ANSWER), seconds * 1000);
  }

  private async deliver(id: string, modules: string[]): Promise<void> {
    if (!this.waiting.has(id)) return;
    try {
      const packs = await this.files.packsFor(modules, this.mounted);
      this.send({ kind: 'packs', id, packs }, packs);
      this.expectLife(MOUNT_SECONDS);
    } catch (error) {
      this.kill(`a package could not be loaded: ${reasonOf(error)}`);
    }
  }

  /** Resolves with the first report of one of `kinds` for this request; rejects when the interpreter goes. */
  private wait<K extends Report['kind']>(
    id: string,
    kinds: K[],
    other: (report: Report) => void = () => {},
  ): Promise<Extract<Report, { kind: K }>> {
    if (this.over) return Promise.reject(new Gone('ended before it began'));
    return new Promise((resolve, reject) => {
      this.waiting.set(id, {
        fail: reject,
        report: (report) => {
          if (!kinds.includes(report.kind as K)) return other(report);
          this.waiting.delete(id);
          resolve(report as Extract<Report, { kind: K }>);
        },
      });
    });
  }

  async run(request: Pick<RunRequest, 'cell' | 'source'>, on: RunListener): Promise<Done> {
    await this.ready;
    const id = randomWord();
    const done = this.wait(id, ['done'], (report) => {
      if (report.kind === 'started') on.started();
      if (report.kind === 'events') for (const event of report.events) on.event(event);
      if (report.kind === 'ask') on.ask(report.prompt);
    });
    this.send({ kind: 'run', id, cell: request.cell, source: request.source });
    this.expectLife(SILENT_SECONDS);
    const { status, heap, detail } = await done;
    return { status, heap, detail };
  }

  /** Call `module:function` with the packages of `modules`, and of what `sources` import, mounted. Rejects with CallFailed or Gone. */
  async call(
    target: string,
    args: (string | number)[],
    needs: { modules: string[]; sources: string[] },
    started: () => void = () => {},
  ): Promise<string> {
    await this.ready;
    const id = randomWord();
    const answered = this.wait(id, ['result', 'failure'], (report) => {
      if (report.kind === 'started') started();
    });
    this.send({ kind: 'call', id, target, args, ...needs });
    this.expectLife(SILENT_SECONDS);
    const report = await answered;
    if (report.kind === 'result') return report.text;
    if (report.fatal) this.kill(report.detail);
    throw report.fatal ? new Gone(report.detail) : new CallFailed(report.detail);
  }

  async complete(source: string, cursor: number): Promise<{ from: number; options: Completion[] }> {
    const id = randomWord();
    const answered = this.wait(id, ['result', 'failure']);
    this.send({ kind: 'complete', id, source, cursor });
    const report = await answered;
    const parsed = report.kind === 'result' ? fromJson(report.text, parseCompletions) : undefined;
    return parsed ?? { from: cursor, options: [] };
  }

  interrupt(): void {
    this.worker?.interrupt();
  }

  answer(text: string | null): void {
    this.worker?.answer(text);
  }

  kill(why: string): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.silence);
    this.worker?.kill();
    for (const waiting of this.waiting.values()) waiting.fail(new Gone(why));
    this.waiting.clear();
    this.end(why);
  }
}

/** Handed over, not copied: tens of megabytes. */
function give({ port }: WorkerEnd, part: Part): void {
  const order: Order = { kind: 'part', part };
  port.postMessage(
    order,
    [part.bytes].flat().filter((bytes) => bytes !== null),
  );
}

function ignore(): void {}

/** Unguessable, so that a message made up inside the sandbox names no request. */
export function randomWord(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join('');
}

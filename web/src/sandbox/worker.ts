/**
 * The worker: one Python interpreter. It talks to the page over a port that lives in this closure; Python sees only the functions of
 * the bridge, which can say no more than a print can. What it says, the page checks (messages.ts).
 */
import type { RunEvent } from '../contract';
import { boot, type Pyodide } from './boot';
import { Parts } from './boot-parts';
import { GLUE } from './glue';
import { lockDown } from './lockdown';
import { MAX_RESULT, type Order, type Report } from './messages';
import { Outbox } from './outbox';
import { mountPack } from './packs';
import type { PyProxy } from './pyodide';
import { Wake } from './wake';

type BootOrder = Extract<Order, { kind: 'boot' }>;
type CallOrder = Extract<Order, { kind: 'call' }>;
type RunStatus = 'ok' | 'error' | 'stopped';

/** What make_bridge of glue.ts returns. */
interface Entry {
  run(cell: string, source: string): RunStatus;
  imports(source: string): { toJs(): string[]; destroy(): void };
  complete(source: string, cursor: number): string;
  call(target: string, ...args: (string | number)[]): unknown;
}

// Kept before any learner's code can replace them.
const { fromEntries, getOwnPropertyDescriptor } = Object;
const { apply } = Reflect;
const now = performance.now.bind(performance);
const readData = getOwnPropertyDescriptor(MessageEvent.prototype, 'data')?.get as () => unknown;

class Interpreter {
  private pyodide!: Pyodide;
  private entry!: Entry;
  private running = '';
  private readonly asked = new Set<string>();
  private readonly arriving = new Map<string, (packs: ArrayBuffer[]) => void>();
  private readonly parts = new Parts();
  private readonly outbox: Outbox;

  constructor(
    private readonly post: (report: Report, transfer?: Transferable[]) => void,
    private readonly wake: Wake | null,
  ) {
    this.outbox = new Outbox((events, transfer) => post({ kind: 'events', id: this.running, events }, transfer), now);
  }

  async obey(order: Order): Promise<void> {
    // A Stop that came too late for the run that it was meant for.
    if (order.kind !== 'packs' && order.kind !== 'part') this.wake?.reset();
    switch (order.kind) {
      case 'boot':
        return this.start(order);
      case 'part':
        return this.parts.give(order.part);
      case 'packs':
        this.arriving.get(order.id)?.(order.packs);
        this.arriving.delete(order.id);
        return;
      case 'run':
        return this.run(order.id, order.cell, order.source);
      case 'complete':
        return this.answer(order.id, () => this.entry.complete(order.source, order.cursor));
      case 'call':
        return this.call(order);
    }
  }

  private async start(order: BootOrder): Promise<void> {
    try {
      this.pyodide = await boot(this.parts.promises, {
        ...(this.wake && { interrupt: this.wake.interrupt }),
        maxMemory: order.memory,
        keepSnapshot: (image) => this.post({ kind: 'image', image }),
      });
      // A fatal error does not always come back to the call that met it.
      this.pyodide._api.on_fatal = (error) => this.post({ kind: 'broken', detail: describe(error) });
      const silent = { write: (bytes: Uint8Array) => bytes.length };
      this.pyodide.setStdout(silent);
      this.pyodide.setStderr(silent);
      this.entry = this.makeEntry(order);
      lockDown(self);
      this.post({ kind: 'ready' });
    } catch (error) {
      this.post({ kind: 'broken', detail: describe(error) });
    }
  }

  private makeEntry(order: BootOrder): Entry {
    const names = this.pyodide.toPy({});
    this.pyodide.runPython(GLUE, { globals: names });
    const { wake } = this;
    const bridge = {
      fromEntries,
      scale: order.scale,
      available: this.pyodide.toPy(order.available),
      noInput: order.noInput,
      canAsk: wake !== null,
      text: (type: 'stdout' | 'stderr', text: string) => this.outbox.text(type, text),
      event: (event: RunEvent) => this.outbox.event(event),
      ask: (prompt: string) => this.ask(prompt),
      sleep: (milliseconds: number) => {
        this.outbox.flush();
        wake?.sleep(milliseconds);
      },
      interrupted: () => wake?.takeInterrupt() ?? false,
    };
    if (wake) (names.get('make_sleep') as PyProxy)(bridge);
    return (names.get('make_bridge') as PyProxy)(bridge) as Entry;
  }

  private ask(prompt: string): string | null {
    if (!this.wake) return null;
    this.outbox.flush();
    this.wake.expectAnswer();
    this.post({ kind: 'ask', id: this.running, prompt });
    return this.wake.waitForAnswer();
  }

  private imports(source: string): string[] {
    const found = this.entry.imports(source);
    const modules = found.toJs();
    found.destroy();
    return modules;
  }

  /** Ask the page for the packages of modules that were not asked for before, and wait for them. */
  private async mountFor(id: string, modules: string[]): Promise<void> {
    const missing = modules.filter((name) => !this.asked.has(name));
    if (missing.length > 0) {
      for (const name of missing) this.asked.add(name);
      const packs = await new Promise<ArrayBuffer[]>((resolve) => {
        this.arriving.set(id, resolve);
        this.post({ kind: 'need', id, modules: missing });
      });
      for (const pack of packs) mountPack(this.pyodide, pack);
    }
    this.wake?.reset();
    this.post({ kind: 'started', id });
  }

  private async run(id: string, cell: string, source: string): Promise<void> {
    let status: RunStatus | 'fatal' = 'error';
    let detail = '';
    let mounted = false;
    try {
      await this.mountFor(id, this.imports(source));
      mounted = true;
      this.running = id;
      status = this.entry.run(cell, source);
    } catch (error) {
      const python = asPythonError(error);
      detail = describe(error);
      // A package that is half in place would be missing for good.
      if (!python || !mounted) status = 'fatal';
      else if (python.type === 'KeyboardInterrupt') status = 'stopped';
      else this.outbox.event(bareError(python.type, python.message));
    }
    this.outbox.flush();
    this.post({ kind: 'done', id, status, heap: this.heapBytes(), detail });
  }

  private async call({ id, target, args, modules, sources }: CallOrder): Promise<void> {
    try {
      await this.mountFor(id, [...modules, ...sources.flatMap((source) => this.imports(source))]);
    } catch (error) {
      this.post({ kind: 'failure', id, fatal: true, detail: describe(error) });
      return;
    }
    this.answer(id, () => this.entry.call(target, ...args));
  }

  private answer(id: string, work: () => unknown): void {
    try {
      const text = work();
      if (typeof text === 'string' && text.length <= MAX_RESULT) this.post({ kind: 'result', id, text });
      else this.post({ kind: 'failure', id, fatal: false, detail: 'the answer is no text, or too long' });
    } catch (error) {
      this.post({ kind: 'failure', id, fatal: asPythonError(error) === null, detail: describe(error) });
    }
  }

  private heapBytes(): number {
    try {
      return this.pyodide._module.HEAPU8.byteLength;
    } catch {
      return 0;
    }
  }
}

/** Pyodide's PythonError: the interpreter lives on after it. Anything else means that it does not. */
function asPythonError(error: unknown): { type: string; message: string } | null {
  if (!(error instanceof Error) || error.constructor.name !== 'PythonError') return null;
  return { type: String((error as Error & { type?: unknown }).type), message: error.message };
}

function describe(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.trim().split('\n').at(-1)?.slice(0, 1_000) ?? '';
}

function bareError(name: string, message: string): RunEvent {
  const last = message.trim().split('\n').at(-1) ?? '';
  return { type: 'error', error: { name, message: last, frames: [], line: null, help: null } };
}

/** The frame's one message brings the port to the page and the memory shared with the frame. */
self.onmessage = (hello: MessageEvent<{ port: MessagePort; memory: SharedArrayBuffer | null }>) => {
  self.onmessage = null;
  const { port, memory } = hello.data;
  const post = port.postMessage.bind(port) as (report: Report, transfer?: Transferable[]) => void;
  const interpreter = new Interpreter((report, transfer = []) => post(report, transfer), memory && new Wake(memory));
  port.onmessage = (event) => void interpreter.obey(apply(readData, event, []) as Order);
};

/** The page's one sandbox frame, and the workers in it. */
import frameUrl from 'virtual:sandbox';
import { type FrameOrder, type FrameReport, type Probe, parseFrameReport } from './messages';

const FRAME_SECONDS = 20;

type Hello = Extract<FrameReport, { kind: 'hello' }>;

/** The page's end of one worker. */
export interface WorkerEnd {
  port: Pick<MessagePort, 'postMessage' | 'close' | 'onmessage'>;
  /** True where Stop and input() reach a busy worker. */
  shared: boolean;
  interrupt(): void;
  answer(text: string | null): void;
  kill(): void;
  /** Resolves when the worker, or the frame that holds it, has died by itself. */
  died: Promise<string>;
}

/** How an interpreter gets a worker; a test gives another. */
export type Spawn = () => Promise<WorkerEnd>;

class Frame {
  private readonly iframe = document.createElement('iframe');
  private readonly channel = new MessageChannel();
  private readonly deaths = new Map<number, (detail: string) => void>();
  private readonly pongs = new Map<number, () => void>();
  private readonly probes = new Map<number, (probes: Probe[]) => void>();
  private count = 0;
  readonly hello: Promise<Hello>;

  constructor() {
    this.iframe.setAttribute('sandbox', 'allow-scripts');
    this.iframe.setAttribute('allow', 'cross-origin-isolated');
    this.iframe.title = 'Python sandbox';
    this.iframe.setAttribute('aria-hidden', 'true');
    this.iframe.tabIndex = -1;
    this.iframe.hidden = true;
    this.iframe.src = frameUrl;
    this.hello = this.connect();
    document.body.append(this.iframe);
  }

  private connect(): Promise<Hello> {
    return new Promise((resolve, reject) => {
      const late = () => reject(new Error('The sandbox frame did not load.'));
      const timer = setTimeout(late, FRAME_SECONDS * 1000);
      this.channel.port1.onmessage = (event) => {
        const report = parseFrameReport(event.data);
        if (report?.kind !== 'hello') return this.hear(report);
        clearTimeout(timer);
        resolve(report);
      };
      // The frame's origin is opaque, so '*' is its only address; the port is the one thing that it is sent.
      const hand = () => this.iframe.contentWindow?.postMessage('connect', '*', [this.channel.port2]);
      this.iframe.addEventListener('load', hand, { once: true });
    });
  }

  private hear(report: FrameReport | undefined): void {
    if (report?.kind === 'died') this.deaths.get(report.worker)?.(report.detail);
    if (report?.kind === 'pong') this.pongs.get(report.worker)?.();
    if (report?.kind === 'probes') this.probes.get(report.worker)?.(report.probes);
  }

  private tell(order: FrameOrder, transfer: Transferable[] = []): void {
    this.channel.port1.postMessage(order, transfer);
  }

  spawn(shared: boolean): WorkerEnd {
    const worker = ++this.count;
    const { port1, port2 } = new MessageChannel();
    const died = new Promise<string>((resolve) => this.deaths.set(worker, resolve));
    this.tell({ kind: 'spawn', worker }, [port2]);
    return {
      port: port1,
      shared,
      interrupt: () => this.tell({ kind: 'interrupt', worker }),
      answer: (text) => this.tell({ kind: 'answer', worker, text }),
      kill: () => {
        this.tell({ kind: 'kill', worker });
        port1.close();
        this.deaths.delete(worker);
      },
      died,
    };
  }

  /** False when the frame does not answer: its process has died. */
  answers(seconds: number): Promise<boolean> {
    const worker = ++this.count;
    return new Promise((resolve) => {
      const settle = (alive: boolean) => {
        clearTimeout(timer);
        this.pongs.delete(worker);
        resolve(alive);
      };
      const timer = setTimeout(() => settle(false), seconds * 1000);
      this.pongs.set(worker, () => settle(true));
      this.tell({ kind: 'ping', worker });
    });
  }

  probe(url: string): Promise<Probe[]> {
    const worker = ++this.count;
    return new Promise((resolve) => {
      this.probes.set(worker, resolve);
      this.tell({ kind: 'probe', worker, url });
    });
  }

  /** Give the frame up: every worker in it counts as dead. */
  discard(): void {
    this.iframe.remove();
    this.channel.port1.close();
    for (const tell of this.deaths.values()) tell('the sandbox frame has crashed');
    this.deaths.clear();
  }
}

let current: Frame | null = null;

async function frame(): Promise<Frame> {
  current ??= new Frame();
  const made = current;
  try {
    await made.hello;
  } catch (error) {
    if (current === made) discardFrame();
    throw error;
  }
  return made;
}

function discardFrame(): void {
  current?.discard();
  current = null;
}

/** A new worker in the page's frame. */
export async function spawnWorker(): Promise<WorkerEnd> {
  const made = await frame();
  return made.spawn((await made.hello).shared);
}

/** Look whether the frame still lives; replace it if not. A frame's process can die of what its workers do. */
export async function checkFrame(seconds = 10): Promise<void> {
  const watched = current;
  if (watched && !(await watched.answers(seconds)) && current === watched) discardFrame();
}

/** What the frame itself tries against the page and its server. */
export async function probeFrame(url: string): Promise<Probe[]> {
  return (await frame()).probe(url);
}

/** What this browser lacks, in plain words; null when all holds. Starts no frame: it asks one only if it is there. */
export async function findCaveat(): Promise<string | null> {
  if (typeof WebAssembly === 'undefined' || typeof BigInt64Array === 'undefined') {
    return 'This browser is too old to run Python: cells and exercises cannot run here. Everything can still be read.';
  }
  if (!('sandbox' in HTMLIFrameElement.prototype)) {
    return 'This browser cannot close off a frame, so no code is run here. Everything can still be read.';
  }
  const hello = current ? await current.hello.catch(() => null) : null;
  if (hello && !hello.opaque) {
    return 'This browser does not give the sandbox an origin of its own, so code in cells is less closed off than it should be.';
  }
  const shared = hello ? hello.shared : self.crossOriginIsolated && typeof SharedArrayBuffer !== 'undefined';
  return shared
    ? null
    : 'In this browser, or as this site is served, Stop has to start Python anew (earlier variables are lost) and input() cannot ask.';
}

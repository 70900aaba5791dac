/** One interpreter for a page's cells: starts it, runs cells in order, replaces it when it is lost. */
import type { Completion, RunEvent, RunRequest, RunResult, Session, SessionState } from '../contract';
import { type Files, Interpreter } from './interpreter';
import { Run } from './run';
import type { Spawn } from './sandbox';

const COMPLETE_MS = 2_000;

/** Where a session gets its parts; a test gives others. */
export interface Surroundings {
  spawn: Spawn;
  files: Files;
  checkFrame(): Promise<void>;
  findCaveat(): Promise<string | null>;
}

export class CellSession extends EventTarget implements Session {
  ask: (prompt: string) => Promise<string | null> = async () => null;
  private current: SessionState = 'idle';
  private interpreter: Interpreter | null = null;
  private run_: Run | null = null;
  private queue: Promise<unknown> = Promise.resolve();
  private runs = 0;
  /** Counts up at Stop and Restart: what was asked before does not begin any more. */
  private era = 0;
  private cancelWaiting: () => void = () => {};
  private cancelled = this.nextCancel();
  /** True when the interpreter was lost between two runs. */
  private lostUnseen = false;

  constructor(private readonly around: Surroundings) {
    super();
  }

  get state(): SessionState {
    return this.current;
  }

  private become(state: SessionState): void {
    if (this.current === state) return;
    this.current = state;
    this.dispatchEvent(new Event('change'));
  }

  warm(): void {
    this.start();
  }

  /** The interpreter, begun if there is none. */
  private start(): Interpreter {
    if (this.interpreter) return this.interpreter;
    const made = new Interpreter(this.around.spawn, this.around.files);
    this.interpreter = made;
    this.become('starting');
    const isCurrent = () => this.interpreter === made;
    made.ready.then(
      () => isCurrent() && this.become('ready'),
      () => isCurrent() && this.forget('failed'),
    );
    void made.gone.then(() => isCurrent() && this.current !== 'running' && this.loseQuietly());
    return made;
  }

  private forget(state: SessionState): void {
    this.interpreter = null;
    this.runs = 0;
    this.become(state);
  }

  private loseQuietly(): void {
    if (this.runs > 0) this.lostUnseen = true;
    this.forget(this.current === 'starting' || this.current === 'failed' ? 'failed' : 'idle');
  }

  /** A new interpreter for the one that is lost. */
  private replace(): void {
    const old = this.interpreter;
    this.interpreter = null;
    old?.kill('replaced');
    this.runs = 0;
    this.lostUnseen = false;
    this.start();
  }

  run(request: RunRequest, on: (event: RunEvent) => void): Promise<RunResult> {
    const era = this.era;
    const turn = this.queue.then(() => (era === this.era ? this.runNow(request, on) : this.stoppedBefore()));
    this.queue = turn.catch(() => {});
    return turn;
  }

  private async runNow(request: RunRequest, on: (event: RunEvent) => void): Promise<RunResult> {
    const began = performance.now();
    const unavailable = await this.untilReady();
    if (unavailable) return unavailable;
    const interpreter = this.interpreter as Interpreter;
    const restarted = this.lostUnseen;
    this.lostUnseen = false;
    const number = ++this.runs;
    this.become('running');
    this.run_ = new Run(interpreter, request, on, {
      ask: (prompt) => this.ask(prompt),
      checkFrame: () => this.around.checkFrame(),
    });
    const ending = await this.run_.finish();
    this.run_ = null;
    // Restart may have come first: then there is another interpreter already.
    if (this.interpreter === interpreter) {
      if (ending.lost) this.replace();
      else this.become(ending.status === 'ok' || ending.status === 'error' ? 'ready' : 'stopped');
    }
    const seconds = (performance.now() - began) / 1000;
    return { status: ending.status, number, seconds, restarted: restarted || ending.lost, message: ending.message };
  }

  /** Null when the interpreter is ready; else the result of a run that cannot begin. */
  private async untilReady(): Promise<RunResult | null> {
    const outcome = await Promise.race([
      this.start().ready.then(
        () => 'ready' as const,
        (error: Error) => error,
      ),
      this.cancelled,
    ]);
    if (outcome === 'ready') return null;
    if (outcome === 'cancelled') return this.stoppedBefore();
    const caveat = await this.around.findCaveat();
    const message = `Python could not be started: ${outcome.message || 'no reason given'}. ${caveat ?? 'Run the cell again to retry.'}`;
    return { status: 'unavailable', number: this.runs, seconds: 0, restarted: false, message };
  }

  private stoppedBefore(): RunResult {
    return { status: 'stopped', number: this.runs, seconds: 0, restarted: false, message: 'Stopped before it began.' };
  }

  private nextCancel(): Promise<'cancelled'> {
    return new Promise((resolve) => {
      this.cancelWaiting = () => resolve('cancelled');
    });
  }

  private cancel(): void {
    this.era += 1;
    this.cancelWaiting();
    this.cancelled = this.nextCancel();
  }

  /** Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.cancel();
    this.run_?.end('stop');
    await this.queue;
  }

  async restart(): Promise<void> {
    this.cancel();
    this.run_?.end('stop');
    this.replace();
    await this.queue;
    await this.interpreter?.ready.catch(() => {});
  }

  async complete(source: string, cursor: number): Promise<{ from: number; options: Completion[] }> {
    const nothing = { from: cursor, options: [] };
    if (!this.interpreter || (this.current !== 'ready' && this.current !== 'stopped')) return nothing;
    const late = new Promise<typeof nothing>((resolve) => setTimeout(() => resolve(nothing), COMPLETE_MS));
    return Promise.race([this.interpreter.complete(source, cursor).catch(() => nothing), late]);
  }

  caveat(): Promise<string | null> {
    return this.around.findCaveat();
  }
}

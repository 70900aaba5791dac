/** The cells of a page around their one session: who runs, who waits, and what a new interpreter means for all of them. */
import type { RunEvent, RunRequest, RunResult, Session } from '../contract';
import { reasonOf } from '../reason';

/** What the notebook needs of a cell, and tells it. */
export interface Runnable {
  /** How the reader calls it: "cell 3". */
  readonly name: string;
  readonly root: HTMLElement;
  /** Why it does not run along when others are asked for: null when nothing is in the way. */
  readonly obstacle: string | null;
  /** The author shows an error on purpose: it does not keep the cells behind it from running. */
  readonly mayRaise: boolean;
  /** Read at the moment when the run begins. */
  readonly request: RunRequest;
  onWaiting(): void;
  onStart(): void;
  onEvent(event: RunEvent): void;
  onAsk(prompt: string): Promise<string | null>;
  /** Resolves when all that the run gave stands in the page. */
  onEnd(result: RunResult): Promise<void>;
  /** It was waiting and will not run. */
  onCancel(why: string): void;
  /** The interpreter that it ran in is gone. */
  onForgotten(): void;
  onSessionState(): void;
}

export class Notebook {
  readonly #members = new Set<Runnable>();
  #waiting: Runnable[] = [];
  #running: Runnable | null = null;

  constructor(readonly session: Session) {
    session.addEventListener('change', () => {
      for (const member of this.#members) member.onSessionState();
    });
  }

  join(member: Runnable): void {
    this.#members.add(member);
  }

  leave(member: Runnable): void {
    this.#members.delete(member);
    this.#waiting = this.#waiting.filter((other) => other !== member);
  }

  /** Runs cells one after the other; a failure cancels those that wait behind it. */
  async run(...cells: Runnable[]): Promise<void> {
    for (const cell of cells) {
      if (cell === this.#running || this.#waiting.includes(cell)) continue;
      this.#waiting.push(cell);
      cell.onWaiting();
    }
    if (this.#running) return;
    for (let cell = this.#next(); cell; cell = this.#next()) {
      const result = await this.#runOne(cell);
      const fine = result.status === 'ok' || (result.status === 'error' && cell.mayRaise);
      if (!fine) this.#cancelWaiting(`Not run, because ${cell.name} ${whatHappened(result)}.`);
    }
  }

  /** Runs every cell that stands before `cell`, in the order of the page. */
  async runAbove(cell: Runnable): Promise<void> {
    const above = [...this.#members]
      .filter(({ root }) => root.compareDocumentPosition(cell.root) & Node.DOCUMENT_POSITION_FOLLOWING)
      .sort((a, b) => (a.root.compareDocumentPosition(b.root) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
    for (const other of above) if (other.obstacle) other.onCancel(other.obstacle);
    await this.run(...above.filter((other) => !other.obstacle));
  }

  async stop(cell: Runnable): Promise<void> {
    if (cell === this.#running) await this.session.stop();
    else if (this.#waiting.includes(cell)) {
      this.#waiting = this.#waiting.filter((other) => other !== cell);
      cell.onCancel('Stopped before it ran.');
    }
  }

  async restart(): Promise<void> {
    this.#cancelWaiting('Not run, because Python was restarted.');
    await this.session.restart();
    this.#forget();
  }

  #next(): Runnable | null {
    this.#running = this.#waiting.shift() ?? null;
    return this.#running;
  }

  async #runOne(cell: Runnable): Promise<RunResult> {
    this.session.ask = (prompt) => cell.onAsk(prompt);
    cell.onStart();
    let result: RunResult;
    try {
      result = await this.session.run(cell.request, (event) => cell.onEvent(event));
    } catch (error) {
      result = crashed(error);
    }
    await cell.onEnd(result);
    if (result.restarted) this.#forget(ranInNew(result) ? cell : null);
    return result;
  }

  #cancelWaiting(why: string): void {
    const cancelled = this.#waiting;
    this.#waiting = [];
    for (const cell of cancelled) cell.onCancel(why);
  }

  #forget(except: Runnable | null = null): void {
    for (const member of this.#members) if (member !== except) member.onForgotten();
  }
}

/** A run that came to its own end in a new interpreter has kept its variables; only the other cells have lost theirs. */
function ranInNew(result: RunResult): boolean {
  return result.status === 'ok' || result.status === 'error';
}

function whatHappened(result: RunResult): string {
  return result.status === 'stopped' || result.status === 'time' ? 'was stopped' : 'failed';
}

function crashed(error: unknown): RunResult {
  const message = `Python could not run this cell: ${reasonOf(error)}. Press Restart and run it again.`;
  return { status: 'crashed', number: 0, seconds: 0, restarted: true, message };
}

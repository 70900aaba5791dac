/** One run of a cell on one interpreter, under its limits, and how it ended. */
import type { RunEvent, RunRequest, RunResult } from '../contract';
import { type Done, Gone, type Interpreter, MEMORY_BYTES, OUT_OF_MEMORY, TOO_DEEP } from './interpreter';
import { OutputLimits } from './limits';

const GRACE_MS = 1_000;
const FRAME_CHECK_MS = 5_000;
/** Above this share of its memory an interpreter is replaced after a MemoryError: a heap never shrinks. */
const FULL = 0.75;

type Cause = 'stop' | 'time' | 'output';

export interface Ending {
  status: RunResult['status'];
  /** True when the interpreter is gone, or must go: earlier variables are lost. */
  lost: boolean;
  message: string | null;
}

/** What a run needs of its surroundings. */
export interface Around {
  ask(prompt: string): Promise<string | null>;
  checkFrame(): Promise<void>;
}

export class Run {
  private cause: Cause | null = null;
  private readonly limits = new OutputLimits();
  private clock: ReturnType<typeof setTimeout> | undefined;
  private grace: ReturnType<typeof setTimeout> | undefined;
  private clockStarted = 0;
  private left: number;
  private over = false;

  constructor(
    private readonly interpreter: Interpreter,
    private readonly request: RunRequest,
    private readonly show: (event: RunEvent) => void,
    private readonly around: Around,
  ) {
    this.left = request.seconds * 1000;
  }

  /** Resolves when the code has ended, by itself or by force; never rejects. */
  async finish(): Promise<Ending> {
    const watch = setInterval(() => void this.around.checkFrame(), FRAME_CHECK_MS);
    try {
      const done = await this.interpreter.run(this.request, {
        started: () => this.startClock(),
        event: (event) => this.receive(event),
        ask: (prompt) => void this.ask(prompt),
      });
      return this.judgeDone(done);
    } catch (error) {
      if (!(error instanceof Gone)) throw error;
      return this.judgeGone(error.message);
    } finally {
      this.over = true;
      clearInterval(watch);
      clearTimeout(this.clock);
      clearTimeout(this.grace);
    }
  }

  /** Ask the code to end; end it, with its interpreter, when it does not. */
  end(cause: Cause): void {
    if (this.over || this.cause) return;
    this.cause = cause;
    if (this.interpreter.interruptible) this.interpreter.interrupt();
    this.grace = setTimeout(() => this.interpreter.kill('ended'), this.interpreter.interruptible ? GRACE_MS : 0);
  }

  private receive(event: RunEvent): void {
    if (this.cause === 'output') return;
    if (this.limits.admit(event)) {
      this.show(event);
      return;
    }
    this.show({ type: 'note', text: 'The output was cut here: it passed the limit of a run.' });
    this.end('output');
  }

  private startClock(): void {
    this.clockStarted = performance.now();
    this.clock = setTimeout(() => this.end('time'), this.left);
  }

  /** The time in which a question waits for its answer is not the code's. */
  private async ask(prompt: string): Promise<void> {
    clearTimeout(this.clock);
    this.left -= performance.now() - this.clockStarted;
    const answer = await this.around.ask(prompt).catch(() => null);
    if (this.over) return;
    this.interpreter.answer(answer);
    this.startClock();
  }

  private judgeDone(done: Done): Ending {
    if (done.status === 'fatal') return this.judgeGone(done.detail);
    if (done.status === 'stopped')
      return { status: this.cause === 'time' ? 'time' : 'stopped', lost: false, message: this.stopped() };
    if (!this.limits.memoryError) return { status: done.status, lost: false, message: null };
    const lost = done.heap > FULL * MEMORY_BYTES;
    return { status: 'memory', lost, message: lost ? `${TOO_MUCH} ${ANEW}` : `${TOO_MUCH} ${KEPT}` };
  }

  private judgeGone(detail: string): Ending {
    if (this.cause) {
      const status = this.cause === 'time' ? 'time' : 'stopped';
      return { status, lost: true, message: `${this.why()} It could not be interrupted gently. ${ANEW}` };
    }
    if (OUT_OF_MEMORY.test(detail)) return { status: 'memory', lost: true, message: `${TOO_MUCH} ${ANEW}` };
    if (TOO_DEEP.test(detail)) {
      return {
        status: 'crashed',
        lost: true,
        message: `A function called itself deeper than Python can follow. ${ANEW}`,
      };
    }
    return {
      status: 'crashed',
      lost: true,
      message: `Python itself broke off (${detail || 'no reason given'}). ${ANEW}`,
    };
  }

  private stopped(): string {
    return this.cause ? `${this.why()} ${KEPT}` : 'The code raised KeyboardInterrupt.';
  }

  private why(): string {
    switch (this.cause) {
      case 'time':
        return `Stopped at the time limit of this cell, ${inSeconds(this.request.seconds)}.`;
      case 'output':
        return 'Stopped: the output passed the limit of a run.';
      default:
        return 'Stopped.';
    }
  }
}

function inSeconds(count: number): string {
  return count === 1 ? '1 second' : `${count} seconds`;
}

const KEPT = 'Earlier variables are still there.';
const ANEW =
  'Python was started anew: earlier variables are gone, so run the cells above again. Your code is as you left it.';
const TOO_MUCH = `The code needed more memory than there is (${MEMORY_BYTES / 2 ** 30} GB).`;

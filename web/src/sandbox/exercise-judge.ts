/**
 * Checks a submission with two interpreters: a trusted one, which makes the inputs and compares the results and never runs a learner's
 * code; and one for the attempt, fresh each time and thrown away. Only JSON passes between them, through the page.
 */
import type { Judge, Verdict } from '../contract';
import { atRest } from '../idle';
import { CallFailed, type Files, Gone, Interpreter, OUT_OF_MEMORY } from './interpreter';
import { parseVerdict } from './messages';
import { fromJson } from './parse';
import type { Spawn } from './sandbox';

const WIRE = 'pellucid.grading.wire';
const ATTEMPT_SECONDS = 10;
const JUDGE_SECONDS = 60;
/** The next attempt's interpreter begins by then, however busy the page is. */
const SPARE_MS = 2_000;
const ATTEMPT_MEMORY = 805_306_368;

/** The check ended without a comparison; the message is for the learner. */
class Unjudged extends Error {
  constructor(
    readonly title: string,
    message: string,
  ) {
    super(message);
  }
}

export class ExerciseJudge implements Judge {
  private trusted: Interpreter | null = null;
  private spare: Interpreter | null = null;
  private attempting: Interpreter | null = null;
  private queue: Promise<unknown> = Promise.resolve();
  private stops = 0;
  /** Ends the wait for the check in hand: it may still be fetching Python. */
  private abandon: () => void = () => {};

  constructor(
    private readonly spawn: Spawn,
    private readonly files: Files,
    private readonly attemptSeconds = ATTEMPT_SECONDS,
  ) {}

  warm(): void {
    this.judge();
    this.spare ??= this.fresh();
  }

  private judge(): Interpreter {
    if (this.trusted) return this.trusted;
    const made = new Interpreter(this.spawn, this.files);
    this.trusted = made;
    void made.gone.then(() => {
      if (this.trusted === made) this.trusted = null;
    });
    return made;
  }

  private fresh(): Interpreter {
    const made = new Interpreter(this.spawn, this.files, ATTEMPT_MEMORY);
    void made.gone.then(() => {
      if (this.spare === made) this.spare = null;
    });
    return made;
  }

  check(exercisesSource: string, id: string, submission: string, seed: number): Promise<Verdict> {
    const stops = this.stops;
    const stopped = () => stops !== this.stops;
    const turn = this.queue.then(async () => {
      if (stopped()) return STOPPED;
      const abandoned = new Promise<Verdict>((resolve) => {
        this.abandon = () => resolve(STOPPED);
      });
      const compared = this.compare(exercisesSource, id, submission, seed, stopped);
      compared.catch(() => {}); // after Stop nobody waits for it
      try {
        return await Promise.race([compared, abandoned]);
      } catch (error) {
        if (error instanceof Unjudged) return errorVerdict(error.title, error.message);
        throw error;
      } finally {
        this.discardAttempt();
      }
    });
    this.queue = turn.catch(() => {}); // the next check is to be tried all the same
    return turn;
  }

  private async compare(
    source: string,
    id: string,
    submission: string,
    seed: number,
    stopped: () => boolean,
  ): Promise<Verdict> {
    const attempting = this.spare ?? this.fresh();
    this.attempting = attempting;
    this.spare = null;
    const plan = await this.ask('plan_json', [source, id, seed], source);
    const outcomes = await this.attempt(attempting, submission, plan);
    if (stopped()) return STOPPED;
    const verdict = fromJson(await this.ask('judge_json', [source, id, plan, outcomes], source), parseVerdict);
    if (!verdict) throw new Unjudged('No verdict', "The judge's answer could not be read. Press Check again.");
    return verdict;
  }

  private async ask(name: string, args: (string | number)[], source: string): Promise<string> {
    const judge = this.judge();
    const needs = { modules: ['numpy'], sources: [source] };
    let timer: ReturnType<typeof setTimeout> | undefined;
    const startClock = () => {
      timer = setTimeout(() => judge.kill(TOO_LATE), JUDGE_SECONDS * 1000);
    };
    try {
      return await judge.call(`${WIRE}:${name}`, args, needs, startClock);
    } catch (error) {
      if (!(error instanceof Gone || error instanceof CallFailed)) throw error; // Python could not start
      const why = `The exercise's own check failed, not your code (${error.message}). Press Check again.`;
      throw new Unjudged('No verdict', why);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The outcomes as JSON; where the interpreter ended before it answered, a JSON that says how (docs/reference/exercises.md). */
  private async attempt(interpreter: Interpreter, submission: string, plan: string): Promise<string> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const startClock = () => {
      timer = setTimeout(() => interpreter.kill(TOO_LATE), this.attemptSeconds * 1000);
    };
    try {
      const { tensors } = JSON.parse(plan) as { tensors?: boolean };
      const needs = { modules: tensors ? ['numpy', 'torch'] : ['numpy'], sources: [submission] };
      return await interpreter.call(`${WIRE}:attempt_json`, [submission, plan], needs, startClock);
    } catch (error) {
      if (error instanceof CallFailed) return NOTHING;
      if (error instanceof Gone) return JSON.stringify({ ended: wayToEnd(error.message) });
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Throw the used interpreter away and make the next one ready while the learner reads. */
  private discardAttempt(): void {
    this.attempting?.kill('used');
    this.attempting = null;
    atRest(() => {
      this.spare ??= this.attempting ? null : this.fresh();
    }, SPARE_MS);
  }

  stop(): void {
    this.stops += 1;
    this.attempting?.kill('stopped');
    this.abandon();
  }
}

const STOPPED = errorVerdict('Stopped', 'The check was stopped.');
const TOO_LATE = 'it took too long';
/** What the judge reads as outcomes of no known form. */
const NOTHING = '{}';

function wayToEnd(detail: string): 'time' | 'memory' | 'crashed' {
  if (detail === TOO_LATE) return 'time';
  return OUT_OF_MEMORY.test(detail) ? 'memory' : 'crashed';
}

function errorVerdict(title: string, message: string): Verdict {
  const nothing = { mistake: null, diagnosis: [], counterexample: null, error: null, stdout: '', passed: 0, total: 0 };
  return { status: 'error', title, message, ...nothing };
}

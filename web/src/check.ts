/**
 * The entry of `pellucid check --browser`: cells and proofs run in the interpreters that readers use, driven from outside the page.
 * No page of a book loads this.
 */
import type { RunEvent, RunRequest, RunResult } from './contract';
import { Interpreter } from './sandbox/interpreter';
import { pageFiles } from './sandbox/page-files';
import { spawnWorker } from './sandbox/sandbox';
import { pageSession } from './sandbox/session';

const PROVE = 'pellucid.grading.wire:prove_json';

const session = pageSession();
let prover: Interpreter | null = null;

const pellucidCheck = {
  /** A new session for the next page's cells. */
  restart: () => session.restart(),

  /** Run a cell; its result, and its events without the bytes of figures. */
  async run(request: RunRequest): Promise<[RunResult, object[]]> {
    const events: object[] = [];
    const result = await session.run(request, (event: RunEvent) => {
      events.push(event.type === 'figure' ? { type: 'figure', alt: event.alt } : event);
    });
    return [result, events];
  },

  /** The proofs of one exercise, as JSON. */
  prove(source: string, id: string, starter: string, seeds: number): Promise<string> {
    return theProver().call(PROVE, [source, id, starter, seeds], { modules: ['numpy'], sources: [source, starter] });
  },
};

/** The next exercise is proved all the same when one has ended the interpreter. */
function theProver(): Interpreter {
  if (prover) return prover;
  const made = new Interpreter(spawnWorker, pageFiles());
  prover = made;
  void made.gone.then(() => {
    if (prover === made) prover = null;
  });
  return made;
}

declare global {
  interface Window {
    pellucidCheck: typeof pellucidCheck;
  }
}

window.pellucidCheck = pellucidCheck;

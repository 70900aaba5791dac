/** What a cell says about itself in its status line. */
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { RunResult, SessionState } from '../contract';

/** A run shorter than this is not worth counting seconds aloud. */
const QUIET_SECONDS = 2;

export interface CellState {
  phase: 'idle' | 'waiting' | 'running' | 'done';
  session: SessionState;
  /** The reader has touched the cell: only then does it tell how the session fares, lest every cell of the page say the same. */
  attended: boolean;
  /** Seconds of the present run. */
  elapsed: number;
  result: RunResult | null;
  /** Name of the exception that ended the last run. */
  error: string | null;
  /** The code is not what the last run executed. */
  changed: boolean;
  /** The interpreter of the last run is gone, and its variables with it. */
  forgotten: boolean;
  /** One sentence that replaces the usual words until the next act. */
  said: string | null;
}

export const newState = (session: SessionState): CellState => ({
  phase: 'idle',
  session,
  attended: false,
  elapsed: 0,
  result: null,
  error: null,
  changed: false,
  forgotten: false,
  said: null,
});

/** The one word that style sheets and tests go by: `data-status` of the cell. */
export function statusWord(state: CellState): 'ready' | 'waiting' | 'starting' | 'running' | 'stopped' | 'failed' {
  if (state.phase === 'waiting') return 'waiting';
  if (state.phase === 'running') return state.session === 'starting' ? 'starting' : 'running';
  if (state.phase === 'done' && state.result) return outcomeWord(state.result);
  if (!state.attended) return 'ready';
  if (state.session === 'starting') return 'starting';
  return state.session === 'failed' ? 'failed' : 'ready';
}

function outcomeWord({ status }: RunResult): 'ready' | 'stopped' | 'failed' {
  if (status === 'ok') return 'ready';
  return status === 'stopped' || status === 'time' ? 'stopped' : 'failed';
}

export function renderStatus(state: CellState): TemplateResult {
  const ran = state.result && state.result.seconds > 0 ? state.result : null; // 0 s: it never began
  return html`<span class="status-word">${sentence(state)}</span>${
    state.phase === 'running' && state.elapsed >= QUIET_SECONDS
      ? html`<span class="status-seconds" aria-hidden="true"> ${state.elapsed} s</span>`
      : nothing
  }${state.phase === 'done' && ran ? html`<span class="run-number"> · Run ${ran.number}, ${duration(ran.seconds)}</span>` : nothing}${
    state.phase === 'done' && state.changed ? html`<span class="stale-mark"> · Changed since run</span>` : nothing
  }${
    state.phase === 'done' && state.forgotten
      ? html`<span class="forgotten-mark"> · From before the restart: its variables are gone</span>`
      : nothing
  }`;
}

function sentence(state: CellState): string {
  if (state.said) return state.said;
  const word = statusWord(state);
  switch (word) {
    case 'waiting':
      return 'Waiting for the cell before it';
    case 'starting':
      return 'Starting Python…';
    case 'running':
      return 'Running…';
    case 'ready':
      return 'Ready';
    case 'stopped':
      return state.result?.status === 'time' ? 'Stopped at the time limit' : 'Stopped';
    case 'failed':
      return failure(state);
  }
}

function failure(state: CellState): string {
  switch (state.result?.status) {
    case 'error':
      return state.error ? `Failed: ${state.error}` : 'Failed';
    case 'memory':
      return 'Failed: out of memory';
    case 'unavailable':
      return 'Failed: not available in the browser';
    default:
      return 'Failed: Python is not running';
  }
}

function duration(seconds: number): string {
  return seconds < 0.1 ? 'under 0.1 s' : `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
}

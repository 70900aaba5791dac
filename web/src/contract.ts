/** The values that cross between the sandbox and the page. What comes out of the sandbox is data, never markup. */

/** A line of the learner's own code in a traceback. */
export interface ErrorFrame {
  cell: string;
  line: number;
  source: string;
  function: string;
}

export interface ErrorReport {
  name: string;
  message: string;
  frames: ErrorFrame[];
  /** The failing line of the cell that was run (1-based), to be marked in its editor. */
  line: number | null;
  /** One sentence of help for a common error. */
  help: string | null;
}

/** A table of text cells: data frames, arrays with shape and dtype. */
export interface TableValue {
  header: string[];
  rows: string[][];
  /** For example "float64, shape (100, 3)" or "DataFrame, 150 rows × 5 columns". */
  caption: string;
  /** How many leading columns are row labels. */
  labels: number;
}

export type RunEvent =
  | { type: 'stdout' | 'stderr'; text: string }
  | { type: 'value'; text: string; caption: string | null; table: TableValue | null }
  | { type: 'figure'; light: Uint8Array; dark: Uint8Array; width: number; height: number; alt: string }
  | { type: 'warning'; category: string; message: string; line: number | null }
  | { type: 'error'; error: ErrorReport }
  | { type: 'note'; text: string };

export type SessionState = 'idle' | 'starting' | 'ready' | 'running' | 'stopped' | 'failed';

export interface RunRequest {
  cell: string;
  source: string;
  /** Wall-clock limit in seconds. */
  seconds: number;
}

export interface RunResult {
  status: 'ok' | 'error' | 'stopped' | 'time' | 'memory' | 'crashed' | 'unavailable';
  /** Count of runs in this session: the number shown at the cell. */
  number: number;
  seconds: number;
  /** True when the interpreter had to be replaced, so that earlier variables are gone. */
  restarted: boolean;
  /** Plain words for every status but ok and error. */
  message: string | null;
}

export interface Completion {
  label: string;
  kind: 'function' | 'class' | 'module' | 'variable' | 'keyword' | 'property';
  detail: string | null;
}

/** One interpreter for a chapter's cells. Made by `pageSession()` in sandbox/session.ts. Fires "change" when its state changes. */
export interface Session extends EventTarget {
  readonly state: SessionState;
  /** Start in the background (on focus, on idle); safe to call often. */
  warm(): void;
  run(request: RunRequest, on: (event: RunEvent) => void): Promise<RunResult>;
  stop(): Promise<void>;
  restart(): Promise<void>;
  complete(source: string, cursor: number): Promise<{ from: number; options: Completion[] }>;
  /** Set by the cell element: called when the code calls input(). Rejecting or null raises EOFError there. */
  ask: (prompt: string) => Promise<string | null>;
  /** What this browser cannot guarantee, in plain words; null when all holds. */
  caveat(): Promise<string | null>;
}

export interface Verdict {
  status: 'right' | 'wrong' | 'error' | 'incomplete';
  title: string;
  message: string;
  mistake: string | null;
  diagnosis: string[];
  counterexample: { inputs: { name: string; text: string }[]; expected: string; got: string } | null;
  error: ErrorReport | null;
  stdout: string;
  passed: number;
  total: number;
}

/** Made by `pageJudge()` in sandbox/judge.ts: two more interpreters, one that judges and one thrown away after each attempt. */
export interface Judge {
  warm(): void;
  check(exercisesSource: string, id: string, submission: string, seed: number): Promise<Verdict>;
  stop(): void;
}

/** What a learner typed into a cell or an exercise, beside the author's text that it started from. */
export interface Draft {
  page: string;
  id: string;
  text: string;
  author: string;
  saved: number;
}

/** store/drafts.ts */
export interface Drafts {
  load(page: string, id: string): Promise<Draft | null>;
  save(page: string, id: string, text: string, author: string): Promise<void>;
  clear(page: string, id: string): Promise<void>;
}

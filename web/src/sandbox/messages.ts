/**
 * What page, frame and worker say to each other. A worker runs code that nobody vouches for, so whatever arrives in the page goes
 * through a parser here: it becomes one of these values or is dropped. Nothing in them is ever treated as markup.
 */
import type { Completion, ErrorReport, RunEvent, TableValue, Verdict } from '../contract';
import type { BootBytes } from './boot';
import { either, flag, integer, list, nullable, oneOf, type Parser, png, record, text, wholeText } from './parse';

/** Characters of printed text that one run may show. */
export const MAX_TEXT = 262_144;
const MAX_PNG = 16_777_216;
export const MAX_RESULT = 33_554_432;

/** One of the things that an interpreter boots from. */
export type Part = { [Name in keyof BootBytes]: { name: Name; bytes: BootBytes[Name] } }[keyof BootBytes];

/** Page → worker, over their own port. */
export type Order =
  | { kind: 'boot'; memory: number; scale: number; available: string[]; noInput: string }
  | { kind: 'part'; part: Part }
  | { kind: 'packs'; id: string; packs: ArrayBuffer[] }
  | { kind: 'run'; id: string; cell: string; source: string }
  | { kind: 'complete'; id: string; source: string; cursor: number }
  | { kind: 'call'; id: string; target: string; args: (string | number)[]; modules: string[]; sources: string[] };

/** Worker → page, over their own port. `id` is a random word that the page chose for the request. */
export type Report =
  | { kind: 'image'; image: Uint8Array }
  | { kind: 'ready' }
  | { kind: 'broken'; detail: string }
  | { kind: 'need'; id: string; modules: string[] }
  | { kind: 'started'; id: string }
  | { kind: 'events'; id: string; events: RunEvent[] }
  | { kind: 'ask'; id: string; prompt: string }
  | { kind: 'done'; id: string; status: 'ok' | 'error' | 'stopped' | 'fatal'; heap: number; detail: string }
  | { kind: 'result'; id: string; text: string }
  | { kind: 'failure'; id: string; fatal: boolean; detail: string };

/** Page → frame. */
export type FrameOrder =
  | { kind: 'spawn'; worker: number }
  | { kind: 'interrupt'; worker: number }
  | { kind: 'answer'; worker: number; text: string | null }
  | { kind: 'kill'; worker: number }
  | { kind: 'ping'; worker: number }
  | { kind: 'probe'; worker: number; url: string };

/** Frame → page. */
export type FrameReport =
  | { kind: 'hello'; opaque: boolean; isolated: boolean; shared: boolean }
  | { kind: 'died'; worker: number; detail: string }
  | { kind: 'pong'; worker: number }
  | { kind: 'probes'; worker: number; probes: Probe[] };

/** One attempt to leave the sandbox. */
export interface Probe {
  name: string;
  code: string;
  outcome: string;
  refused: boolean;
}

const line = text(2_000);
const short = text(300);
const body = text(MAX_TEXT);
const id = wholeText(64);
const count = integer(0, 2 ** 31);

export const parseErrorReport: Parser<ErrorReport> = record<ErrorReport & Record<string, unknown>>({
  name: short,
  message: text(20_000),
  frames: list(record({ cell: short, line: count, source: line, function: short }), 50),
  line: nullable(count),
  help: nullable(line),
});

const table: Parser<TableValue> = (value) => {
  const parsed = record({ header: list(line, 500), rows: list(list(line, 500), 500), caption: line, labels: count })(
    value,
  );
  const cells = parsed ? parsed.rows.reduce((sum, row) => sum + row.length, 0) : 0;
  return parsed && cells <= 50_000 ? parsed : undefined;
};

const pixels = integer(1, 20_000);

export const parseEvent: Parser<RunEvent> = either(
  record({ type: oneOf('stdout', 'stderr'), text: body }),
  record({ type: oneOf('value'), text: body, caption: nullable(line), table: nullable(table) }),
  record({ type: oneOf('figure'), light: png(MAX_PNG), dark: png(MAX_PNG), width: pixels, height: pixels, alt: line }),
  record({ type: oneOf('warning'), category: short, message: text(20_000), line: nullable(count) }),
  record({ type: oneOf('error'), error: parseErrorReport }),
  record({ type: oneOf('note'), text: line }),
);

/** Items that do not parse are left out; the others stand. */
const events: Parser<RunEvent[]> = (value) =>
  Array.isArray(value) ? value.slice(0, 5_000).flatMap((item) => parseEvent(item) ?? []) : undefined;

const bytes: Parser<Uint8Array> = (value) => (value instanceof Uint8Array ? value : undefined);

export const parseReport: Parser<Report> = either(
  record({ kind: oneOf('image'), image: bytes }),
  record({ kind: oneOf('ready') }),
  record({ kind: oneOf('broken'), detail: line }),
  record({ kind: oneOf('need'), id, modules: list(short, 200) }),
  record({ kind: oneOf('started'), id }),
  record({ kind: oneOf('events'), id, events }),
  record({ kind: oneOf('ask'), id, prompt: line }),
  record({
    kind: oneOf('done'),
    id,
    status: oneOf('ok', 'error', 'stopped', 'fatal'),
    heap: integer(0, 2 ** 40),
    detail: line,
  }),
  record({ kind: oneOf('result'), id, text: wholeText(MAX_RESULT) }),
  record({ kind: oneOf('failure'), id, fatal: flag, detail: line }),
);

const probe: Parser<Probe> = record<Probe & Record<string, unknown>>({
  name: short,
  code: line,
  outcome: line,
  refused: flag,
});

export const parseProbes = list(probe, 100);

export const parseFrameReport: Parser<FrameReport> = either(
  record({ kind: oneOf('hello'), opaque: flag, isolated: flag, shared: flag }),
  record({ kind: oneOf('died'), worker: count, detail: line }),
  record({ kind: oneOf('pong'), worker: count }),
  record({ kind: oneOf('probes'), worker: count, probes: parseProbes }),
);

export const parseCompletions: Parser<{ from: number; options: Completion[] }> = record({
  from: count,
  options: list(
    record<Completion & Record<string, unknown>>({
      label: short,
      kind: oneOf('function', 'class', 'module', 'variable', 'keyword', 'property'),
      detail: nullable(short),
    }),
    500,
  ),
});

export const parseVerdict: Parser<Verdict> = record<Verdict & Record<string, unknown>>({
  status: oneOf('right', 'wrong', 'error', 'incomplete'),
  title: line,
  message: text(20_000),
  mistake: nullable(short),
  diagnosis: list(line, 50),
  counterexample: nullable(
    record({
      inputs: list(record({ name: short, text: text(20_000) }), 50),
      expected: text(20_000),
      got: text(20_000),
    }),
  ),
  error: nullable(parseErrorReport),
  stdout: body,
  passed: count,
  total: count,
});

/** The file that holds everything a learner has: what it looks like, and how one is read that may be old, foreign or broken. */
import type { Draft } from '../contract';
import type { Aside, Head, LearnerEvent, Revision } from './database';
import { ULID } from './ulid';

export const FORMAT = 'pellucid-data';
export const VERSION = 1;

/** A revision outside of the browser that wrote it. */
export type SealedRevision = Omit<Revision, 'writer'>;

export interface Archive {
  format: typeof FORMAT;
  version: number;
  /** When it was written, ISO 8601. */
  exported: string;
  drafts: Draft[];
  asides: Aside[];
  events: LearnerEvent[];
  revisions: SealedRevision[];
  heads: Head[];
}

/** Says everything that is wrong with a file, each fault with its place. */
export class ArchiveError extends Error {
  constructor(readonly faults: string[]) {
    super(faults.join('\n'));
  }
}

type Loose = Record<string, unknown>;

/** From each older version to the one after it. A version is added here when the format changes, and never taken away. */
export const UPGRADES: Record<number, (archive: Loose) => Loose> = {};

const SHOWN_FAULTS = 8;

/** Read the text of a file. Throws ArchiveError, and then nothing of the file is to be used. */
export function readArchive(text: string, upgrades = UPGRADES, current = VERSION): Archive {
  let archive = parse(text);
  if (archive.format !== FORMAT)
    throw new ArchiveError(['This is not a file that Pellucid exported: it names no format "pellucid-data".']);
  const version = archive.version;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1)
    throw new ArchiveError([`The file's version is ${JSON.stringify(version)}; a whole number from 1 was expected.`]);
  if (version > current)
    throw new ArchiveError([
      `The file has version ${version} and this page reads up to version ${current}. Reload the page to get the newest one, then import again.`,
    ]);
  for (let at = version; at < current; at++) {
    const upgrade = upgrades[at];
    if (!upgrade) throw new ArchiveError([`The file has version ${version}, which this page cannot read.`]);
    archive = { ...upgrade(archive), version: at + 1 };
  }
  const faults = findFaults(archive);
  if (faults.length > SHOWN_FAULTS)
    faults.splice(SHOWN_FAULTS, faults.length, `… and ${faults.length - SHOWN_FAULTS} more.`);
  if (faults.length > 0) throw new ArchiveError(faults);
  return archive as unknown as Archive;
}

function parse(text: string): Loose {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    throw new ArchiveError([
      text.trim() === ''
        ? 'The file is empty.'
        : 'The file is not complete JSON: it may have been cut off while it was saved or sent.',
    ]);
  }
  throw new ArchiveError(['This is not a file that Pellucid exported: it holds no object.']);
}

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const time: Check = (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const id: Check = (value) => typeof value === 'string' && ULID.test(value);
const either =
  (check: Check, absent: null | undefined): Check =>
  (value) =>
    value === absent || check(value);

/** What each field of each row must be; the words name it when it is not. */
const SHAPES: Record<string, Record<string, [Check, string]>> = {
  drafts: {
    page: [text, 'a text'],
    id: [text, 'a text'],
    text: [text, 'a text'],
    author: [text, 'a text'],
    saved: [time, 'a time in milliseconds'],
  },
  asides: {
    page: [text, 'a text'],
    id: [text, 'a text'],
    text: [text, 'a text'],
    author: [text, 'a text'],
    saved: [time, 'a time in milliseconds'],
    key: [id, 'a ULID'],
  },
  events: {
    id: [id, 'a ULID'],
    type: [text, 'a text'],
    page: [text, 'a text'],
    at: [time, 'a time in milliseconds'],
    exercise: [either(text, undefined), 'a text'],
    hints: [either(time, undefined), 'a number'],
  },
  revisions: {
    note: [text, 'a text'],
    rev: [id, 'a ULID'],
    parent: [either(id, null), 'a ULID or null'],
    other: [either(id, null), 'a ULID or null'],
    body: [text, 'a text'],
    saved: [time, 'a time in milliseconds'],
  },
  heads: { note: [text, 'a text'], rev: [id, 'a ULID'] },
};

function findFaults(archive: Loose): string[] {
  const faults: string[] = [];
  for (const [table, shape] of Object.entries(SHAPES)) {
    const rows = archive[table];
    if (!Array.isArray(rows)) {
      faults.push(`${table}: a list was expected.`);
      continue;
    }
    for (const [i, row] of rows.entries()) {
      if (!isObject(row)) faults.push(`${table}[${i}]: an object was expected.`);
      else
        for (const [field, [check, expected]] of Object.entries(shape))
          if (!check(row[field])) faults.push(`${table}[${i}].${field}: ${expected} was expected.`);
    }
  }
  return faults.length > 0 ? faults : findLooseHeads(archive as unknown as Archive);
}

function findLooseHeads({ heads, revisions }: Archive): string[] {
  const known = new Set(revisions.map(({ note, rev }) => JSON.stringify([note, rev])));
  return heads
    .filter(({ note, rev }) => !known.has(JSON.stringify([note, rev])))
    .map(({ note }) => `The text of the note "${note}" is missing.`);
}

function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

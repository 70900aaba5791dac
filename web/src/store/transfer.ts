/** Everything out into a file, everything in from one. Import is a union: what a file lacks is never taken away here. */
import type { Draft } from '../contract';
import { clearAhead } from './ahead';
import { type Archive, FORMAT, type SealedRevision, VERSION } from './archive';
import { tell } from './channel';
import { type Database, database, type Revision, TABLES, type Transaction } from './database';
import { setAside } from './drafts';
import { mergeLines } from './merge';
import { ulid } from './ulid';

/** What an import changed. */
export interface Imported {
  events: number;
  notes: number;
  drafts: number;
  /** Pages whose note had been changed on both sides at the same place: both versions stand in it. */
  both: string[];
  /** Answers that differed on both sides: the newer one is in use, the other set aside. */
  setAside: number;
}

export async function exportAll(open: () => Promise<Database> = database): Promise<Archive> {
  return (await open()).write(TABLES, gather);
}

async function gather(t: Transaction): Promise<Archive> {
  const revisions: SealedRevision[] = [];
  for (const { writer, ...revision } of await t.all('revisions')) {
    // A revision that left this browser may be the base of a later merge: it must stay as it is.
    if (writer !== null) await t.put('revisions', { ...revision, writer: null });
    revisions.push(revision);
  }
  return {
    format: FORMAT,
    version: VERSION,
    exported: new Date().toISOString(),
    drafts: await t.all('drafts'),
    asides: await t.all('asides'),
    events: await t.all('events'),
    revisions,
    heads: await t.all('heads'),
  };
}

/** Add what the archive holds, all of it or, when something fails, nothing. The same archive again changes nothing. */
export async function importArchive(archive: Archive, open: () => Promise<Database> = database): Promise<Imported> {
  const result: Imported = { events: 0, notes: 0, drafts: 0, both: [], setAside: 0 };
  await (await open()).write(TABLES, async (t) => {
    for (const event of archive.events) {
      if (await t.get('events', event.id)) continue;
      await t.put('events', event);
      result.events++;
    }
    for (const aside of archive.asides) await t.put('asides', aside);
    for (const draft of archive.drafts) await addDraft(t, draft, result);
    for (const revision of archive.revisions) {
      const known = await t.get('revisions', [revision.note, revision.rev]);
      if (!known) await t.put('revisions', { ...revision, writer: null });
    }
    for (const head of archive.heads) await addNote(t, head.note, head.rev, result);
  });
  tell({ type: 'imported' });
  return result;
}

async function addDraft(t: Transaction, draft: Draft, result: Imported): Promise<void> {
  const here = await t.get('drafts', [draft.page, draft.id]);
  if (here?.text === draft.text) return;
  const [newer, older] = here && here.saved >= draft.saved ? [here, draft] : [draft, here];
  if (older && (await setAside(t, older))) result.setAside++;
  if (newer === here) return;
  await t.put('drafts', draft);
  result.drafts++;
}

/** Take the file's newest revision of a note, unless it is in what stands here already; where both went on, merge them. */
async function addNote(t: Transaction, note: string, rev: string, result: Imported): Promise<void> {
  const all = new Map((await t.all('revisions', note)).map((revision) => [revision.rev, revision]));
  const theirs = all.get(rev);
  const mine = all.get((await t.get('heads', note))?.rev ?? '') ?? null;
  if (!theirs || ancestors(all, mine).includes(theirs)) return;
  result.notes++;
  if (!mine || ancestors(all, theirs).includes(mine)) return t.put('heads', { note, rev });
  const shared = new Set(ancestors(all, theirs));
  const base = ancestors(all, mine).find((revision) => shared.has(revision));
  const merged = mergeLines(base?.body ?? '', mine.body, theirs.body);
  if (merged.both.length > 0) result.both.push(note);
  const next: Revision = {
    note,
    rev: ulid(),
    parent: mine.rev,
    other: theirs.rev,
    body: merged.text,
    saved: Date.now(),
    writer: null,
  };
  await t.put('revisions', next);
  await t.put('heads', { note, rev: next.rev });
}

/** A revision and all that it came from, nearest first. */
function ancestors(all: Map<string, Revision>, from: Revision | null): Revision[] {
  const found = new Set<Revision>(from ? [from] : []);
  for (const revision of found)
    for (const rev of [revision.parent, revision.other]) {
      const before = rev === null ? undefined : all.get(rev);
      if (before) found.add(before);
    }
  return [...found];
}

/** Take everything away; returns what was there, for the undo. */
export async function eraseAll(open: () => Promise<Database> = database): Promise<Archive> {
  const erased = await (await open()).write(TABLES, async (t) => {
    const archive = await gather(t);
    for (const table of TABLES) await t.clear(table);
    return archive;
  });
  clearAhead();
  tell({ type: 'erased' });
  return erased;
}

/** A name for an exported file: the day is the learner's own. */
export function archiveName(now: Date = new Date()): string {
  const day = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, '0'));
  return `pellucid-data-${day.join('-')}.json`;
}

/** Notes as immutable revisions. A new one names the one that it was written over, and is refused when that is not the newest. */
import { tell } from './channel';
import { countCharacters, NOTE_LIMIT } from './characters';
import { type Database, database, type Revision, type Transaction } from './database';
import { ulid } from './ulid';

/** So many revisions of a note are kept; the oldest go first. */
export const HISTORY = 200;

const MINUTE = 60_000;

/** Half a line. */
const MUCH = 40;

export type Saved = { saved: Revision } | { refused: { head: Revision | null } };

export interface Notes {
  head(note: string): Promise<Revision | null>;
  /** The body as the newest revision, if `base` is still the newest; else nothing is written and the newest is returned. */
  save(note: string, base: Revision | null, body: string, writer: string): Promise<Saved>;
  /** Newest first. */
  history(note: string): Promise<Revision[]>;
}

export function makeNotes(open: () => Promise<Database> = database, now: () => number = Date.now): Notes {
  return {
    head: async (note) => (await open()).read(['heads', 'revisions'], (t) => findHead(t, note)),

    async save(note, base, body, writer) {
      const outcome = await (await open()).write(['heads', 'revisions'], async (t): Promise<Saved> => {
        const head = await findHead(t, note);
        if (head?.rev !== base?.rev) return { refused: { head } };
        const revision = { note, rev: ulid(), ...lineage(head), body, saved: now(), writer };
        if (head && mayReplace(head, revision)) {
          revision.parent = head.parent;
          revision.other = head.other;
          await t.delete('revisions', [note, head.rev]);
        } else await dropOldest(t, note);
        await t.put('revisions', revision);
        await t.put('heads', { note, rev: revision.rev });
        return { saved: revision };
      });
      if ('saved' in outcome) tell({ type: 'note', note, rev: outcome.saved.rev });
      return outcome;
    },

    history: async (note) => {
      const revisions = await (await open()).read(['revisions'], (t) => t.all('revisions', note));
      return revisions.sort((a, b) => b.saved - a.saved || (a.rev < b.rev ? 1 : -1));
    },
  };
}

export async function findHead(t: Transaction, note: string): Promise<Revision | null> {
  const head = await t.get('heads', note);
  return (head && (await t.get('revisions', [note, head.rev]))) ?? null;
}

function lineage(head: Revision | null): { parent: string | null; other: string | null } {
  return { parent: head?.rev ?? null, other: null };
}

/**
 * Every keystroke is saved, but one revision a minute and tab is enough. Two things never give way: a text that fits the limit to one
 * that does not, and a text of which much was deleted at once.
 */
function mayReplace(head: Revision, next: Revision): boolean {
  const sameSitting =
    head.writer !== null &&
    head.writer === next.writer &&
    Math.floor(head.saved / MINUTE) === Math.floor(next.saved / MINUTE);
  const muchDeleted = head.body.length - next.body.length > MUCH;
  return sameSitting && !muchDeleted && (!fits(head.body) || fits(next.body));
}

/** Whether a body may stand as the note. A longer one is kept on this device as the learner's own unfinished text. */
export function fits(body: string): boolean {
  return countCharacters(body) <= NOTE_LIMIT;
}

async function dropOldest(t: Transaction, note: string): Promise<void> {
  const revisions = await t.all('revisions', note);
  revisions.sort((a, b) => a.saved - b.saved);
  for (const old of revisions.slice(0, Math.max(0, revisions.length - HISTORY + 1)))
    await t.delete('revisions', [note, old.rev]);
}

export const notes = makeNotes();

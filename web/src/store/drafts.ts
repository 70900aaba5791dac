/** What the learner typed into cells and exercises. */
import type { Draft, Drafts } from '../contract';
import { makeAhead } from './ahead';
import { tell } from './channel';
import { type Aside, type Database, database, type Transaction } from './database';
import { ulid } from './ulid';

/** `open` gives the tables; the page's own is the default. */
export function makeDrafts(open: () => Promise<Database> = database, storage?: Storage | null): Drafts {
  /** What this tab last saw under each key: a text beside it was written in another tab. */
  const seen = new Map<string, string>();
  const ahead = makeAhead<Draft>('draft', readDraft, storage);
  /** Two tabs that close at once leave their last words under keys of their own. */
  const writer = ulid();

  /** The text stored so far is about to go: one that this tab has not seen is set aside. */
  async function giveWay(t: Transaction, page: string, id: string, text: string | null): Promise<void> {
    const stored = await t.get('drafts', [page, id]);
    if (stored && stored.text !== text && stored.text !== seen.get(keyOf(page, id))) await setAside(t, stored);
  }

  /** What a page that ended had no time to store; the older of two texts is set aside. */
  async function takeIn(left: Draft): Promise<void> {
    await (await open()).write(['drafts', 'asides'], async (t) => {
      const stored = await t.get('drafts', [left.page, left.id]);
      if (stored?.text === left.text) return;
      const [newer, older] = stored && stored.saved > left.saved ? [stored, left] : [left, stored];
      if (older) await setAside(t, older);
      if (newer === left) await t.put('drafts', left);
    });
  }

  return {
    async load(page, id) {
      for (const left of ahead.take([page, id])) await takeIn(left);
      const draft = await (await open()).read(['drafts'], (t) => t.get('drafts', [page, id]));
      if (draft) seen.set(keyOf(page, id), draft.text);
      return draft ?? null;
    },

    async save(page, id, text, author) {
      const draft = { page, id, text, author, saved: Date.now() };
      const taken = ahead.put([page, id, writer], draft);
      await (await open()).write(['drafts', 'asides'], async (t) => {
        await giveWay(t, page, id, text);
        await t.put('drafts', draft);
        seen.set(keyOf(page, id), text);
      });
      taken();
      tell({ type: 'draft', page, id });
    },

    async clear(page, id) {
      ahead.remove([page, id, writer]);
      await (await open()).write(['drafts', 'asides'], async (t) => {
        await giveWay(t, page, id, null);
        await t.delete('drafts', [page, id]);
      });
      seen.delete(keyOf(page, id));
      tell({ type: 'draft', page, id });
    },
  };
}

const keyOf = (page: string, id: string) => JSON.stringify([page, id]);

function readDraft(value: unknown): Draft | null {
  const { page, id, text, author, saved } = (value ?? {}) as Record<string, unknown>;
  const texts = [page, id, text, author].every((field) => typeof field === 'string');
  return texts && typeof saved === 'number' ? (value as Draft) : null;
}

/** Keep a draft that gives way to another one; false when the same text is kept already. */
export async function setAside(t: Transaction, draft: Draft): Promise<boolean> {
  const kept = await t.all('asides', draft.page);
  if (kept.some((aside) => aside.id === draft.id && aside.text === draft.text)) return false;
  await t.put('asides', { ...draft, key: ulid(draft.saved) });
  return true;
}

/** Set aside the stored draft, if there is one: another text is about to take its place. */
export async function keepAside(page: string, id: string, open: () => Promise<Database> = database): Promise<void> {
  await (await open()).write(['drafts', 'asides'], async (t) => {
    const draft = await t.get('drafts', [page, id]);
    if (draft) await setAside(t, draft);
  });
}

/** The draft set aside and the one in use change places. */
export async function useAside(aside: Aside, open: () => Promise<Database> = database): Promise<void> {
  const { key, ...draft } = aside;
  await (await open()).write(['drafts', 'asides'], async (t) => {
    const current = await t.get('drafts', [draft.page, draft.id]);
    if (current && current.text !== draft.text) await setAside(t, current);
    await t.delete('asides', [draft.page, draft.id, key]);
    await t.put('drafts', { ...draft, saved: Date.now() });
  });
  tell({ type: 'draft', page: draft.page, id: draft.id });
}

export const drafts = makeDrafts();

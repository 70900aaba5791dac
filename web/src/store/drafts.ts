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

  async function put(draft: Draft): Promise<void> {
    const { page, id, text } = draft;
    const key = JSON.stringify([page, id]);
    const taken = ahead.put([page, id], draft);
    const known = seen.get(key);
    await (await open()).write(['drafts', 'asides'], async (t) => {
      const stored = await t.get('drafts', [page, id]);
      if (stored && stored.text !== text && stored.text !== known) await setAside(t, stored);
      await t.put('drafts', draft);
    });
    taken();
    seen.set(key, text);
    tell({ type: 'draft', page, id });
  }

  return {
    async load(page, id) {
      const [left] = ahead.take([page, id]);
      let draft = await (await open()).read(['drafts'], (t) => t.get('drafts', [page, id]));
      if (draft) seen.set(JSON.stringify([page, id]), draft.text);
      if (!left || left.text === draft?.text) return draft ?? null;
      if (draft && left.saved < draft.saved) await (await open()).write(['asides'], (t) => setAside(t, left));
      else {
        await put(left);
        draft = left;
      }
      return draft;
    },

    save: (page, id, text, author) => put({ page, id, text, author, saved: Date.now() }),

    async clear(page, id) {
      ahead.remove([page, id]);
      await (await open()).write(['drafts'], (t) => t.delete('drafts', [page, id]));
      seen.delete(JSON.stringify([page, id]));
      tell({ type: 'draft', page, id });
    },
  };
}

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

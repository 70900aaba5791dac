/** What the learner typed into cells and exercises. */
import type { Draft, Drafts } from '../contract';
import { tell } from './channel';
import { type Aside, type Database, database, type Transaction } from './database';
import { ulid } from './ulid';

/** `open` gives the tables; the page's own is the default. */
export function makeDrafts(open: () => Promise<Database> = database): Drafts {
  /** What this tab last saw under each key: a text beside it was written in another tab. */
  const seen = new Map<string, string>();

  return {
    async load(page, id) {
      const draft = await (await open()).read(['drafts'], (t) => t.get('drafts', [page, id]));
      if (draft) seen.set(JSON.stringify([page, id]), draft.text);
      return draft ?? null;
    },

    async save(page, id, text, author) {
      const known = seen.get(JSON.stringify([page, id]));
      await (await open()).write(['drafts', 'asides'], async (t) => {
        const stored = await t.get('drafts', [page, id]);
        if (stored && stored.text !== text && stored.text !== known) await setAside(t, stored);
        await t.put('drafts', { page, id, text, author, saved: Date.now() });
      });
      seen.set(JSON.stringify([page, id]), text);
      tell({ type: 'draft', page, id });
    },

    async clear(page, id) {
      await (await open()).write(['drafts'], (t) => t.delete('drafts', [page, id]));
      seen.delete(JSON.stringify([page, id]));
      tell({ type: 'draft', page, id });
    },
  };
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

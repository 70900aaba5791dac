/** Keeps what the reader typed beside the author's text that it started from. */
import type { Drafts } from '../contract';
import type { Stash } from '../notes/keeper';
import { makeStash } from '../notes/stash';
import { ulid } from '../store/ulid';

/** Milliseconds of rest after which what was typed is saved. */
const REST = 300;

export class DraftKeeper {
  /** Called when the store refuses what was typed. */
  onRefusal: () => void = () => undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The author's text that the present draft belongs to: an old one until the reader has decided a conflict. */
  #base: string;
  /** What is still to be saved. */
  #pending: string | null = null;
  /** The newest text that the store has not confirmed. */
  #unconfirmed: string | null = null;
  #saving: Promise<void> | null = null;

  constructor(
    readonly drafts: Drafts,
    readonly page: string,
    readonly id: string,
    readonly author: string,
    readonly stash: Stash = makeStash(`draft:${page}/${id}`, ulid()),
  ) {
    this.#base = author;
  }

  /** The text to begin with; `outdated` when the author has changed the cell since the reader edited it. */
  async load(): Promise<{ text: string; outdated: boolean }> {
    addEventListener('pagehide', () => this.leave());
    for (const { base, text } of this.stash.take()) await this.drafts.save(this.page, this.id, text, base);
    const draft = await this.drafts.load(this.page, this.id);
    if (!draft) return { text: this.author, outdated: false };
    if (draft.text === this.author) {
      await this.drafts.clear(this.page, this.id);
      return { text: this.author, outdated: false };
    }
    this.#base = draft.author;
    return { text: draft.text, outdated: draft.author !== this.author };
  }

  /** Saves soon. */
  edited(text: string): void {
    this.#pending = text;
    this.#unconfirmed = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush().catch(this.onRefusal), REST);
  }

  /** The page closes, perhaps before the store has answered: what it has not confirmed waits for the next visit. */
  leave(): void {
    if (this.#unconfirmed !== null) this.stash.put(this.#base, this.#unconfirmed);
  }

  /** Saves now; resolves when everything is saved, rejects when the store refuses. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#saving ??= this.#saveAll().finally(() => {
      this.#saving = null;
    });
    return this.#saving;
  }

  async #saveAll(): Promise<void> {
    while (this.#pending !== null) {
      const text = this.#pending;
      this.#pending = null;
      if (text === this.author) await this.drafts.clear(this.page, this.id);
      else await this.drafts.save(this.page, this.id, text, this.#base);
    }
    this.#unconfirmed = null;
    this.stash.clear(); // a page that comes back from the browser's cache may have left something
  }

  /** The reader has seen the author's change: from now on the text is an edit of the new version. */
  async settle(text: string): Promise<void> {
    this.#base = this.author;
    this.edited(text);
    await this.flush();
  }
}

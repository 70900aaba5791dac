/** Keeps what the reader typed beside the author's text that it started from. */
import type { Drafts } from '../contract';

export class DraftKeeper {
  /** The author's text that the present draft belongs to: an old one until the reader has decided a conflict. */
  #base: string;
  /** What is still to be saved. */
  #pending: string | null = null;
  #saving: Promise<void> | null = null;

  constructor(
    readonly drafts: Drafts,
    readonly page: string,
    readonly id: string,
    readonly author: string,
  ) {
    this.#base = author;
  }

  /** The text to begin with; `outdated` when the author has changed the cell since the reader edited it. */
  async load(): Promise<{ text: string; outdated: boolean }> {
    const draft = await this.drafts.load(this.page, this.id);
    if (!draft) return { text: this.author, outdated: false };
    if (draft.text === this.author) {
      await this.drafts.clear(this.page, this.id);
      return { text: this.author, outdated: false };
    }
    this.#base = draft.author;
    return { text: draft.text, outdated: draft.author !== this.author };
  }

  /** Saves at once, or as soon as the save before it is done: a tab that is closed has little left to lose. Rejects when the store refuses. */
  edited(text: string): Promise<void> {
    this.#pending = text;
    return this.flush();
  }

  /** Resolves when everything is saved. */
  flush(): Promise<void> {
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
  }

  /** The reader has seen the author's change: from now on the text is an edit of the new version. */
  async settle(text: string): Promise<void> {
    this.#base = this.author;
    this.#pending = text;
    await this.flush();
  }
}

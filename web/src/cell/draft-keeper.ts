/** Keeps what the reader typed beside the author's text that it started from. */
import type { Drafts } from '../contract';
import { listen } from '../store/channel';

/** Milliseconds of rest after which what was typed is saved. */
const REST = 300;

export interface KeeperListener {
  /** The store refuses to keep what was typed. */
  refused(): void;
  /** Another tab has written the same draft. */
  elsewhere(): void;
}

export class DraftKeeper {
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The author's text that the present draft belongs to: an old one until the reader has decided a conflict. */
  #base: string;
  /** What is still to be saved. */
  #pending: string | null = null;
  /** The newest text that the store has not confirmed. */
  #unconfirmed: string | null = null;
  #saving: Promise<void> | null = null;
  readonly #ending = new AbortController();

  constructor(
    readonly drafts: Drafts,
    readonly page: string,
    readonly id: string,
    readonly author: string,
    readonly on: KeeperListener,
  ) {
    this.#base = author;
  }

  /** The text to begin with; `outdated` when the author has changed the cell since the reader edited it. */
  async load(): Promise<{ text: string; outdated: boolean }> {
    this.#listen();
    try {
      const draft = await this.drafts.load(this.page, this.id);
      if (draft && draft.text !== this.author) {
        this.#base = draft.author;
        return { text: draft.text, outdated: draft.author !== this.author };
      }
      if (draft) await this.drafts.clear(this.page, this.id);
    } catch {
      this.on.refused();
    }
    return { text: this.author, outdated: false };
  }

  #listen(): void {
    const { signal } = this.#ending;
    addEventListener('pagehide', () => this.leave(), { signal });
    document.addEventListener('visibilitychange', () => void this.flush(), { signal });
    const stop = listen((message, from) => {
      const same = message.type === 'draft' && message.page === this.page && message.id === this.id;
      if (same && from === 'elsewhere') this.on.elsewhere();
    });
    signal.addEventListener('abort', stop);
  }

  /** Saves soon. */
  edited(text: string): void {
    this.#pending = text;
    this.#unconfirmed = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), REST);
  }

  /** The page closes, perhaps before the store has answered: the newest text is handed over without waiting for the one before it. */
  leave(): void {
    if (this.#unconfirmed === null) return;
    this.drafts.save(this.page, this.id, this.#unconfirmed, this.#base).catch(() => this.on.refused());
  }

  /** Saves now; resolves when everything is saved or refused. */
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
      try {
        if (text === this.author) await this.drafts.clear(this.page, this.id);
        else await this.drafts.save(this.page, this.id, text, this.#base);
      } catch {
        this.#pending ??= text; // the next edit, or the next turn away from the page, tries again
        this.on.refused();
        return;
      }
    }
    this.#unconfirmed = null;
  }

  /** The reader has seen the author's change: from now on the text is an edit of the new version. */
  async settle(text: string): Promise<void> {
    this.#base = this.author;
    this.edited(text);
    await this.flush();
  }

  /** Saves what is left and listens no more. */
  end(): Promise<void> {
    this.#ending.abort();
    return this.flush();
  }
}

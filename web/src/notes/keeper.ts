/** Keeps the text of one field and the stored note the same, whatever other tabs write meanwhile. */
import type { Revision } from '../store/database';
import { mergeLines } from '../store/merge';
import type { Notes } from '../store/notes';
import type { Stash } from '../store/stash';

/** A keystroke is in the store at the latest so many milliseconds later, and the time that writing takes. */
const SAVE_AFTER = 200;
const RETRY_AFTER = 3000;

export interface KeeperEvents {
  /** The text became another one through somebody else: show it. */
  changed(text: string): void;
  saved(revision: Revision): void;
  /** Nothing is lost yet: the text stays here and is tried again. */
  failed(error: unknown): void;
  /** Two versions of the same place stand in the text now, from these lines on. */
  both(lines: number[]): void;
}

export class NoteKeeper {
  #base: Revision | null = null;
  #text = '';
  #timer: ReturnType<typeof setTimeout> | null = null;
  #work: Promise<void> = Promise.resolve();
  #held = false;

  constructor(
    readonly note: string,
    readonly writer: string,
    private readonly notes: Notes,
    private readonly stash: Stash,
    private readonly on: KeeperEvents,
  ) {}

  get text(): string {
    return this.#text;
  }

  get unsaved(): boolean {
    return this.#text !== this.#baseBody;
  }

  get #baseBody(): string {
    return this.#base?.body ?? '';
  }

  /** Load the note, with what earlier visits had no time to store. */
  open(): Promise<void> {
    return this.#next(async () => {
      this.#base = await this.notes.head(this.note);
      let text = this.#baseBody;
      for (const left of this.stash.take()) text = this.#merge(left.base, left.text, text);
      this.#text = text;
      this.on.changed(text);
      await this.#settle();
    });
  }

  /** The learner changed the text. */
  typed(text: string): void {
    this.#text = text;
    this.#timer ??= setTimeout(() => this.flush(), SAVE_AFTER);
  }

  /** Store what is not stored yet. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    return this.#next(() => this.#settle());
  }

  /** The page may end at any moment now: keep the text where no waiting is needed, then store it. */
  leave(): Promise<void> {
    if (this.unsaved) this.stash.put(this.#baseBody, this.#text);
    return this.flush();
  }

  /** Another tab wrote: take its text in. */
  pull(): Promise<void> {
    return this.#next(async () => {
      const head = await this.notes.head(this.note);
      if (head?.rev === this.#base?.rev || this.#held) return;
      this.#takeIn(head);
      await this.#settle();
    });
  }

  /** While an input method composes a word the field must not be touched; what arrives meanwhile is taken in afterwards. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held) void this.pull().then(() => this.flush());
  }

  /** One thing after another. */
  #next(step: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(step).catch((error: unknown) => {
      this.on.failed(error);
      this.#timer ??= setTimeout(() => this.flush(), RETRY_AFTER);
    });
    return this.#work;
  }

  async #settle(): Promise<void> {
    while (this.unsaved) {
      const outcome = await this.notes.save(this.note, this.#base, this.#text, this.writer);
      if ('refused' in outcome) {
        if (this.#held) return;
        this.#takeIn(outcome.refused.head);
        continue;
      }
      this.#base = outcome.saved;
      this.on.saved(outcome.saved);
      if (this.#timer !== null) break; // typed meanwhile: its own save is on the way
    }
    if (!this.unsaved) this.stash.clear();
  }

  /** An absent note was erased on purpose; what was typed since then is a new note. */
  #takeIn(head: Revision | null): void {
    const before = this.#text;
    if (head) this.#text = this.#merge(this.#baseBody, this.#text, head.body);
    else if (!this.unsaved) this.#text = '';
    this.#base = head;
    if (this.#text !== before) this.on.changed(this.#text);
  }

  #merge(base: string, mine: string, theirs: string): string {
    const merged = mergeLines(base, mine, theirs);
    if (merged.both.length > 0) this.on.both(merged.both);
    return merged.text;
  }
}

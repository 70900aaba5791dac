/** `<pellucid-notes>`: private notes of a page, kept as they are typed. */
import { html, nothing, render, type TemplateResult } from 'lit/html.js';
import { keepFocus } from '../focus';
import { reasonOf } from '../reason';
import { ArchiveError, readArchive } from '../store/archive';
import { listen, type Message } from '../store/channel';
import { countCharacters, NOTE_LIMIT, splitCharacters } from '../store/characters';
import { database, type Revision } from '../store/database';
import { events } from '../store/events';
import { notes } from '../store/notes';
import { askToPersist } from '../store/persist';
import { makeStash } from '../store/stash';
import { importArchive } from '../store/transfer';
import { ulid } from '../store/ulid';
import { replaceText, selectLine } from './field';
import { download, pickFile } from './files';
import { NoteKeeper } from './keeper';

/** A paste beyond this is refused whole: no note needs it, and the field would crawl. */
const PASTE_LIMIT = 100_000;

interface Notice {
  text: string;
  act?: { label: string; run: () => void };
}

export class PellucidNotes extends HTMLElement {
  #field!: HTMLTextAreaElement;
  #counter!: HTMLElement;
  #panel = document.createElement('div');
  #keeper!: NoteKeeper;
  #ending = new AbortController();
  #saved: 'saved' | 'saving' | 'failed' = 'saved';
  #notice: Notice | null = null;
  #caveat: string | null = null;
  #history: Revision[] = [];
  #preview = 0;
  #noted = false;

  connectedCallback(): void {
    const field = this.querySelector('textarea');
    const counter = this.querySelector<HTMLElement>('.counter');
    if (!field || !counter || this.#panel.isConnected) return;
    this.#field = field;
    this.#counter = counter;
    this.#ending = new AbortController();
    this.#prepare();
    this.#keeper = this.#makeKeeper();
    this.#listen();
    this.#draw();
    void this.#open();
  }

  disconnectedCallback(): void {
    void this.#keeper?.leave();
    this.#ending.abort();
    this.#panel.remove();
  }

  get #page(): string {
    return this.dataset.page ?? document.body.dataset.page ?? '';
  }

  #prepare(): void {
    this.#counter.id ||= 'notes-counter';
    const privacy = this.querySelector('.privacy');
    if (privacy) privacy.id ||= 'notes-privacy';
    this.#field.setAttribute('aria-describedby', `${this.#counter.id} notes-privacy`);
    this.#field.placeholder = 'Plain text, Markdown, $math$. Saved as you type.';
    this.#panel.className = 'notes-panel';
    (privacy ?? this.#counter).before(this.#panel);
  }

  #makeKeeper(): NoteKeeper {
    const writer = ulid();
    return new NoteKeeper(this.#page, writer, notes, makeStash(this.#page, writer), {
      changed: (text) => {
        replaceText(this.#field, text);
        this.#typed();
      },
      saved: (revision) => this.#afterSave(revision),
      failed: (error) => this.#afterFailure(error),
      both: (lines) => this.#afterConflict(lines),
    });
  }

  #listen(): void {
    const { signal } = this.#ending;
    this.#field.addEventListener('input', () => this.#input(), { signal });
    this.#field.addEventListener('paste', (event) => this.#refuseFlood(event, event.clipboardData), { signal });
    this.#field.addEventListener('drop', (event) => this.#refuseFlood(event, event.dataTransfer), { signal });
    this.#field.addEventListener('compositionstart', () => this.#keeper.hold(true), { signal });
    this.#field.addEventListener('compositionend', () => this.#keeper.hold(false), { signal });
    this.#field.addEventListener('blur', () => void this.#keeper.flush(), { signal });
    window.addEventListener('pagehide', () => void this.#keeper.leave(), { signal });
    window.addEventListener('pageshow', (event) => event.persisted && void this.#keeper.pull(), { signal });
    document.addEventListener(
      'visibilitychange',
      () => void (document.visibilityState === 'hidden' ? this.#keeper.leave() : this.#keeper.pull()),
      { signal },
    );
    const stop = listen((message, from) => this.#hear(message, from));
    signal.addEventListener('abort', stop);
  }

  async #open(): Promise<void> {
    this.#caveat = (await database()).caveat;
    await this.#keeper.open();
    this.#field.disabled = false;
    this.#draw();
  }

  #hear(message: Message, from: 'here' | 'elsewhere'): void {
    const elsewhere = message.type === 'note' && message.note === this.#page && from === 'elsewhere';
    if (elsewhere || message.type === 'imported' || message.type === 'erased') void this.#keeper.pull();
  }

  #input(): void {
    this.#saved = 'saving';
    this.#keeper.typed(this.#field.value);
    this.#typed();
  }

  /** After every change of the text, whoever made it. */
  #typed(): void {
    this.#draw();
    if (this.querySelector('.notes-preview[open]')) this.#showPreview();
  }

  #afterSave(revision: Revision): void {
    this.#saved = this.#keeper.unsaved ? 'saving' : 'saved';
    if (revision.parent === null) void askToPersist().catch(() => undefined);
    if (!this.#noted) void events.record({ type: 'noted', page: this.#page }).catch(() => undefined); // the note itself is kept
    this.#noted = true;
    this.#draw();
  }

  #afterFailure(error: unknown): void {
    this.#saved = 'failed';
    const full = error instanceof DOMException && error.name === 'QuotaExceededError';
    const cause = full ? 'the browser has no space left for this page' : `the browser refused (${reasonOf(error)})`;
    this.#say({
      text: `Not saved: ${cause}. Your text stays in the field and is tried again; export it to be safe.`,
      act: { label: 'Export', run: () => this.#export() },
    });
  }

  #afterConflict(lines: number[]): void {
    const [first] = lines;
    this.#say({
      text: `This note was changed in two places at once, at the same lines. Both versions are kept, from line ${lines.join(', ')} on.`,
      ...(first === undefined ? {} : { act: { label: 'Show me', run: () => selectLine(this.#field, first) } }),
    });
  }

  #refuseFlood(event: Event, data: DataTransfer | null): void {
    const text = data?.getData('text/plain') ?? '';
    if (text.length <= PASTE_LIMIT) return;
    event.preventDefault();
    this.#say({
      text: `That text has ${text.length.toLocaleString('en')} characters and a note holds ${NOTE_LIMIT}: nothing of it was put in. Keep it in a file, or take a part of it.`,
    });
  }

  #say(notice: Notice | null): void {
    this.#notice = notice;
    this.#draw();
  }

  #export(): void {
    download(`notes-${this.#page}.md`, this.#field.value, 'text/markdown');
  }

  /** Text is added to the note; of a file of all data, this page's note is. Nothing in the note is taken away. */
  async #import(): Promise<void> {
    const file = await pickFile('.md,.txt,.json,text/*,application/json');
    if (!file) return;
    try {
      const text = (await file.text()).replace(/\r\n?/g, '\n');
      await this.#keeper.flush();
      if (/\.json$/i.test(file.name)) await this.#importArchive(text);
      else if (text.length > PASTE_LIMIT) throw new ArchiveError([`${file.name} is too long for a note.`]);
      else this.#addText(text);
    } catch (error) {
      this.#say({ text: `Nothing was imported. ${reasonOf(error)}` });
    }
  }

  async #importArchive(text: string): Promise<void> {
    const archive = readArchive(text);
    const ofPage = ({ note }: { note: string }) => note === this.#page;
    const revisions = archive.revisions.filter(ofPage);
    const heads = archive.heads.filter(ofPage);
    if (heads.length === 0) throw new ArchiveError(['The file holds no note of this page.']);
    const { notes: changed } = await importArchive({
      ...archive,
      drafts: [],
      asides: [],
      events: [],
      revisions,
      heads,
    });
    this.#say({ text: changed ? 'The note of the file is in this one now.' : 'All of it stood here already.' });
  }

  #addText(text: string): void {
    const here = this.#field.value;
    const known = here.includes(text.trim());
    if (!known) this.#put(here.trim() === '' ? text : `${here.replace(/\n*$/, '')}\n\n${text}`);
    this.#say({ text: known ? 'All of it stood here already.' : 'The text of the file was added at the end.' });
  }

  /** A change of the text by a button. */
  #put(text: string): void {
    replaceText(this.#field, text);
    this.#input();
  }

  #moveEnd(): void {
    const whole = this.#field.value;
    const [kept, rest] = splitCharacters(whole, NOTE_LIMIT);
    const name = `notes-${this.#page}-end.md`;
    download(name, rest, 'text/markdown');
    this.#put(kept);
    this.#say({
      text: `The last ${countCharacters(rest)} characters are in the file ${name} now.`,
      act: { label: 'Put them back', run: () => this.#put(whole) },
    });
  }

  #draw(): void {
    const count = countCharacters(this.#field.value);
    const over = count - NOTE_LIMIT;
    this.#counter.textContent = `${count}/${NOTE_LIMIT}`;
    this.#counter.classList.toggle('over', over > 0);
    this.#field.setAttribute('aria-invalid', String(over > 0));
    keepFocus(
      this.#panel,
      () => render(this.#template(over), this.#panel),
      () => this.#field,
    );
  }

  #template(over: number): TemplateResult {
    return html`
      <p class="notes-saved" data-state=${this.#saved}>${this.#savedWords(over)}</p>
      ${this.#caveat ? html`<p class="notes-caveat" role="alert">${this.#caveat}</p>` : nothing}
      ${over > 0 ? this.#overTemplate(over) : nothing}
      <div class="notes-message" role="status">
        ${over > 0 ? html`<p class="visually-hidden">The note is over its limit of ${NOTE_LIMIT} characters.</p>` : nothing}
        ${this.#noticeTemplate()}
      </div>
      <div class="notes-toolbar" role="group" aria-label="Controls of the notes">
        <button type="button" data-act="export" @click=${() => this.#export()}>Export this page's notes</button>
        <button type="button" data-act="import" @click=${() => this.#import()}>Import</button>
        <a class="all-data" href="${document.body.dataset.base ?? './'}data/">All your data</a>
      </div>
      <details class="notes-preview" @toggle=${() => this.#showPreview()}>
        <summary>Preview</summary>
        <div class="notes-rendered"></div>
      </details>
      <details class="notes-history" @toggle=${(event: Event) => this.#showHistory(event)}>
        <summary>Earlier versions</summary>
        ${this.#historyTemplate()}
      </details>
    `;
  }

  #savedWords(over: number): string {
    if (this.#saved === 'failed') return 'Not saved';
    if (this.#caveat) return 'Kept only while this tab is open';
    if (this.#saved === 'saving') return 'Saving…';
    if (over > 0) return 'Kept in this browser, over the limit';
    return this.#field.value === '' ? '' : 'Saved in this browser';
  }

  #overTemplate(over: number): TemplateResult {
    return html`
      <p class="notes-over">
        ${over} ${over === 1 ? 'character' : 'characters'} over the limit of ${NOTE_LIMIT}. Nothing is cut and all of it is kept in this
        browser, but the last version that fits stays the note until you shorten this one.
      </p>
      <button type="button" data-act="move-end" @click=${() => this.#moveEnd()}>Move the end to a file</button>
    `;
  }

  #noticeTemplate(): TemplateResult | typeof nothing {
    const notice = this.#notice;
    if (!notice) return nothing;
    const act = notice.act;
    const run = () => {
      this.#say(null);
      act?.run();
    };
    return html`
      <p class="notes-notice">${notice.text}</p>
      ${act ? html`<button type="button" data-act="notice" @click=${run}>${act.label}</button>` : nothing}
      <button type="button" data-act="dismiss" aria-label="Dismiss this message" @click=${() => this.#say(null)}>×</button>
    `;
  }

  async #showPreview(): Promise<void> {
    const place = this.querySelector('.notes-preview[open] .notes-rendered');
    if (!place) return;
    const turn = ++this.#preview;
    try {
      const { renderPreview } = await import('./preview');
      const rendered = await renderPreview(this.#field.value);
      if (turn === this.#preview) place.replaceChildren(rendered);
    } catch (error) {
      place.replaceChildren(
        `The preview could not be loaded (${reasonOf(error)}). Close it and open it again to retry.`,
      );
    }
  }

  async #showHistory(event: Event): Promise<void> {
    if (!(event.currentTarget as HTMLDetailsElement).open) return;
    await this.#keeper.flush();
    this.#history = await notes.history(this.#page).catch(() => []); // why the store fails is said where it saves
    this.#draw();
  }

  #historyTemplate(): TemplateResult {
    const earlier = this.#history.filter(({ body }) => body !== this.#field.value && body !== '');
    if (earlier.length === 0) return html`<p>There is none yet.</p>`;
    return html`<ol class="notes-versions" reversed>${earlier.map((revision) => this.#versionTemplate(revision))}</ol>`;
  }

  #versionTemplate({ saved, body }: Revision): TemplateResult {
    const when = new Date(saved).toLocaleString();
    return html`
      <li>
        <details>
          <summary>${when}, ${countCharacters(body)} characters</summary>
          <pre tabindex="0">${body}</pre>
          <button type="button" aria-label="Bring back the version of ${when}" @click=${() => this.#put(body)}>Bring back</button>
        </details>
      </li>
    `;
  }
}

customElements.define('pellucid-notes', PellucidNotes);

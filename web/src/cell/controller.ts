/**
 * The behaviour of one cell: its toolbar, editor, draft, status and output.
 *
 * Shift+Enter (and Control+Enter, Command+Enter) runs the cell and leaves the focus where it is. A notebook moves on to the next cell;
 * here prose stands between the cells, and focus that jumps over it would lose the reader's place.
 */
import { render } from 'lit/html.js';
import type { Drafts, RunEvent, RunRequest, RunResult } from '../contract';
import { reasonOf } from '../reason';
import { ELSEWHERE, NOT_KEPT, showCaution } from './caution';
import { showConflict } from './conflict';
import { DraftKeeper } from './draft-keeper';
import { type LazyEditor, lazyEditor, listingText } from './lazy-editor';
import type { Notebook, Runnable } from './notebook';
import { Output } from './output';
import { type CellState, newState, renderStatus, statusWord } from './status';

const DEFAULT_SECONDS = 60;
const RESET = "The author's code is back. Control+Z in the editor undoes this.";

export interface Surroundings {
  notebook: Notebook;
  drafts: Drafts;
  /** Id of the page, for drafts. */
  page: string;
}

const ACTS: Record<string, (cell: CellController) => void> = {
  run: (cell) => cell.run(),
  stop: (cell) => cell.stop(),
  reset: (cell) => void cell.reset(),
  above: (cell) => cell.runAbove(),
  restart: (cell) => void cell.restart(),
};

export class CellController implements Runnable {
  readonly id: string;
  readonly name: string;
  readonly #notebook: Notebook;
  readonly #author: string;
  readonly #keeper: DraftKeeper;
  readonly #output: Output;
  readonly #leaving = new AbortController();
  readonly #state: CellState;
  #editor: LazyEditor | null = null;
  /** The text that ran last. */
  #ran: string | null = null;
  #asking = new AbortController();
  #ticking: ReturnType<typeof setInterval> | undefined;
  #caveatAsked = false;
  #conflict: HTMLElement | null = null;
  /** Resolves when the reader's own text is in its place: before that a run would take the author's. */
  #drafted: Promise<void> = Promise.resolve();

  constructor(
    readonly root: HTMLElement,
    { notebook, drafts, page }: Surroundings,
  ) {
    this.id = root.dataset.cell ?? root.id;
    this.name = `cell ${root.dataset.number ?? this.id}`;
    this.#notebook = notebook;
    this.#author = listingText(this.#part('.cell-source'));
    this.#keeper = new DraftKeeper(drafts, page, this.id, this.#author, {
      refused: () => this.#caution(NOT_KEPT),
      elsewhere: () => this.#caution(ELSEWHERE),
    });
    this.#output = new Output(this.#part('.cell-output'), this.id);
    this.#state = newState(notebook.session.state);
  }

  /** Resolves when the draft is in its place and the cell takes typing. */
  async start(): Promise<void> {
    this.#notebook.join(this);
    this.#listen();
    this.#part('.cell-status').replaceChildren();
    this.#show();
    this.#drafted = this.#placeDraft();
    await this.#drafted;
  }

  async #placeDraft(): Promise<void> {
    const { text, outdated } = await this.#keeper.load();
    if (this.#leaving.signal.aborted) return;
    this.#editor = lazyEditor(this.#part('.cell-source'), {
      doc: text,
      label: `Code of ${this.name}`,
      onChange: () => this.#edited(),
      onRun: () => this.run(),
      complete: (source, cursor) => this.#complete(source, cursor),
    });
    if (outdated) this.#decide();
    this.#show();
  }

  end(): void {
    this.#leaving.abort();
    this.#asking.abort();
    clearInterval(this.#ticking);
    void this.#keeper.end();
    void this.#notebook.stop(this);
    this.#notebook.leave(this);
    this.#editor?.destroy();
    this.#output.clear();
  }

  /** The code as the reader sees it. */
  get text(): string {
    return this.#editor?.text ?? this.#author;
  }

  get request(): RunRequest {
    const seconds = Number(this.root.dataset.seconds) || DEFAULT_SECONDS;
    return { cell: this.id, source: this.text, seconds };
  }

  get obstacle(): string | null {
    const missing = this.root.dataset.unavailable;
    if (missing) return `Skipped: ${missing} is not available in the browser.`;
    if ('skip' in this.root.dataset) return 'Skipped: the author left it out of such runs. Run it by itself.';
    return this.root.closest('details.folded-solution:not([open])') ? 'Skipped: a folded solution.' : null;
  }

  get mayRaise(): boolean {
    return 'raises' in this.root.dataset;
  }

  // What the reader asks for.

  run(): void {
    this.#meetSession();
    void this.#whenDrafted(() => this.#notebook.run(this));
  }

  stop(): void {
    void this.#notebook.stop(this);
  }

  runAbove(): void {
    this.#meetSession();
    // Drafts come in the order of the page: when this one is there, those above are.
    void this.#whenDrafted(() => this.#notebook.runAbove(this));
  }

  async reset(): Promise<void> {
    const editor = this.#editor;
    if (!editor) return;
    await editor.ready(); // so that the editor's undo knows both texts
    editor.text = this.#author;
    this.#settle();
    editor.focus();
    this.#say(RESET);
  }

  async restart(): Promise<void> {
    this.#say('Restarting Python…');
    try {
      await this.#notebook.restart();
      this.#say('Ready · Python was restarted: all variables are gone');
    } catch (error) {
      this.#say(`Failed: Python could not be restarted (${reasonOf(error)})`);
    }
  }

  // What the notebook tells.

  onWaiting(): void {
    this.#update({ phase: 'waiting', said: null });
  }

  onStart(): void {
    this.#ran = this.text;
    this.#asking = new AbortController();
    this.#editor?.markError(null);
    this.#output.begin();
    this.#update({
      phase: 'running',
      elapsed: 0,
      result: null,
      error: null,
      changed: false,
      forgotten: false,
      said: null,
    });
    clearInterval(this.#ticking);
    this.#ticking = setInterval(() => this.#update({ elapsed: this.#state.elapsed + 1 }), 1000);
  }

  onEvent(event: RunEvent): void {
    if (event.type === 'error') {
      this.#state.error = event.error.name;
      this.#editor?.markError(event.error.line);
    }
    this.#output.add(event);
  }

  async onAsk(prompt: string): Promise<string | null> {
    this.#say('Waiting for your input');
    const answer = await this.#output.ask(prompt, this.#asking.signal);
    this.#say(null);
    return answer;
  }

  async onEnd(result: RunResult): Promise<void> {
    this.#asking.abort();
    clearInterval(this.#ticking);
    if (result.message) this.#output.note(result.message);
    await this.#output.end();
    this.#update({ phase: 'done', result, changed: this.#ran !== this.text, said: null });
  }

  onCancel(why: string): void {
    this.#update({ phase: this.#state.result ? 'done' : 'idle', said: why });
  }

  onForgotten(): void {
    this.#update({ forgotten: this.#state.result !== null });
  }

  onSessionState(): void {
    const { state } = this.#notebook.session;
    if (state === 'running') this.#state.elapsed = 0;
    this.#update({ session: state });
  }

  // Within the cell.

  async #whenDrafted(act: () => Promise<void>): Promise<void> {
    await this.#drafted;
    if (!this.#leaving.signal.aborted) await act();
  }

  #listen(): void {
    const { signal } = this.#leaving;
    const touch = () => {
      this.#update({ attended: true });
      this.#notebook.session.warm();
      this.#meetSession();
    };
    for (const kind of ['focusin', 'pointerenter']) this.root.addEventListener(kind, touch, { signal });
    this.#part('.cell-toolbar').addEventListener('click', (event) => this.#act(event), { signal });
    const first = document.querySelector('pellucid-cell') === this.root;
    this.#button('above').disabled = first;
  }

  #act(event: Event): void {
    const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>('button[data-act]') : null;
    if (button && button.ariaDisabled !== 'true') ACTS[button.dataset.act ?? '']?.(this);
  }

  #edited(): void {
    this.#keeper.edited(this.text);
    this.#update({ changed: this.#ran !== null && this.#ran !== this.text, said: null });
  }

  /** The author changed the cell under the reader's edit: ask, and keep both texts until there is an answer. */
  #decide(): void {
    const versions = () => ({ mine: this.text, theirs: this.#author });
    this.#conflict = showConflict(this.#part('.cell-source'), versions, {
      keepMine: () => {
        this.#settle();
        this.#editor?.focus();
      },
      takeTheirs: () => void this.reset(),
    });
  }

  #settle(): void {
    this.#conflict?.remove();
    this.#conflict = null;
    void this.#keeper.settle(this.text);
  }

  async #complete(source: string, cursor: number): ReturnType<Notebook['session']['complete']> {
    return this.#notebook.session.complete(source, cursor).catch(() => ({ from: cursor, options: [] }));
  }

  /** Says once, at the first touch, what this browser cannot guarantee. */
  #meetSession(): void {
    if (this.#caveatAsked) return;
    this.#caveatAsked = true;
    this.#notebook.session.caveat().then(
      (caveat) => caveat && this.#caution(caveat),
      () => undefined, // why a session cannot start is said by the run itself
    );
  }

  #caution(text: string): void {
    showCaution(this.#part('.cell-output'), text);
  }

  #say(said: string | null): void {
    this.#update({ said });
  }

  #update(change: Partial<CellState>): void {
    Object.assign(this.#state, change);
    this.#show();
  }

  #show(): void {
    const word = statusWord(this.#state);
    const busy = this.#state.phase === 'waiting' || this.#state.phase === 'running';
    this.root.dataset.status = word;
    this.#enable('stop', busy);
    this.#enable('reset', this.text !== this.#author);
    this.#button('run').ariaDisabled = busy ? 'true' : null;
    render(renderStatus(this.#state), this.#part('.cell-status'));
  }

  /** A button that is switched off must not take the focus with it. */
  #enable(act: string, enabled: boolean): void {
    const button = this.#button(act);
    if (button.disabled !== enabled) return;
    if (!enabled && document.activeElement === button) this.#button('run').focus();
    button.disabled = !enabled;
  }

  #button(act: string): HTMLButtonElement {
    return this.#part(`[data-act="${act}"]`) as HTMLButtonElement;
  }

  #part(selector: string): HTMLElement {
    const part = this.root.querySelector<HTMLElement>(selector);
    if (!part) throw new Error(`${this.name}: the page's markup has no ${selector} (docs/reference/markup.md)`);
    return part;
  }
}

/** `<pellucid-exercise>`: write an answer, have it checked in this browser, take hints, compare with the solution. */
import { html, nothing, render, type TemplateResult } from 'lit/html.js';
import { ELSEWHERE, NOT_KEPT, showCaution } from '../cell/caution';
import { showConflict } from '../cell/conflict';
import { DraftKeeper } from '../cell/draft-keeper';
import type { Judge, Verdict } from '../contract';
import { keepFocus } from '../focus';
import { reasonOf } from '../reason';
import { listen, type Message } from '../store/channel';
import { drafts, keepAside } from '../store/drafts';
import { type EventType, events } from '../store/events';
import { exerciseProgress, foldProgress } from '../store/progress';
import { type Answer, makeAnswer } from './answers';
import { type Exercise, exercisesOfPage } from './source';
import { verdictTemplate } from './verdict';

export class PellucidExercise extends HTMLElement {
  #answer!: Answer;
  #keeper!: DraftKeeper;
  #ending = new AbortController();
  #judge: Promise<Judge> | null = null;
  #progress = exerciseProgress(new Map(), '', '');
  #checking = false;
  /** Stop was pressed before the judge had been asked. */
  #stopped = false;
  #hints = 0;
  /** Resolves when draft and progress are in their places. */
  #restored: Promise<void> = Promise.resolve();
  #reopened: Promise<void> = Promise.resolve();
  /** The text is being set from the store: no draft is to be saved from that. */
  #quiet = false;
  /** The learner has changed the answer since the page was opened. */
  #touched = false;

  connectedCallback(): void {
    // An exercise that nobody wrote a judge for stays as it stands in the HTML.
    if (!this.querySelector('.exercise-toolbar')) return;
    this.#ending = new AbortController();
    this.#answer = makeAnswer(this, {
      label: `Your answer to ${this.#title}`,
      onChange: (text) => this.#edited(text),
      onCheck: () => void this.#check(),
    });
    this.#keeper = new DraftKeeper(drafts, this.#page, `exercise:${this.#id}`, this.#answer.starter, {
      refused: () => this.#caution(NOT_KEPT),
      elsewhere: () => void this.#takeIn(),
    });
    this.#listen();
    this.#restored = this.#restore();
    this.#reopened = this.#restored.then(() => this.#reopenHints()).catch(() => undefined); // a press of Hint says why
  }

  disconnectedCallback(): void {
    void this.#keeper?.end();
    this.#ending.abort();
    this.#answer?.destroy();
  }

  get #id(): string {
    return this.dataset.exercise ?? '';
  }

  get #page(): string {
    return document.body.dataset.page ?? '';
  }

  get #title(): string {
    return document.getElementById(`exercise-${this.#id}-title`)?.textContent?.trim() ?? this.#id;
  }

  #part(selector: string): HTMLElement {
    const part = this.querySelector<HTMLElement>(selector);
    if (!part) throw new Error(`exercise ${this.#id}: ${selector} is missing`);
    return part;
  }

  #button(act: string): HTMLButtonElement {
    return this.#part(`[data-act=${act}]`) as HTMLButtonElement;
  }

  #listen(): void {
    const { signal } = this.#ending;
    const acts: Record<string, () => void> = {
      check: () => void this.#check(),
      hint: () => void this.#showHint(),
      solution: () => void this.#toggleSolution(),
      reset: () => this.#reset(),
    };
    for (const [act, run] of Object.entries(acts)) this.#button(act).addEventListener('click', run, { signal });
    const warm = () => void this.#withJudge((judge) => judge.warm());
    this.addEventListener('focusin', warm, { signal, once: true });
    signal.addEventListener(
      'abort',
      listen((message) => this.#hear(message)),
    );
  }

  #pageJudge(): Promise<Judge> {
    this.#judge ??= import('../sandbox/judge').then(
      ({ pageJudge }) => pageJudge(),
      (error: unknown) => {
        this.#judge = null; // the next press tries again
        throw error;
      },
    );
    return this.#judge;
  }

  /** Why a judge cannot be had is said when something is checked. */
  #withJudge(act: (judge: Judge) => void): Promise<void> {
    return this.#pageJudge().then(act, () => undefined);
  }

  #caution(text: string): void {
    showCaution(this.#part('.exercise-toolbar'), text);
  }

  async #restore(): Promise<void> {
    const { text, outdated } = await this.#keeper.load();
    // Whoever began to type before the draft came goes on from there; the draft is kept beside.
    if (this.#touched && text !== this.#answer.text) await this.#keepAside();
    else if (text !== this.#answer.text) this.#show(text);
    if (outdated && !this.#touched) this.#offerVersions();
    await this.#showProgress();
  }

  #offerVersions(): void {
    const versions = () => ({ mine: this.#answer.text, theirs: this.#answer.starter });
    const choices = {
      keepMine: () => {
        void this.#keeper.settle(this.#answer.text);
        this.#answer.focus();
      },
      takeTheirs: () => {
        this.#answer.text = this.#answer.starter;
        void this.#keeper.settle(this.#answer.starter);
        this.#answer.focus();
      },
    };
    showConflict(this.#part(':is(.exercise-source, .exercise-options)'), versions, choices, 'exercise');
  }

  #show(text: string): void {
    this.#quiet = true;
    this.#answer.text = text;
    this.#quiet = false;
  }

  #edited(text: string): void {
    this.#button('reset').disabled = text === this.#answer.starter;
    if (this.#quiet) return;
    this.#touched = true;
    this.#keeper.edited(text);
  }

  #hear({ type }: Message): void {
    if (type === 'event' || type === 'imported' || type === 'erased') void this.#showProgress();
    if (type === 'imported') void this.#takeIn();
  }

  /** A text from another tab or from a file is shown, unless the learner is writing here: then both are kept. */
  async #takeIn(): Promise<void> {
    if (document.hasFocus() && this.contains(document.activeElement)) return this.#caution(ELSEWHERE);
    const before = this.#answer.text;
    const draft = await drafts.load(this.#page, this.#keeper.id).catch(() => null);
    if (!draft || draft.text === this.#answer.text) return;
    if (this.#answer.text === before) this.#show(draft.text);
    else {
      await this.#keepAside();
      this.#caution(ELSEWHERE);
    }
  }

  #keepAside(): Promise<void> {
    return keepAside(this.#page, this.#keeper.id).catch(() => this.#caution(NOT_KEPT));
  }

  async #showProgress(): Promise<void> {
    const log = await events.all().catch(() => []); // without a store nothing is known, and all works
    this.#progress = exerciseProgress(foldProgress(log), this.#page, this.#id);
    const { solved, attempted } = this.#progress;
    this.dataset.state = solved ? 'solved' : attempted ? 'attempted' : 'new';
    const heading = this.#part(':scope > :is(h2, h3, h4, h5, h6)');
    let mark = heading.querySelector('.exercise-state');
    if (!solved) return mark?.remove();
    if (mark) return;
    mark = document.createElement('span');
    mark.className = 'exercise-state';
    mark.textContent = 'Solved';
    heading.append(' ', mark);
  }

  #record(type: EventType, hints?: number): Promise<void> {
    const happening = { type, page: this.#page, exercise: this.#id };
    const whole = hints === undefined ? happening : { ...happening, hints };
    return events.record(whole).catch(() => this.#caution(NOT_KEPT));
  }

  async #check(): Promise<void> {
    await this.#restored;
    if (this.#checking) return;
    const submission = this.#answer.text;
    if (submission.trim() === '') return this.#say(html`<p>${emptyWords(this.dataset.kind)}</p>`);
    this.#setChecking(true);
    this.#answer.mark(null);
    let verdict: Verdict;
    try {
      void this.#keeper.flush();
      const [{ source }, judge] = await Promise.all([exercisesOfPage(), this.#pageJudge()]);
      if (this.#stopped) return this.#say(html`<p>The check was stopped.</p>`);
      verdict = await judge.check(source, this.#id, submission, seedOf(this.#id));
    } catch (error) {
      return this.#say(
        html`<p class="verdict-trouble">The check could not start (${reasonOf(error)}). Look at your connection, then press Check again.</p>`,
      );
    } finally {
      this.#setChecking(false);
    }
    await this.#take(verdict, submission);
  }

  async #take(verdict: Verdict, submission: string): Promise<void> {
    const right = verdict.status === 'right';
    const context = { first: right && !this.#progress.solved, next: right ? nextExercise(this) : null };
    const shown = await verdictTemplate(verdict, context);
    const own = submission.trim() !== this.#answer.starter.trim();
    // Kept first: whoever reads "right" may leave at once.
    if (own && isAttempt(verdict)) await this.#record('attempted');
    if (right) await this.#record('solved');
    this.#say(shown, verdict.status, verdict.mistake);
    if (verdict.error?.line && submission === this.#answer.text) this.#answer.mark(verdict.error.line);
    // An open solution stands beside the answer as it is now.
    if (this.querySelector('.exercise-solution:not([hidden]) .solution-lead')) await this.#openSolution();
  }

  #setChecking(checking: boolean): void {
    this.#checking = checking;
    this.#button('check').setAttribute('aria-disabled', String(checking));
    if (!checking) return;
    this.#stopped = false;
    const stop = () => {
      this.#stopped = true;
      void this.#withJudge((judge) => judge.stop());
    };
    this.#say(html`
      <p class="verdict-checking">Checking in your browser… The first check starts Python, which takes some seconds.</p>
      <button type="button" data-act="stop" @click=${stop}>Stop</button>
    `);
  }

  /** The verdict region says one thing at a time. */
  #say(content: TemplateResult | typeof nothing, status = '', mistake: string | null = null): void {
    const region = this.#part('.exercise-verdict');
    region.dataset.mistake = mistake ?? '';
    region.dataset.status = status;
    keepFocus(
      region,
      () => render(content, region),
      () => this.#button('check'),
    );
  }

  async #exercise(): Promise<Exercise> {
    const exercise = (await exercisesOfPage()).exercises[this.#id];
    if (exercise) return exercise;
    throw new Error(`exercises.json has no "${this.#id}"`);
  }

  /** Null, and said in the page, when it cannot be fetched. */
  async #fetched<T>(fetching: Promise<T>): Promise<T | null> {
    try {
      return await fetching;
    } catch (error) {
      this.#say(
        html`<p class="verdict-trouble">That could not be loaded (${reasonOf(error)}). Look at your connection, then try again.</p>`,
      );
      return null;
    }
  }

  async #showHint(): Promise<void> {
    await this.#reopened;
    const fetched = await this.#fetched(Promise.all([this.#exercise(), import('./safe-html')]));
    if (!fetched) return;
    const [{ hints }, { safeHtml }] = fetched;
    if (this.#hints >= hints.length) return;
    this.#part('.exercise-hints').setAttribute('aria-live', 'polite');
    this.#addHint(hints, safeHtml);
    await this.#record('hinted', this.#hints);
  }

  /** Hints that were open at an earlier visit are open again; they were read then, so that nothing is announced. */
  async #reopenHints(): Promise<void> {
    if (this.#progress.hints === 0) return;
    const [{ hints }, { safeHtml }] = await Promise.all([this.#exercise(), import('./safe-html')]);
    while (this.#hints < Math.min(this.#progress.hints, hints.length)) this.#addHint(hints, safeHtml);
  }

  #addHint(hints: string[], safeHtml: (html: string) => DocumentFragment): void {
    const list = this.#part('.exercise-hints');
    list.hidden = false;
    const item = document.createElement('li');
    const number = document.createElement('span');
    number.className = 'hint-number';
    number.textContent = `Hint ${this.#hints + 1} of ${hints.length}`;
    item.append(number, ' ', safeHtml(hints[this.#hints] ?? ''));
    list.append(item);
    this.#hints += 1;
    this.#button('hint').setAttribute('aria-disabled', String(this.#hints === hints.length));
  }

  async #toggleSolution(): Promise<void> {
    const place = this.#part('.exercise-solution');
    const { attempted, revealed } = this.#progress;
    if (!place.hidden) this.#closeSolution();
    else if (attempted || revealed) await this.#openSolution();
    else {
      render(this.#askTemplate(), place);
      place.hidden = false;
    }
  }

  #askTemplate(): TemplateResult {
    const close = () => {
      this.#closeSolution();
      this.#answer.focus();
    };
    return html`
      <div class="solution-ask" role="group" aria-label="Before the solution">
        <p>The solution opens by itself after your first try, right or wrong. Trying first is what makes it stay; you may also look now.</p>
        <button type="button" data-act="reveal" @click=${() => void this.#openSolution()}>Show me anyway</button>
        <button type="button" data-act="try" @click=${close}>I will try first</button>
      </div>
    `;
  }

  async #openSolution(): Promise<void> {
    const fetched = await this.#fetched(Promise.all([this.#exercise(), import('./solution')]));
    if (!fetched) return;
    const [exercise, { solutionTemplate }] = fetched;
    const place = this.#part('.exercise-solution');
    const { text, starter } = this.#answer;
    const options = [...this.querySelectorAll('.exercise-options label')].map(
      (label) => label.textContent?.trim() ?? '',
    );
    render(solutionTemplate(exercise, { text, starter, solved: this.#progress.solved }, options), place);
    place.hidden = false;
    this.#button('solution').setAttribute('aria-expanded', 'true');
    await this.#record('revealed');
  }

  #closeSolution(): void {
    const place = this.#part('.exercise-solution');
    place.hidden = true;
    render(nothing, place);
    this.#button('solution').setAttribute('aria-expanded', 'false');
  }

  #reset(): void {
    const before = this.#answer.text;
    this.#answer.focus(); // Reset is switched off by its own act
    this.#answer.text = this.#answer.starter;
    this.#answer.mark(null);
    const undo = () => {
      this.#answer.text = before;
      this.#say(nothing);
      this.#answer.focus();
    };
    this.#say(html`<p>Back at the start.</p><button type="button" data-act="undo" @click=${undo}>Undo</button>`);
  }
}

function emptyWords(kind: string | undefined): string {
  return kind === 'choice' ? 'Choose one of the answers, then press Check.' : 'Write an answer, then press Check.';
}

/** Stopped by the learner, or nothing written: no try yet. */
function isAttempt({ status, title }: Verdict): boolean {
  return status === 'right' || status === 'wrong' || (status === 'error' && title !== 'Stopped');
}

function nextExercise(from: HTMLElement): { href: string; title: string } | null {
  const all = [...document.querySelectorAll<HTMLElement>('pellucid-exercise')];
  const next = all[all.indexOf(from) + 1];
  const title = next?.querySelector(`[id="${next.id}-title"]`)?.textContent?.trim();
  return next && title ? { href: `#${next.id}`, title } : null;
}

/** The same inputs for every try, so that a counterexample does not move under the learner's hands. */
function seedOf(id: string): number {
  let hash = 0;
  for (const letter of id) hash = (hash * 31 + letter.charCodeAt(0)) % 2 ** 31;
  return hash;
}

customElements.define('pellucid-exercise', PellucidExercise);

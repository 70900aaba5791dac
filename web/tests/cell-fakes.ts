/** Stand-ins for what a cell talks to, and the markup of docs/reference/markup.md. */
import type {
  Completion,
  Draft,
  Drafts,
  RunEvent,
  RunRequest,
  RunResult,
  Session,
  SessionState,
} from '../src/contract';

export type Script = (
  request: RunRequest,
  on: (event: RunEvent) => void,
  session: FakeSession,
) => Promise<Partial<RunResult>>;

/** Runs scripts instead of Python. */
export class FakeSession extends EventTarget implements Session {
  state: SessionState = 'idle';
  warmed = 0;
  restarts = 0;
  requests: RunRequest[] = [];
  ask: Session['ask'] = () => Promise.resolve(null);
  warning: string | null = null;
  completions: Completion[] = [];
  #number = 0;
  #halt: (() => void) | null = null;

  constructor(public script: Script = async () => ({})) {
    super();
  }

  warm(): void {
    this.warmed += 1;
  }

  async run(request: RunRequest, on: (event: RunEvent) => void): Promise<RunResult> {
    this.requests.push(request);
    if (this.state === 'idle') this.become('starting');
    this.become('running');
    const halted = new Promise<Partial<RunResult>>((resolve) => {
      this.#halt = () => resolve({ status: 'stopped', message: 'You stopped this run.' });
    });
    const result = await Promise.race([this.script(request, on, this), halted]);
    this.become('ready');
    this.#number += 1;
    return { status: 'ok', number: this.#number, seconds: 0.2, restarted: false, message: null, ...result };
  }

  async stop(): Promise<void> {
    this.#halt?.();
  }

  async restart(): Promise<void> {
    this.restarts += 1;
    this.#number = 0;
    this.become('ready');
  }

  async complete(_source: string, cursor: number): Promise<{ from: number; options: Completion[] }> {
    return { from: cursor, options: this.completions };
  }

  async caveat(): Promise<string | null> {
    return this.warning;
  }

  become(state: SessionState): void {
    this.state = state;
    this.dispatchEvent(new Event('change'));
  }
}

export class FakeDrafts implements Drafts {
  readonly kept = new Map<string, Draft>();

  async load(page: string, id: string): Promise<Draft | null> {
    return this.kept.get(`${page}/${id}`) ?? null;
  }

  async save(page: string, id: string, text: string, author: string): Promise<void> {
    this.kept.set(`${page}/${id}`, { page, id, text, author, saved: 0 });
  }

  async clear(page: string, id: string): Promise<void> {
    this.kept.delete(`${page}/${id}`);
  }
}

/** The static markup of one cell, appended to the body. */
export function cellMarkup(number: number, source: string, attributes: Record<string, string> = {}): HTMLElement {
  const holder = document.createElement('div');
  holder.innerHTML = `
    <pellucid-cell id="cell-c${number}" data-cell="c${number}" data-number="${number}" data-seconds="60">
      <div class="cell-source"><pre tabindex="0"><code class="python"></code></pre></div>
      <div class="cell-toolbar" role="group" aria-label="Controls of cell ${number}">
        <button type="button" data-act="run" aria-keyshortcuts="Shift+Enter">Run<kbd aria-hidden="true">⇧⏎</kbd></button>
        <button type="button" data-act="stop" disabled>Stop</button>
        <button type="button" data-act="reset" disabled>Reset</button>
        <button type="button" data-act="above">Run all above</button>
        <button type="button" data-act="restart">Restart</button>
        <span class="cell-status" role="status"></span>
      </div>
      <section class="cell-output" aria-label="Output of cell ${number}">
        <p class="placeholder">After a run this shows what the cell prints.</p>
        <div class="stored">42</div>
      </section>
    </pellucid-cell>`;
  const cell = holder.firstElementChild as HTMLElement;
  const code = cell.querySelector('code') as HTMLElement;
  code.textContent = source;
  for (const [name, value] of Object.entries(attributes)) cell.setAttribute(name, value);
  document.body.append(cell);
  return cell;
}

/** Waits until `check` no longer throws. */
export async function eventually(check: () => void): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      check();
      return;
    } catch (error) {
      if (tries > 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

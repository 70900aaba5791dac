/** `<pellucid-data>`: what this browser keeps, out into a file, in from one, or away. */
import { html, nothing, render, type TemplateResult } from 'lit/html.js';
import { keepFocus } from '../focus';
import { reasonOf } from '../reason';
import { type Archive, ArchiveError, readArchive } from '../store/archive';
import { listen } from '../store/channel';
import { type Aside, type Database, database } from '../store/database';
import { useAside } from '../store/drafts';
import { isPersisted } from '../store/persist';
import { foldProgress, solvedCount } from '../store/progress';
import { archiveName, eraseAll, exportAll, type Imported, importArchive } from '../store/transfer';
import { download, pickFile } from './files';

interface Contents {
  notes: number;
  answers: number;
  solved: number;
  asides: Aside[];
  persisted: boolean | null;
  caveat: string | null;
}

export class PellucidData extends HTMLElement {
  #ending = new AbortController();
  #contents: Contents | null = null;
  #message: TemplateResult | string | null = null;
  #asking = false;
  #erased: Archive | null = null;
  #space = document.createElement('div');

  connectedCallback(): void {
    this.#ending = new AbortController();
    this.append(this.#space);
    this.#ending.signal.addEventListener(
      'abort',
      listen(() => void this.#count()),
    );
    void this.#count();
  }

  disconnectedCallback(): void {
    this.#ending.abort();
  }

  async #count(): Promise<void> {
    try {
      this.#contents = await readContents(await database());
      this.#draw();
    } catch (error) {
      render(html`<p role="alert">What this browser keeps cannot be read: ${reasonOf(error)}</p>`, this.#space);
    }
  }

  #draw(): void {
    const contents = this.#contents;
    if (!contents) return;
    keepFocus(
      this.#space,
      () => render(this.#template(contents), this.#space),
      () => this.querySelector<HTMLElement>('.data-message'),
    );
  }

  #say(message: TemplateResult | string): void {
    this.#message = message;
    this.#draw();
  }

  #template(contents: Contents): TemplateResult {
    return html`
      ${contents.caveat ? html`<p class="data-caveat" role="alert">${contents.caveat}</p>` : nothing}
      ${countsTemplate(contents)}
      <div class="data-message" role="status" tabindex="-1">
        ${this.#message ? html`<div class="data-said">${this.#message}</div>` : nothing}
        ${this.#erased ? html`<button type="button" data-act="undo" @click=${() => this.#undo()}>Undo</button>` : nothing}
      </div>
      <section aria-labelledby="data-export">
        <h2 id="data-export">Take a copy</h2>
        <p>One file with every note, answer and mark of progress. Any Pellucid reads it, also a later version.</p>
        <button type="button" data-act="export" @click=${() => this.#export()}>Export everything</button>
      </section>
      <section aria-labelledby="data-import">
        <h2 id="data-import">Bring in a copy</h2>
        <p>What the file holds is added to what is here; nothing here is taken away, whatever the file lacks. Where a note
          differs, both texts are merged line by line.</p>
        <button type="button" data-act="import" @click=${() => this.#import()}>Import a file</button>
      </section>
      ${contents.asides.length > 0 ? this.#asidesTemplate(contents.asides) : nothing}
      <section aria-labelledby="data-erase">
        <h2 id="data-erase">Erase</h2>
        <p>Takes away every note, answer and mark of progress that this browser keeps for this site.</p>
        ${this.#asking ? this.#askTemplate() : html`<button type="button" data-act="erase" @click=${() => this.#ask(true)}>Erase everything…</button>`}
      </section>
    `;
  }

  #askTemplate(): TemplateResult {
    return html`
      <div class="data-ask" role="group" aria-labelledby="data-ask">
        <p id="data-ask"><strong>Erase everything in this browser?</strong> Without a copy it cannot be brought back once you have left this
          page.</p>
        <button type="button" data-act="export-first" @click=${() => this.#export()}>Export first</button>
        <button type="button" class="danger" data-act="confirm" @click=${() => this.#erase()}>Erase everything</button>
        <button type="button" data-act="cancel" @click=${() => this.#ask(false)}>Cancel</button>
      </div>
    `;
  }

  #asidesTemplate(asides: Aside[]): TemplateResult {
    return html`
      <section aria-labelledby="data-asides">
        <h2 id="data-asides">Set aside</h2>
        <p>Answers that gave way to a newer one, from a file or from another tab.</p>
        <ul class="data-asides">
          ${asides.map(
            (aside) => html`
              <li>
                <details>
                  <summary>${aside.page}, ${aside.id.replace(':', ' ')}, ${new Date(aside.saved).toLocaleString()}</summary>
                  <pre tabindex="0">${aside.text}</pre>
                  <button type="button" data-act="use" @click=${() => this.#useAside(aside)}>Use this one</button>
                  <button type="button" data-act="discard" @click=${() => this.#discardAside(aside)}>Discard</button>
                </details>
              </li>
            `,
          )}
        </ul>
      </section>
    `;
  }

  async #export(): Promise<void> {
    try {
      download(archiveName(), `${JSON.stringify(await exportAll(), null, 1)}\n`, 'application/json');
      this.#say('The copy is on its way to your downloads.');
    } catch (error) {
      this.#say(`No copy was made: ${reasonOf(error)}`);
    }
  }

  async #import(): Promise<void> {
    const file = await pickFile('.json,application/json');
    if (!file) return;
    try {
      const imported = await importArchive(readArchive(await file.text()));
      this.#erased = null;
      this.#say(importedTemplate(file.name, imported));
    } catch (error) {
      this.#say(faultsTemplate(file.name, error));
    }
  }

  #ask(asking: boolean): void {
    this.#asking = asking;
    this.#message = null;
    this.#draw();
    this.querySelector<HTMLElement>(asking ? '[data-act=cancel]' : '[data-act=erase]')?.focus();
  }

  async #erase(): Promise<void> {
    try {
      this.#erased = await eraseAll();
      this.#ask(false);
      this.#say('Everything is erased. You can undo this until you leave the page.');
      this.querySelector<HTMLElement>('[data-act=undo]')?.focus();
    } catch (error) {
      this.#say(`Nothing was erased: ${reasonOf(error)}`);
    }
  }

  async #undo(): Promise<void> {
    if (!this.#erased) return;
    try {
      await importArchive(this.#erased);
      this.#erased = null;
      this.#say('Everything is back.');
    } catch (error) {
      this.#say(`It could not be brought back: ${reasonOf(error)}`);
    }
  }

  async #useAside(aside: Aside): Promise<void> {
    try {
      await useAside(aside);
      this.#say('It is in use; the one before it is set aside.');
    } catch (error) {
      this.#say(`It could not be put to use: ${reasonOf(error)}`);
    }
  }

  async #discardAside({ page, id, key }: Aside): Promise<void> {
    try {
      await (await database()).write(['asides'], (t) => t.delete('asides', [page, id, key]));
      this.#say('It is discarded.');
    } catch (error) {
      this.#say(`It could not be discarded: ${reasonOf(error)}`);
    }
    await this.#count();
  }
}

async function readContents(db: Database): Promise<Contents> {
  const held = await db.read(['heads', 'revisions', 'drafts', 'events', 'asides'], async (t) => {
    const bodies = await Promise.all((await t.all('heads')).map(({ note, rev }) => t.get('revisions', [note, rev])));
    return { bodies, drafts: await t.all('drafts'), events: await t.all('events'), asides: await t.all('asides') };
  });
  const progress = foldProgress(held.events);
  return {
    notes: held.bodies.filter((revision) => revision?.body).length,
    answers: held.drafts.length,
    solved: [...progress.keys()].reduce((sum, page) => sum + solvedCount(progress, page), 0),
    asides: held.asides,
    persisted: await isPersisted(),
    caveat: db.caveat,
  };
}

function countsTemplate({ notes, answers, solved, persisted, caveat }: Contents): TemplateResult {
  return html`
    <dl class="data-counts">
      <dt>Pages with notes</dt>
      <dd data-count="notes">${notes}</dd>
      <dt>Edited cells and answers</dt>
      <dd data-count="answers">${answers}</dd>
      <dt>Exercises solved</dt>
      <dd data-count="solved">${solved}</dd>
    </dl>
    ${
      persisted === false && caveat === null
        ? html`<p class="data-lasting">This browser may clear this when it runs short of space, and Safari does so after seven days without a
            visit. A copy is the safe way.</p>`
        : nothing
    }
  `;
}

function importedTemplate(name: string, imported: Imported): TemplateResult {
  const { notes, drafts: answers, events, both, setAside } = imported;
  const nothingNew = notes + answers + events + setAside === 0;
  if (nothingNew) return html`<p>All of ${name} was here already.</p>`;
  return html`
    <p>From ${name}: ${counted(notes, 'note')}, ${counted(answers, 'answer')} and ${counted(events, 'mark')} of progress.</p>
    ${both.length > 0 ? html`<p>Changed in both places, and both versions kept: the notes of ${both.join(', ')}. Please look through them.</p>` : nothing}
    ${setAside > 0 ? html`<p>${counted(setAside, 'answer')} differed: the newer one is in use, the other is set aside below.</p>` : nothing}
  `;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function faultsTemplate(name: string, error: unknown): TemplateResult {
  const faults = error instanceof ArchiveError ? error.faults : [reasonOf(error)];
  return html`<p>Nothing was imported from ${name}:</p><ul class="data-faults">${faults.map((fault) => html`<li>${fault}</li>`)}</ul>`;
}

customElements.define('pellucid-data', PellucidData);

/** `<pellucid-cell>`: one code cell of a chapter. The markup stands in the page (docs/reference/markup.md); this adds the behaviour. */
import { whenIdle } from '../idle';
import { isRuntimeKept } from '../sandbox/runtime-files';
import { pageSession } from '../sandbox/session';
import { drafts } from '../store/drafts';
import './cell.css';
import { CellController } from './controller';
import { Notebook } from './notebook';

let shared: Notebook | null = null;

/** The page's cells around their one session. */
function pageNotebook(): Notebook {
  if (!shared) {
    const session = pageSession();
    shared = new Notebook(session);
    // A first visit is read without a download of Python; it begins when the reader turns to a cell.
    whenIdle(async () => {
      if (await isRuntimeKept()) session.warm();
    });
  }
  return shared;
}

export class PellucidCell extends HTMLElement {
  #controller: CellController | null = null;

  connectedCallback(): void {
    const page = document.body.dataset.page ?? '';
    this.#controller ??= new CellController(this, { notebook: pageNotebook(), drafts, page });
    void this.#controller.start();
  }

  disconnectedCallback(): void {
    this.#controller?.end();
    this.#controller = null;
  }
}

customElements.define('pellucid-cell', PellucidCell);

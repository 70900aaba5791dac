/** The panel over a cell or an exercise that the author changed after the reader had edited it. */
import { html, render } from 'lit/html.js';

export interface Versions {
  mine: string;
  theirs: string;
}

export interface ConflictChoices {
  keepMine(): void;
  takeTheirs(): void;
}

const LABELS = { a: 'your version', b: "the author's version" };

/**
 * Puts the panel before `place`; it goes away with the choice. `versions` gives both texts as they are when the difference is asked for;
 * `what` is what the author changed.
 */
export function showConflict(
  place: Element,
  versions: () => Versions,
  choices: ConflictChoices,
  what: 'cell' | 'exercise' = 'cell',
): HTMLElement {
  const panel = document.createElement('div');
  panel.className = 'draft-conflict';
  panel.setAttribute('role', 'group');
  panel.setAttribute('aria-label', `The author changed this ${what}`);
  const choose = (act: () => void) => () => {
    panel.remove();
    act();
  };
  const compare = (event: Event) => void toggleDifference(event.currentTarget as HTMLElement, panel, versions);
  render(
    html`<p>The author changed this ${what} since you edited it. You see your version.</p>
      <div class="draft-choices">
        <button type="button" @click=${choose(choices.keepMine)}>Keep mine</button>
        <button type="button" @click=${choose(choices.takeTheirs)}>Take theirs</button>
        <button type="button" aria-expanded="false" @click=${compare}>See the difference</button>
      </div>
      <div class="draft-difference" hidden></div>`,
    panel,
  );
  place.before(panel);
  return panel;
}

async function toggleDifference(button: HTMLElement, panel: HTMLElement, versions: () => Versions): Promise<void> {
  const space = panel.querySelector<HTMLElement>('.draft-difference');
  if (!space) return;
  const open = space.hidden;
  if (open) {
    const { renderDifference } = await import('./difference');
    const { mine, theirs } = versions();
    space.replaceChildren(renderDifference(mine, theirs, LABELS));
  }
  space.hidden = !open;
  button.setAttribute('aria-expanded', String(open));
}

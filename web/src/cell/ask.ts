/** input() in the page: a labelled field at the end of the output. */
import { html, render } from 'lit/html.js';
import { keepFocus } from '../focus';

/** Resolves with the line, or with null when the reader cancels or `signal` ends the run. */
export function askInPage(region: HTMLElement, prompt: string, signal: AbortSignal): Promise<string | null> {
  if (signal.aborted) return Promise.resolve(null);
  const holder = document.createElement('div');
  region.append(holder);
  const before = document.activeElement;
  return new Promise((resolve) => {
    const settle = (answer: string | null) => {
      keepFocus(
        holder,
        () => holder.remove(),
        () => (before instanceof HTMLElement ? before : null),
      );
      resolve(answer);
    };
    const send = (event: Event) => {
      event.preventDefault();
      settle(holder.querySelector('input')?.value ?? '');
    };
    const cancel = (event: KeyboardEvent) => {
      if (event.key === 'Escape') settle(null);
    };
    signal.addEventListener('abort', () => settle(null), { once: true });
    render(
      html`<form class="output-input" @submit=${send} @keydown=${cancel}>
        <label><span class="input-prompt">${prompt.trim() || 'The program asks for a line:'}</span>
          <input type="text" autocomplete="off" autocapitalize="off" spellcheck="false" /></label>
        <button type="submit">Enter</button>
        <button type="button" @click=${() => settle(null)}>Cancel</button>
      </form>`,
      holder,
    );
    takeFocus(holder);
  });
}

/** Focus goes to the field unless the reader is busy elsewhere in the page. */
function takeFocus(holder: HTMLElement): void {
  const active = document.activeElement;
  const cell = holder.closest('pellucid-cell');
  if (!active || active === document.body || cell?.contains(active)) holder.querySelector('input')?.focus();
}

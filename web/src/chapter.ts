/** What a page with cells, exercises or notes needs, in one piece; what a reader may never ask for loads later. */
import './cell/cell';
import './exercise/exercise';
import './notes/notes';
import './store/contents';

document.documentElement.dataset.alive = '';
for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-early]')) void clickWhenAlive(button);

/** Makes a click again that came before the element around its button was at work (`early.ts`). */
async function clickWhenAlive(button: HTMLButtonElement): Promise<void> {
  delete button.dataset.early;
  const { dataset } = button.closest<HTMLElement>('pellucid-cell, pellucid-exercise') as HTMLElement;
  while (!dataset.status && !dataset.state) await new Promise(requestAnimationFrame);
  button.click();
}

/** Fills the contents of a page with progress: `[data-progress]` with counts, `[data-exercise-link]` with a mark. */
import { listen } from './channel';
import { events } from './events';
import { exerciseProgress, foldProgress, type Progress, solvedCount } from './progress';

let showing = false;

/** Shows it now and after every event, in this tab or another one. Calling again changes nothing. */
export function showProgress(): void {
  if (showing) return;
  showing = true;
  // Without a store nothing is known: the contents stand as they are in the HTML.
  const show = async () => markContents(document, foldProgress(await events.all().catch(() => [])));
  listen((message) => {
    if (message.type === 'event' || message.type === 'imported' || message.type === 'erased') void show();
  });
  void show();
}

export function markContents(root: ParentNode, progress: Progress): void {
  for (const span of root.querySelectorAll<HTMLElement>('[data-progress]')) markPage(span, progress);
  const page = document.body.dataset.page ?? '';
  for (const link of root.querySelectorAll<HTMLElement>('[data-exercise-link]')) {
    const state = exerciseProgress(progress, page, link.dataset.exerciseLink ?? '');
    markExercise(link, state.solved ? 'solved' : state.attempted ? 'attempted' : null);
  }
}

function markPage(span: HTMLElement, progress: Progress): void {
  const total = Number(span.dataset.total ?? 0);
  const solved = Math.min(total, solvedCount(progress, span.dataset.progress ?? ''));
  span.dataset.state = solved === 0 ? 'none' : solved < total ? 'some' : 'all';
  const count = [hidden(`${solved}/${total}`), spoken(`${solved} of ${total} exercises solved`)];
  span.replaceChildren(...(solved === 0 ? [] : count));
}

function markExercise(link: HTMLElement, state: 'solved' | 'attempted' | null): void {
  link.querySelector(':scope > .exercise-state')?.remove();
  if (state === null) delete link.dataset.state;
  else link.dataset.state = state;
  if (state !== 'solved') return;
  const mark = document.createElement('span');
  mark.className = 'exercise-state';
  mark.append(hidden('✓'), spoken('(solved)'));
  link.append(mark);
}

function hidden(text: string): HTMLElement {
  const span = document.createElement('span');
  span.setAttribute('aria-hidden', 'true');
  span.textContent = text;
  return span;
}

function spoken(text: string): HTMLElement {
  const span = document.createElement('span');
  span.className = 'visually-hidden';
  span.textContent = text;
  return span;
}

showProgress();

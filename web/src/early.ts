/**
 * Runs before the first paint, as a classic script without imports: the reader's theme, so that no page flashes; and clicks on controls
 * that are not alive yet, which `chapter.ts` makes again when they are.
 */
try {
  const theme = localStorage.getItem('pellucid-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is refused: the system's theme holds.
}

addEventListener('click', ({ target }) => {
  if (document.documentElement.dataset.alive !== undefined || !(target instanceof Element)) return;
  const button = target.closest<HTMLElement>(':is(pellucid-cell, pellucid-exercise) button[data-act]');
  if (button) button.dataset.early = '';
});

export {}; // for the type checker; the built script has neither imports nor exports

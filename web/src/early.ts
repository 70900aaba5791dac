/** Runs before the first paint, as a classic script without imports: the reader's theme, so that no page flashes. */
try {
  const theme = localStorage.getItem('pellucid-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is refused: the system's theme holds.
}

export {}; // for the type checker; the built script has neither imports nor exports

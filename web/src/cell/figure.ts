/** A figure drawn twice, for paper and for night: the page's theme decides which one is shown. */

export interface FigureBytes {
  light: Uint8Array;
  dark: Uint8Array;
  /** In CSS pixels: the pictures themselves are as dense as the screen. */
  width: number;
  height: number;
  alt: string;
}

/** Appends an image to `into`. Call what comes back when the image goes away: it frees the pictures. */
export function showFigure(into: HTMLElement, figure: FigureBytes): () => void {
  const urls = { light: pictureUrl(figure.light), dark: pictureUrl(figure.dark) };
  const image = document.createElement('img');
  image.className = 'figure';
  image.width = figure.width;
  image.height = figure.height;
  image.alt = figure.alt;
  image.style.maxWidth = '100%';
  image.style.height = 'auto';
  into.append(image);
  const leave = onTheme((theme) => {
    image.dataset.theme = theme;
    image.src = urls[theme];
  });
  return () => {
    leave();
    for (const url of Object.values(urls)) URL.revokeObjectURL(url);
  };
}

function pictureUrl(bytes: Uint8Array): string {
  return URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'image/png' }));
}

/** Calls `act` now and whenever the theme changes; paper is light. Returns how to end it. */
export function onTheme(act: (theme: 'light' | 'dark') => void): () => void {
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const leave = new AbortController();
  const { signal } = leave;
  const follow = () => act((root.dataset.theme ?? (system.matches ? 'dark' : 'light')) === 'dark' ? 'dark' : 'light');
  const observer = new MutationObserver(follow);
  observer.observe(root, { attributes: true, attributeFilter: ['data-theme'] });
  signal.addEventListener('abort', () => observer.disconnect());
  system.addEventListener('change', follow, { signal });
  addEventListener('beforeprint', () => act('light'), { signal });
  addEventListener('afterprint', follow, { signal });
  follow();
  return () => leave.abort();
}

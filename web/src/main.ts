/** The page's entry: style sheets, then the code of what the page holds: each part loads when its selector finds something. */
import './style/main.css';

const parts: Record<string, () => Promise<unknown>> = {
  'pellucid-theme': () => import('./page/theme'),
  'pellucid-contents': () => import('./page/contents'),
  'pellucid-search': () => import('./page/search'),
  'pellucid-cell': () => import('./cell/cell'),
  'pellucid-exercise': () => import('./exercise/exercise'),
  'pellucid-notes': () => import('./notes/notes'),
  'pellucid-data': () => import('./notes/data'),
  'pellucid-probes': () => import('./page/sandbox-probes'),
  'pellucid-reload': () => import('./page/reload'),
  '[data-progress], [data-exercise-link]': () => import('./store/contents'),
  '.on-this-page': () => import('./page/sections'),
  math: () => import('./page/copy'),
};

for (const [selector, load] of Object.entries(parts)) {
  if (document.querySelector(selector)) void load();
}

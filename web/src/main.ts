/** The page's entry: style sheets, then the elements that the page holds. Each element's code loads when it is there. */
import './style/main.css';

const elements: Record<string, () => Promise<unknown>> = {
  'pellucid-theme': () => import('./page/theme'),
  'pellucid-search': () => import('./page/search'),
  'pellucid-cell': () => import('./cell/cell'),
  'pellucid-exercise': () => import('./exercise/exercise'),
  'pellucid-notes': () => import('./notes/notes'),
};

for (const [name, load] of Object.entries(elements)) {
  if (document.querySelector(name)) void load();
}

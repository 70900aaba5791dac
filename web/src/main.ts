/** The page's entry: style sheets, the shell's few behaviours, then the code of what the page holds. */
import './style/main.css';
import './page/contents';
import './page/copy';
import './page/search';
import './page/sections';
import './page/theme';

const parts: Record<string, () => Promise<unknown>> = {
  'pellucid-cell, pellucid-exercise, pellucid-notes': () => import('./chapter'),
  '[data-progress]': () => import('./store/contents'),
  'pellucid-data': () => import('./notes/data'),
  'pellucid-probes': () => import('./page/sandbox-probes'),
  'pellucid-reload': () => import('./page/reload'),
};

for (const [selector, load] of Object.entries(parts)) {
  if (document.querySelector(selector)) void load();
}

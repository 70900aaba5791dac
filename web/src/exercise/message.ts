/** Messages of the grader: text with `code` and $math$, made into elements. Nothing in them is ever read as markup. */
import type { Temml } from './math';
import { loadMath, renderMath } from './math';

/** `code` in one or more backticks, or a formula in dollars; a lone sign stands for itself. */
const MARKED = /(`+)(?<code>[^`]|[^`].*?[^`])\1(?!`)|\$\$(?<display>[^$]+)\$\$|\$(?!\s)(?<math>[^$\n]+?)(?<!\s)\$/gs;

/** Renders messages; loads what formulas need only when one of `texts` has any. */
export async function messageRenderer(texts: string[]): Promise<(text: string) => DocumentFragment> {
  const temml = texts.some((text) => text.includes('$')) ? await loadMath() : null;
  return (text) => renderMessage(text, temml);
}

export function renderMessage(text: string, temml: Temml | null): DocumentFragment {
  const fragment = document.createDocumentFragment();
  let at = 0;
  for (const match of text.matchAll(MARKED)) {
    fragment.append(text.slice(at, match.index));
    const { code, display, math } = match.groups ?? {};
    if (code !== undefined) fragment.append(codeElement(code));
    else fragment.append(renderMath(temml, display ?? math ?? '', display !== undefined));
    at = match.index + match[0].length;
  }
  fragment.append(text.slice(at));
  return fragment;
}

function codeElement(text: string): HTMLElement {
  const code = document.createElement('code');
  code.textContent = text;
  return code;
}

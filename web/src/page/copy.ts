/** Copying text with formulas gives their LaTeX: `$…$` in a line, `$$…$$` on its own. A double click selects a formula whole. */
import { isTyping } from './typing';

export function copyLatex(root: Document = document): void {
  root.addEventListener('copy', (event) => {
    const selection = root.getSelection();
    if (!event.clipboardData || !selection || selection.rangeCount === 0 || isTyping(root.activeElement)) return;
    const fragment = withWholeFormulas(selection.getRangeAt(0));
    if (!fragment.querySelector('math')) return;
    event.clipboardData.setData('text/html', markupOf(fragment));
    event.clipboardData.setData('text/plain', plainText(fragment, root));
    event.preventDefault();
  });
  root.addEventListener('dblclick', (event) => {
    const formula = (event.target as Element).closest('math');
    if (formula) root.getSelection()?.selectAllChildren(formula);
  });
}

/** LaTeX of a formula as an author would write it. */
export function latexOf(formula: Element): string {
  const source = formula.querySelector('annotation[encoding="application/x-tex"]')?.textContent?.trim() ?? '';
  return formula.getAttribute('display') === 'block' ? `$$${source}$$` : `$${source}$`;
}

/** A copy of what is selected, widened so that a formula is in it whole or not at all. */
export function withWholeFormulas(range: Range): DocumentFragment {
  const whole = range.cloneRange();
  const first = formulaAround(range.startContainer);
  const last = formulaAround(range.endContainer);
  if (first) whole.setStartBefore(first);
  if (last) whole.setEndAfter(last);
  return whole.cloneContents();
}

export function plainText(fragment: DocumentFragment, root: Document = document): string {
  const box = root.createElement('div');
  box.className = 'copied';
  box.append(fragment.cloneNode(true));
  for (const formula of box.querySelectorAll('math')) formula.replaceWith(latexOf(formula));
  for (const silent of box.querySelectorAll('.anchor, .visually-hidden')) silent.remove();
  root.body.append(box); // the line breaks of blocks come out only when they are laid out
  // biome-ignore lint/performance/useDomNodeTextContent: textContent would run paragraphs together
  const text = box.innerText;
  box.remove();
  return text;
}

function formulaAround(node: Node): Element | null {
  return (node instanceof Element ? node : node.parentElement)?.closest('math') ?? null;
}

function markupOf(fragment: DocumentFragment): string {
  const box = document.createElement('div');
  box.append(fragment.cloneNode(true));
  return box.innerHTML;
}

copyLatex();

/** A note's Markdown and math as safe elements. Heavy: loaded when a preview is first opened. */
import DOMPurify from 'dompurify';
import { Marked, type TokenizerAndRendererExtension } from 'marked';
import { loadMath, renderMath } from '../exercise/math';

/** `$…$` in a line: no space inside the signs and no digit after them, so that prices stay prices. */
const INLINE = /^\$(?!\s)((?:\\.|[^$\\\n])+?)(?<!\s)\$(?!\d)/;
const BLOCK = /^\$\$([\s\S]+?)\$\$/;

function mathExtension(name: string, level: 'inline' | 'block', pattern: RegExp): TokenizerAndRendererExtension {
  return {
    name,
    level,
    // A paragraph must not end at every dollar: a formula inside one is the inline rule's.
    start: (source) => (level === 'inline' ? source.indexOf('$') : -1),
    tokenizer(source) {
      const match = pattern.exec(source);
      return match ? { type: name, raw: match[0], tex: match[1] } : undefined;
    },
    renderer: (token) => {
      const span = document.createElement('span');
      span.dataset.tex = (token as unknown as { tex: string }).tex;
      if (pattern === BLOCK) span.dataset.display = '';
      return level === 'block' ? `<p>${span.outerHTML}</p>` : span.outerHTML;
    },
  };
}

const marked = new Marked({
  gfm: true,
  breaks: true,
  extensions: [
    mathExtension('blockMath', 'block', BLOCK),
    mathExtension('displayMath', 'inline', BLOCK),
    mathExtension('inlineMath', 'inline', INLINE),
  ],
  renderer: {
    // Under the page's own headings.
    heading({ tokens, depth }) {
      const level = Math.min(6, depth + 2);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>\n`;
    },
    checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
    // A picture from elsewhere would tell its server that this note was opened.
    image({ href, text }) {
      const link = document.createElement('a');
      link.href = href;
      link.textContent = text || href;
      return link.outerHTML;
    },
  },
});

const TAGS =
  'a b blockquote br code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i kbd li mark ol p pre s small span strong sub sup table tbody td th thead tr u ul';
const ATTRIBUTES = ['href', 'title', 'start', 'align', 'data-tex', 'data-display'];

/** Elements, never a string: what this returns can be put into the page. */
export async function renderPreview(markdown: string): Promise<DocumentFragment> {
  const html = await marked.parse(markdown);
  const fragment = DOMPurify.sanitize(html, {
    ALLOWED_TAGS: [...TAGS.split(' '), '#text'],
    ALLOWED_ATTR: ATTRIBUTES,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const link of fragment.querySelectorAll('a')) {
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
  }
  const formulas = [...fragment.querySelectorAll<HTMLElement>('[data-tex]')];
  const temml = formulas.length > 0 ? await loadMath() : null;
  for (const formula of formulas)
    formula.replaceWith(renderMath(temml, formula.dataset.tex ?? '', formula.dataset.display !== undefined));
  return fragment;
}

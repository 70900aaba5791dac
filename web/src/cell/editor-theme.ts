/**
 * Looks of the editor: every colour and font is a custom property of the page, so that light, dark and print follow along.
 */
import { EditorView } from '@codemirror/view';
import { tagHighlighter, tags } from '@lezer/highlight';

/** The class names of Pygments, which the static listings carry too: one style sheet colours both. */
export const pythonClasses = tagHighlighter([
  { tag: tags.keyword, class: 'k' },
  { tag: [tags.operatorKeyword], class: 'ow' },
  { tag: [tags.bool, tags.null], class: 'kc' },
  { tag: tags.operator, class: 'o' },
  { tag: tags.punctuation, class: 'p' },
  { tag: tags.comment, class: 'c1' },
  { tag: tags.string, class: 's2' },
  { tag: tags.special(tags.string), class: 'sa' },
  { tag: tags.number, class: 'mf' },
  { tag: tags.function(tags.variableName), class: 'n' },
  { tag: tags.function(tags.definition(tags.variableName)), class: 'nf' },
  { tag: tags.definition(tags.className), class: 'nc' },
  { tag: tags.meta, class: 'nd' },
  { tag: tags.self, class: 'bp' },
  { tag: tags.invalid, class: 'err' },
]);

export const editorTheme = EditorView.theme({
  '&': { color: 'inherit', backgroundColor: 'transparent' },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'inherit', lineHeight: 'inherit', overflowX: 'auto' },
  '.cm-content': { padding: 'var(--code-pad-top, 0.75em) 0 var(--code-pad-bottom, 0.75em)', caretColor: 'var(--ink)' },
  '.cm-line': { padding: '0 0.75em 0 0' },
  '.cm-gutters': { backgroundColor: 'transparent', border: 'none', color: 'var(--muted)' },
  '.cm-lineNumbers .cm-gutterElement': {
    width: 'var(--code-gutter, 3em)',
    padding: '0 0.6em 0 0',
    boxSizing: 'border-box',
  },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-activeLine': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-activeLine:not(.cm-error-line)': {
    backgroundColor: 'color-mix(in srgb, var(--ink) 5%, transparent)',
  },
  '.cm-error-line': {
    backgroundColor: 'color-mix(in srgb, var(--bad) 14%, transparent)',
    boxShadow: '-3px 0 var(--bad)',
  },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'color-mix(in srgb, var(--accent) 30%, transparent)',
  },
  '&.cm-focused .cm-matchingBracket': { background: 'color-mix(in srgb, var(--accent) 25%, transparent)' },
  '.cm-tooltip': { background: 'var(--panel)', color: 'var(--ink)', border: '1px solid var(--line)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--accent)', color: 'var(--accent-ink)' },
});

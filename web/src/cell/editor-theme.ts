/**
 * Looks of the editor: every colour and font is a custom property of the page, so that light, dark and print follow along.
 */
import { EditorView } from '@codemirror/view';

export const editorTheme = EditorView.theme({
  '&': { color: 'inherit', backgroundColor: 'var(--panel)', borderColor: 'var(--line)' },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '-2px' },
  '.cm-scroller': { backgroundColor: 'inherit', fontFamily: 'inherit', lineHeight: 'inherit', overflowX: 'auto' },
  '.cm-content': { padding: 'var(--code-pad-top, 0.75em) 0 var(--code-pad-bottom, 0.75em)', caretColor: 'var(--ink)' },
  '.cm-line': { padding: '0 0.75em 0 0' },
  // Opaque: long lines scroll beneath it.
  '.cm-gutters': { backgroundColor: 'inherit', border: 'none', color: 'var(--muted)' },
  '.cm-lineNumbers .cm-gutterElement': {
    width: 'var(--code-gutter, 3em)',
    padding: '0 0.6em 0 0',
    boxSizing: 'border-box',
  },
  '.cm-activeLine': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-activeLine:not(.cm-error-line)': {
    backgroundColor: 'color-mix(in srgb, var(--ink) 5%, transparent)',
  },
  '.cm-error-line': {
    backgroundColor: 'color-mix(in srgb, var(--bad) 14%, transparent)',
    boxShadow: '-3px 0 var(--bad)',
  },
  '.cm-line ::selection, .cm-line::selection': { background: 'color-mix(in srgb, var(--accent) 30%, transparent)' },
  '&.cm-focused .cm-matchingBracket': { background: 'color-mix(in srgb, var(--accent) 25%, transparent)' },
  '.cm-tooltip': { background: 'var(--panel)', color: 'var(--ink)', border: '1px solid var(--line)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--accent)', color: 'var(--accent-ink)' },
});

/** The code editor of cells and exercises. Heavy: load it through `lazyEditor` in lazy-editor.ts, never by a static import. */
import { history, isolateHistory } from '@codemirror/commands';
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import type { Complete } from './editor-assist';
import { editingKeys, tabKeys } from './editor-keys';
import { errorMark, setErrorLine } from './editor-mark';
import { editorTheme } from './editor-theme';
import { python, pythonClasses } from './python-mode';

export interface EditorOptions {
  doc: string;
  /** Accessible name: "Code of cell 3". */
  label: string;
  onChange(text: string): void;
  /** Shift+Enter, Ctrl+Enter, Cmd+Enter. */
  onRun(): void;
  complete?: Complete;
  readOnly?: boolean;
}

export interface CellEditor {
  /** Setting the text is one step that undo takes back; `onChange` is called. */
  text: string;
  /** Marks a line (1-based) as the one that failed; null takes the mark away, as does an edit of that line. */
  markError(line: number | null): void;
  focus(): void;
  /** Takes the editor out and puts back what stood in the host before. */
  destroy(): void;
}

let serial = 0;

/**
 * Puts an editor into `host` in place of the static listing there, at the same height. `caret` and `focused` carry over the place
 * where the reader was already typing.
 */
export function createEditor(
  host: HTMLElement,
  options: EditorOptions,
  start: { caret?: number; focused?: boolean } = {},
): CellEditor {
  const replaced = [...host.childNodes];
  const help = describe();
  const listing = host.querySelector('pre');
  const looks = listing && looksOf(listing);
  const view = new EditorView({
    state: EditorState.create({
      doc: options.doc,
      selection: { anchor: Math.min(start.caret ?? 0, options.doc.length) },
      extensions: [extensions(options, help.id)],
    }),
  });
  host.replaceChildren(view.dom, help);
  for (const [name, value] of Object.entries(looks ?? {})) view.dom.style.setProperty(name, value);
  if (start.focused) view.focus();
  return {
    get text() {
      return view.state.doc.toString();
    },
    set text(text) {
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert: text },
        selection: { anchor: 0 },
        annotations: isolateHistory.of('full'),
      });
    },
    markError: (line) => view.dispatch({ effects: setErrorLine.of(line) }),
    focus: () => view.focus(),
    destroy() {
      view.destroy();
      host.replaceChildren(...replaced);
    },
  };
}

/** Font and spacing of the listing that the editor takes over, so that no text moves. Colours are the theme's: they change with it. */
function looksOf(listing: HTMLElement): Record<string, string> {
  const style = getComputedStyle(listing);
  const code = getComputedStyle(listing.querySelector('code') ?? listing);
  const padding = Number.parseFloat(style.paddingLeft) || 0;
  const gutter = Math.max(padding, 2.5 * (Number.parseFloat(code.fontSize) || 16));
  return {
    'font-family': code.fontFamily,
    'font-size': code.fontSize,
    'font-weight': code.fontWeight,
    'letter-spacing': code.letterSpacing,
    'line-height': style.lineHeight,
    '--code-gutter': `${gutter}px`,
    '--code-pad-top': style.paddingTop,
    '--code-pad-bottom': style.paddingBottom,
    'min-height': `${listing.getBoundingClientRect().height}px`,
    margin: style.margin,
    'border-width': style.borderWidth,
    'border-style': style.borderStyle,
    'border-radius': style.borderRadius,
  };
}

function extensions(options: EditorOptions, helpId: string): Extension {
  const assist = new Compartment();
  const run = () => {
    options.onRun();
    return true;
  };
  return [
    keymap.of([
      { key: 'Shift-Enter', run },
      { key: 'Mod-Enter', run },
    ]),
    tabKeys(),
    assist.of([]),
    keymap.of(editingKeys),
    history(),
    lineNumbers(),
    highlightActiveLine(),
    bracketMatching(),
    indentOnInput(),
    indentUnit.of('    '),
    EditorState.tabSize.of(4),
    EditorState.readOnly.of(options.readOnly ?? false),
    python,
    syntaxHighlighting(pythonClasses),
    editorTheme,
    errorMark,
    // The content is focusable by itself; said once more for those who look for a tabindex on what scrolls.
    EditorView.contentAttributes.of({ 'aria-label': options.label, 'aria-describedby': helpId, tabindex: '0' }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) options.onChange(update.state.doc.toString());
    }),
    EditorView.domEventHandlers({
      focus: (_event, view) => {
        void loadAssist(view, assist, options.complete);
      },
    }),
  ];
}

/** Completion and bracket closing wait for the first focus: a reader who only reads never loads them. */
async function loadAssist(view: EditorView, slot: Compartment, complete: Complete | undefined): Promise<void> {
  const { editorAssist } = await import('./editor-assist');
  const missing = [slot.get(view.state)].flat().length === 0;
  if (missing) view.dispatch({ effects: slot.reconfigure(editorAssist(complete)) });
}

function describe(): HTMLElement {
  const help = document.createElement('p');
  help.id = `editor-help-${++serial}`;
  help.hidden = true;
  help.textContent =
    'Once you have typed, Tab indents. Press Escape, then Tab, to leave the editor; Control+M lets Tab always leave. Shift+Enter runs.';
  return help;
}

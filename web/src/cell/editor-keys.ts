/** The keys of an editor. */
import {
  deleteLine,
  historyKeymap,
  indentLess,
  indentMore,
  moveLineDown,
  moveLineUp,
  standardKeymap,
  toggleLineComment,
  toggleTabFocusMode,
} from '@codemirror/commands';
import { type Extension, Prec } from '@codemirror/state';
import { type Command, EditorView, type KeyBinding, keymap } from '@codemirror/view';

/** What CodeMirror's default keys offer beyond moving and deleting, as far as short cells need it: the rest would weigh on the page. */
export const editingKeys: KeyBinding[] = [
  ...standardKeymap,
  ...historyKeymap,
  { key: 'Alt-ArrowUp', run: moveLineUp },
  { key: 'Alt-ArrowDown', run: moveLineDown },
  { key: 'Mod-[', run: indentLess },
  { key: 'Mod-]', run: indentMore },
  { key: 'Mod-/', run: toggleLineComment },
  { key: 'Shift-Mod-k', run: deleteLine },
  { key: 'Ctrl-m', mac: 'Shift-Alt-m', run: toggleTabFocusMode },
];

/**
 * Tab indents once the reader has clicked or typed in the editor. Coming in by Tab, or pressing Escape, gives Tab back to the page until the
 * next edit, without a time limit. (Control+M, CodeMirror's own switch, gives it back for good.)
 */
export function tabKeys(): Extension {
  let writing = false;
  const whenWriting =
    (command: Command): Command =>
    (view) =>
      writing && !view.state.readOnly && command(view);
  return [
    Prec.high(keymap.of([{ key: 'Tab', run: whenWriting(indentMore), shift: whenWriting(indentLess) }])),
    EditorView.updateListener.of((update) => {
      if (update.docChanged && update.view.hasFocus) writing = true;
    }),
    EditorView.domEventObservers({
      mousedown: () => {
        writing = true;
      },
      blur: () => {
        writing = false;
      },
      keydown: (event) => {
        if (event.key === 'Escape') writing = false;
      },
    }),
  ];
}

/** Tab in an editor: it indents for those who write and moves on for those who walk through the page by keyboard. */
import { type Extension, Prec } from '@codemirror/state';
import { type Command, EditorView, keymap } from '@codemirror/view';

/**
 * Tab indents once the reader has clicked or typed in the editor. Coming in by Tab, or pressing Escape, gives Tab back to the page until the
 * next edit, without a time limit. (Control+M, CodeMirror's own switch, gives it back for good.)
 */
export function tabKeys({ indent, outdent }: { indent: Command; outdent: Command }): Extension {
  let writing = false;
  const whenWriting =
    (command: Command): Command =>
    (view) =>
      writing && !view.state.readOnly && command(view);
  return [
    Prec.high(keymap.of([{ key: 'Tab', run: whenWriting(indent), shift: whenWriting(outdent) }])),
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

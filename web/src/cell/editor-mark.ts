/** The mark on the line that failed, for the eye and for a screen reader. */
import { StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView } from '@codemirror/view';

/** A line number (1-based), or null for none. */
export const setErrorLine = StateEffect.define<number | null>();

const line = Decoration.line({ class: 'cm-error-line', attributes: { 'data-error': 'true' } });

export const errorMark = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    let next = marks;
    if (transaction.docChanged) {
      let touched = false;
      marks.between(0, transaction.startState.doc.length, (from) => {
        const { to } = transaction.startState.doc.lineAt(from);
        if (transaction.changes.touchesRange(from, to)) touched = true;
      });
      next = touched ? Decoration.none : marks.map(transaction.changes);
    }
    for (const effect of transaction.effects) {
      if (!effect.is(setErrorLine)) continue;
      const { doc } = transaction.state;
      const inside = effect.value !== null && effect.value >= 1 && effect.value <= doc.lines;
      next = inside ? Decoration.set(line.range(doc.line(effect.value as number).from)) : Decoration.none;
    }
    return next;
  },
  provide: (marks) => [
    EditorView.decorations.from(marks),
    EditorView.contentAttributes.from(
      marks,
      (set): Record<string, string> => (set.size > 0 ? { 'aria-invalid': 'true' } : {}),
    ),
  ],
});

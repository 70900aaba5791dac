import { getIndentation, indentUnit } from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import { highlightCode } from '@lezer/highlight';
import { describe, expect, test } from 'vitest';
import { python, pythonClasses } from '../src/cell/python-mode';

/** The text with each coloured token as `class:token`. */
function coloured(source: string): string {
  const parts: string[] = [];
  highlightCode(
    source,
    python.parser.parse(source),
    pythonClasses,
    (text, classes) => {
      if (text.trim()) parts.push(classes ? `${classes}:${text}` : text);
    },
    () => parts.push('⏎'),
  );
  return parts.join(' ');
}

/** Columns before a line that is begun after `before`, with `after` already on it. */
function indent(before: string, after = ''): number | null {
  const doc = `${before}\n${after}`;
  const state = EditorState.create({
    doc,
    selection: { anchor: doc.length },
    extensions: [python, indentUnit.of('    ')],
  });
  return getIndentation(state, before.length + 1);
}

describe('colours', () => {
  test.each([
    ['def f(x):', 'k:def nf:f p:( n:x p:):'],
    ['class A(B):', 'k:class nc:A p:( n:B p:):'],
    ['@np.vectorize', 'nd:@np.vectorize'],
    ['X @ w', 'n:X o:@ n:w'],
    ['return x.print + print', 'k:return n:x o:. n:print o:+ nb:print'],
    ['x is not None  # why', 'n:x ow:is ow:not kc:None c1:# why'],
    ['1e-3 + 0xFF + .5j + 1_000', 'mf:1e-3 o:+ mf:0xFF o:+ mf:.5j o:+ mf:1_000'],
    ['rb"a\\"b" + \'c', `s2:rb"a\\"b" o:+ s2:'c`],
    ['"""a\n# b\n""" + c', 's2:"""a ⏎ s2:# b ⏎ s2:""" o:+ n:c'],
    ["'open\nx", "s2:'open ⏎ n:x"],
    ['self.match = case', 'bp:self o:. n:match o:= n:case'],
    ['match x:', 'k:match n:x p::'],
    ['β = λ', 'n:β o:= n:λ'],
    ['print(f"{x}")', 'nb:print p:( s2:f"{x}" p:)'],
  ])('of %j', (source, expected) => {
    expect(coloured(source)).toBe(expected);
  });
});

describe('the next line', () => {
  test.each([
    ['x = 1', '', 0],
    ['def f(x):', '', 4],
    ['def f(x):  # why', '', 4],
    ['    if x:', '', 8],
    ['    x = {', '', 8],
    ['    x = {', '}', 4],
    ['f(a,\n  b', '', 4],
    ['f(a,\n  b)', '', 0],
    ['x = d["a:', '', 4],
    ['x = y[1:', '', 4],
    ['    return x', '', 0],
    ['        break', '', 4],
    ['    returned = 1', '', 4],
    ['if x:\n    y', '    else:', 0],
    ['for x in y:\n    if x:\n        z', 'else:', 0],
    ['if x:\n    y', 'elsewhere', 4],
    ['text = """', '', null],
    ['x = 1\n# note:', '', 0],
  ])('after %j, with %j on it, begins at column %j', (before, after, column) => {
    expect(indent(before, after)).toBe(column);
  });
});

/**
 * Python for the editor: the colours of the static listings, and where the next line begins.
 *
 * A tokenizer rather than CodeMirror's full grammar: that one is 18 KB of the page, and neither colours nor indentation need a syntax tree.
 * Token names are Pygments' short class names, so that an editor looks like the listing that it replaces.
 */
import { type IndentContext, StreamLanguage, type StringStream } from '@codemirror/language';
import { Tag, tagHighlighter } from '@lezer/highlight';

const words = (text: string) => new Set(text.split(' '));
const KEYWORDS = words(
  'as assert async await break class continue def del elif else except finally for from global if import lambda nonlocal pass raise ' +
    'return try while with yield',
);
const WORD_OPERATORS = words('and in is not or');
const CONSTANTS = words('True False None');
const SELF = words('self cls');
const BUILTINS = words(
  'abs all any bool bytes callable chr complex dict dir divmod enumerate filter float format frozenset getattr hasattr hash help id input ' +
    'int isinstance issubclass iter len list map max min next object open ord pow print property range repr reversed round set setattr slice ' +
    'sorted staticmethod str sum super tuple type vars zip',
);
const LEAVING = words('return pass raise break continue');

const NUMBER =
  /^(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?[jJ]?)/;
const STRING = /^(?:[rbuft]{0,2})("""|'''|"|')/i;
const NAME = /^[\p{L}_][\p{L}\p{N}_]*/u;
const DECORATOR = /^@[\p{L}_][\p{L}\p{N}_.]*/u;
/** `match` and `case` are keywords only at the head of a block. */
const SOFT_KEYWORD = /^\s*(?:match|case)\b[^=]*:\s*(?:#.*)?$/;
const DEDENTING = /^\s*(?:else\b|elif\b|except\b|finally\b)/;

type TokenName = 'k' | 'ow' | 'kc' | 'bp' | 'nb' | 'nf' | 'nc' | 'nd' | 'n' | 'mf' | 's2' | 'c1' | 'o' | 'p';
const NAMES: TokenName[] = ['k', 'ow', 'kc', 'bp', 'nb', 'nf', 'nc', 'nd', 'n', 'mf', 's2', 'c1', 'o', 'p'];

interface State {
  /** What ends the string that we are in. */
  quote: string | null;
  /** For each open bracket, the indentation of the line that opened it. */
  brackets: number[];
  /** `def` or `class`, when the name that it defines comes next. */
  defining: 'nf' | 'nc' | null;
  /** Columns before the present statement. */
  indent: number;
  /** The statement ends with a colon, so far. */
  opens: boolean;
  /** The statement leaves its block: nothing can follow it there. */
  leaves: boolean;
}

const tags = Object.fromEntries(NAMES.map((name) => [name, Tag.define()])) as Record<TokenName, Tag>;

export const pythonClasses = tagHighlighter(NAMES.map((name) => ({ tag: tags[name], class: name })));

export const python = StreamLanguage.define<State>({
  name: 'python',
  tokenTable: tags,
  startState: () => ({ quote: null, brackets: [], defining: null, indent: 0, opens: false, leaves: false }),
  copyState: (state) => ({ ...state, brackets: [...state.brackets] }),
  token: readToken,
  indent: indentation,
  languageData: {
    commentTokens: { line: '#' },
    closeBrackets: {
      brackets: ['(', '[', '{', "'", '"', "'''", '"""'],
      stringPrefixes: ['f', 'r', 'b', 'u', 'fr', 'rf', 'br', 'rb', 'F', 'R', 'B'],
    },
    indentOnInput: /^\s*(?:[}\])]|else:|elif |except |finally:)$/,
  },
});

function readToken(stream: StringStream, state: State): TokenName | null {
  if (state.quote) return readString(stream, state, state.quote);
  if (stream.sol() && state.brackets.length === 0 && /^\s*[^\s#]/.test(stream.string)) beginStatement(stream, state);
  if (stream.eatSpace()) return null;
  if (stream.match('#')) {
    stream.skipToEnd();
    return 'c1';
  }
  const name = readCode(stream, state);
  state.opens = state.brackets.length === 0 && stream.current() === ':';
  return name;
}

function beginStatement(stream: StringStream, state: State): void {
  state.indent = stream.indentation();
  state.leaves = false;
  state.defining = null;
}

function readCode(stream: StringStream, state: State): TokenName | null {
  const opening = stream.match(STRING) as RegExpMatchArray | null;
  if (opening) return readString(stream, state, opening[1] as string);
  if (atStatement(stream) && stream.match(DECORATOR)) return 'nd';
  if (stream.match(NUMBER)) return 'mf';
  if (stream.match(NAME)) return nameKind(stream, state);
  if (stream.match(/^(?:[-+*/%@<>=!&|^~.]+|:=)/)) return 'o';
  const sign = stream.next() ?? '';
  if ('([{'.includes(sign)) state.brackets.push(state.brackets.length > 0 ? stream.indentation() : state.indent);
  else if (')]}'.includes(sign)) state.brackets.pop();
  return '()[]{},:;'.includes(sign) ? 'p' : null;
}

/** Reads to the string's end, or to the line's, where only a triple quote goes on. */
function readString(stream: StringStream, state: State, quote: string): TokenName {
  state.quote = quote;
  while (!stream.eol()) {
    if (stream.match(quote)) {
      state.quote = null;
      return 's2';
    }
    if (stream.next() === '\\') stream.next();
  }
  if (quote.length === 1 && !stream.string.endsWith('\\')) state.quote = null;
  return 's2';
}

function nameKind(stream: StringStream, state: State): TokenName {
  const name = stream.current();
  const defined = state.defining;
  state.defining = name === 'def' ? 'nf' : name === 'class' ? 'nc' : null;
  if (defined) return defined;
  if (stream.string[stream.start - 1] === '.') return 'n';
  if (atStatement(stream)) state.leaves = LEAVING.has(name);
  if (KEYWORDS.has(name) || (atStatement(stream) && SOFT_KEYWORD.test(stream.string))) return 'k';
  if (WORD_OPERATORS.has(name)) return 'ow';
  if (CONSTANTS.has(name)) return 'kc';
  if (SELF.has(name)) return 'bp';
  return BUILTINS.has(name) ? 'nb' : 'n';
}

function atStatement(stream: StringStream): boolean {
  return stream.string.slice(0, stream.start).trim() === '';
}

/** Columns before a line that begins with `textAfter`; null leaves it as it is. */
function indentation(state: State, textAfter: string, context: IndentContext): number | null {
  if (state.quote) return null;
  const bracket = state.brackets.at(-1);
  if (bracket !== undefined) return /^\s*[)\]}]/.test(textAfter) ? bracket : bracket + context.unit;
  if (state.opens) return state.indent + context.unit;
  if (DEDENTING.test(textAfter)) return dedented(state, context);
  return state.leaves ? Math.max(0, state.indent - context.unit) : state.indent;
}

/** One step out for `else` and its like, unless the reader has already moved the line out to where it belongs. */
function dedented(state: State, context: IndentContext): number {
  const present = context.lineIndent(context.state.selection.main.head);
  return present < state.indent ? present : Math.max(0, state.indent - context.unit);
}

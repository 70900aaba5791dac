/** A stream of printed text in the page: blocks of lines, so that a flood never lays out again what already stands there. */
import { condensed, overwritten, plain, splitUnfinished } from './text';

/** Characters in one block. */
const BLOCK = 8_192;

export class StreamView {
  readonly root = document.createElement('div');
  #block = this.#newBlock();
  /** The last line, not yet ended, and how much of the last block it takes. */
  #open = '';
  #openLength = 0;
  #unfinished = '';

  constructor(readonly kind: 'stdout' | 'stderr') {
    this.root.className = `stream ${kind}`;
  }

  append(text: string): void {
    const [finished, unfinished] = splitUnfinished(this.#unfinished + text);
    this.#unfinished = unfinished;
    const lines = (this.#open + plain(finished)).split(/\r?\n/);
    const open = lines.pop() ?? '';
    this.#block.deleteData(this.#block.length - this.#openLength, this.#openLength);
    this.#appendLines(lines);
    this.#open = condensed(open);
    const shown = overwritten(open);
    this.#block.appendData(shown);
    this.#openLength = shown.length;
  }

  #appendLines(lines: string[]): void {
    let ended = '';
    for (const line of lines) {
      ended += `${overwritten(line)}\n`;
      if (this.#block.length + ended.length < BLOCK) continue;
      this.#block.appendData(ended.slice(0, -1)); // the next block begins on a new line anyway
      this.#block = this.#newBlock();
      ended = '';
    }
    this.#block.appendData(ended);
  }

  #newBlock(): Text {
    const block = document.createElement('pre');
    const text = document.createTextNode('');
    block.append(text);
    this.root.append(block);
    return text;
  }
}

import { beforeEach, describe, expect, it } from 'vitest';
import { latexOf, plainText, withWholeFormulas } from '../src/page/copy';

const formula = (tex: string, display = '') =>
  `<math${display}><semantics><mrow><mi>w</mi><mo>=</mo><mn>1</mn></mrow><annotation encoding="application/x-tex">${tex}</annotation></semantics></math>`;

beforeEach(() => {
  document.body.innerHTML = `<p id="p">The weight ${formula('w = 1')} is one<a class="anchor">#</a>.</p>${formula('y = Xw', ' display="block"')}`;
});

const range = (from: Node, to: Node) => {
  const made = document.createRange();
  made.setStart(from, 0);
  made.setEnd(to, to.textContent?.length ?? 0);
  return made;
};

describe('copying', () => {
  it('writes LaTeX as an author does', () => {
    const [inline, display] = document.querySelectorAll('math');
    expect(latexOf(inline as Element)).toBe('$w = 1$');
    expect(latexOf(display as Element)).toBe('$$y = Xw$$');
  });

  it('puts LaTeX in place of formulas, and leaves out what only helps on screen', () => {
    const paragraph = document.querySelector('#p') as Element;
    const all = document.createRange();
    all.selectNodeContents(paragraph);
    expect(plainText(withWholeFormulas(all)).replace(/\s+/g, ' ')).toBe('The weight $w = 1$ is one.');
  });

  it('takes a formula whole when only a part of it is selected', () => {
    const [equals] = document.querySelectorAll('mo');
    const inside = equals?.firstChild as Node;
    expect(plainText(withWholeFormulas(range(inside, inside))).trim()).toBe('$w = 1$');
  });

  it('leaves the page as it was', () => {
    const before = document.body.innerHTML;
    const all = document.createRange();
    all.selectNodeContents(document.body);
    plainText(withWholeFormulas(all));
    expect(document.body.innerHTML).toBe(before);
  });
});

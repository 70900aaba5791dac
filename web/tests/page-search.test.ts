import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findRanges } from '../src/page/hits';
import { readable } from '../src/page/readable';
import { excerpt, marked, SearchIndex, type Section } from '../src/page/search-index';
import { normal, placesOf, wordsOf } from '../src/page/words';

const section = (page: string, anchor: string, title: string, text: string): Section => ({
  page,
  anchor,
  chapter: page,
  title,
  text,
});

const BOOK = [
  section('linear', 'ridge', 'Ridge', 'A penalty shrinks the coefficients. \\lambda is its size.'),
  section('linear', 'gradient', 'The gradient', 'The gradient of the loss, and of ridge.'),
  section('svd', 'rank', 'Rank', 'Gradients play no part here. Naïve words, Éckart.'),
];

const anchors = (hits: { section: Section }[]) => hits.map((hit) => hit.section.anchor);

describe('the index', () => {
  const index = new SearchIndex(BOOK);

  it('finds the page’s own sections apart from those of other pages', () => {
    const { here, elsewhere } = index.find('gradient', 'linear');
    expect(anchors(here)).toEqual(['gradient']);
    expect(anchors(elsewhere)).toEqual(['rank']);
  });

  it.each([
    ['the start of a word', 'shrin', ['ridge']],
    ['a slip of the finger', 'coeficients', ['ridge']],
    ['a name in a formula', 'lambda', ['ridge']],
    ['words without their accents', 'naive eckart', ['rank']],
    ['every word that was asked for', 'ridge loss', ['gradient']],
    ['titles before text', 'ridge', ['ridge', 'gradient']],
    ['nothing for nothing', ' ', []],
    ['nothing for what is not there', 'transformer', []],
  ])('finds %s', (_what, query, expected) => {
    expect(anchors(index.find(query, '').elsewhere)).toEqual(expected);
  });

  it('says which words of the section answer the query', () => {
    const [hit] = index.find('gradi', 'svd').here;
    expect([...(hit?.terms ?? [])]).toEqual(['gradients']);
  });
});

describe('excerpts', () => {
  it('mark whole words and lose no text', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (text, words) => {
        const terms = new Set([...words, ...wordsOf(text).slice(0, 2)].map(normal));
        const pieces = marked(text, terms);
        expect(pieces.map((piece) => piece.text).join('')).toBe(text);
        for (const piece of pieces.filter(({ hit }) => hit)) expect(terms.has(normal(piece.text))).toBe(true);
      }),
    );
  });

  it('stand around the first hit and say that there is more', () => {
    const text = `${'before '.repeat(60)}ridge ${'after '.repeat(60)}`;
    const pieces = excerpt(text, new Set(['ridge']));
    expect(pieces[0]?.text).toBe('… ');
    expect(pieces.at(-1)?.text).toBe(' …');
    expect(pieces.filter(({ hit }) => hit).map((piece) => piece.text)).toEqual(['ridge']);
    expect(pieces.map((piece) => piece.text).join('').length).toBeLessThan(250);
  });

  it('show formulas in letters', () => {
    expect(readable(String.raw`shrinks \hat w = (X^\top X + \lambda I)^{-1} X^\top y toward`)).toBe(
      'shrinks w = (X^⊤ X + λ I)^-1 X^⊤ y toward',
    );
    expect(readable('{"a": 1}')).toBe('{"a": 1}');
  });
});

describe('hits in the page', () => {
  it('are words of the text, not of what is hidden or pressed', () => {
    const article = document.createElement('article');
    article.innerHTML =
      '<p>Ridge <b>ridge</b> bridge</p><button>Ridge</button><math><annotation>ridge</annotation></math><pre>ridge()</pre>';
    expect(findRanges(article, new Set(['ridge'])).map(String)).toEqual(['Ridge', 'ridge', 'ridge']);
  });

  it('are found without regard to case and accents', () => {
    expect(placesOf('Éckart éckart Eck', new Set(['eckart']))).toEqual([
      [0, 6],
      [7, 13],
    ]);
  });
});

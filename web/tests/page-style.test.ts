// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const folder = new URL('../src/style/', import.meta.url);
const tokens = readFileSync(new URL('tokens.css', folder), 'utf8');
const sheets = readdirSync(folder).filter((name) => name.endsWith('.css'));

type Names = Record<string, string>;

/** Custom properties of each `:root…{}` block, by its selector, in order. */
function blocks(css: string): [string, Names][] {
  return [...css.matchAll(/(:root[^{]*)\{([^}]*)\}/g)].map(([, selector, body]) => [
    (selector ?? '').trim(),
    Object.fromEntries([...(body ?? '').matchAll(/(--[\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [name, value])),
  ]);
}

const [[, light], [, dark], [, systemDark]] = blocks(tokens) as [[string, Names], [string, Names], [string, Names]];

/** WCAG 2 contrast of two #rrggbb colours. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string) => {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

describe('colours', () => {
  it('contrast is computed as WCAG says', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  });

  it('are the same for a dark system and for a reader who chose dark', () => {
    expect(systemDark).toEqual(dark);
  });

  const code = Object.keys(light).filter((name) => name.startsWith('--code-') && light[name]?.startsWith('#'));
  const text: [string, string][] = [
    ...['--ink', '--muted', '--accent', '--good', '--bad', '--warn'].flatMap((ink) =>
      ['--paper', '--panel', '--raised'].map((ground): [string, string] => [ink, ground]),
    ),
    ...code.map((ink): [string, string] => [ink, '--panel']),
    ['--accent-ink', '--accent'],
    ['--accent', '--accent-soft'],
    ['--muted', '--accent-soft'],
    ['--ink', '--mark'],
    ...['good', 'bad', 'warn'].flatMap((name): [string, string][] => [
      [`--${name}`, `--${name}-soft`],
      ['--ink', `--${name}-soft`],
      ['--muted', `--${name}-soft`],
    ]),
  ];

  it.each(text)('of text: %s on %s keep 4.5:1 in light and dark', (ink, ground) => {
    for (const names of [light, dark]) {
      expect(contrast(names[ink] as string, names[ground] as string)).toBeGreaterThanOrEqual(4.5);
    }
  });

  it.each(['--edge', '--focus'])('of borders: %s keeps 3:1', (name) => {
    for (const names of [light, dark])
      for (const ground of ['--paper', '--panel', '--raised'])
        expect(contrast(names[name] as string, names[ground] as string)).toBeGreaterThanOrEqual(3);
  });
});

describe('style sheets', () => {
  it('use no custom property that nobody sets', () => {
    const all = sheets.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n');
    const used = new Set([...all.matchAll(/var\((--[\w-]+)\)/g)].map(([, name]) => name));
    expect([...used].filter((name) => !((name as string) in light))).toEqual([]);
  });

  it('are all imported by main.css, or by a sheet that is', () => {
    const imported = sheets.flatMap((name) =>
      [...readFileSync(new URL(name, folder), 'utf8').matchAll(/@import "\.\/([\w-]+\.css)"/g)].map(([, file]) => file),
    );
    expect(sheets.filter((name) => name !== 'main.css' && !imported.includes(name))).toEqual([]);
  });
});

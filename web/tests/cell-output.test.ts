import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MAX_PARTS, Output } from '../src/cell/output';
import { StreamView } from '../src/cell/stream';
import { condensed, overwritten, plain } from '../src/cell/text';
import type { RunEvent } from '../src/contract';
import { MAX_TEXT } from '../src/sandbox/messages';

let region: HTMLElement;
let output: Output;

beforeEach(() => {
  document.body.innerHTML = '<section></section>';
  region = document.body.firstElementChild as HTMLElement;
  output = new Output(region, 'c1');
  output.begin();
});

afterEach(() => {
  output.clear();
  vi.restoreAllMocks();
});

const out = (text: string): RunEvent => ({ type: 'stdout', text });

async function shown(...events: RunEvent[]): Promise<string> {
  for (const event of events) output.add(event);
  await output.end();
  return region.textContent ?? '';
}

describe('printed text', () => {
  test('is one block a stream, in the order of printing', async () => {
    await shown(out('a'), out('b\n'), { type: 'stderr', text: 'oh\n' }, out('c'));
    const streams = [...region.querySelectorAll('.stream')].map((s) => [s.className, s.textContent]);
    expect(streams).toEqual([
      ['stream stdout', 'ab\n'],
      ['stream stderr', 'oh\n'],
      ['stream stdout', 'c'],
    ]);
  });

  test('is never markup', async () => {
    await shown(out('<img src=x onerror=alert(1)>'));
    expect(region.querySelector('img')).toBeNull();
    expect(region.textContent).toBe('<img src=x onerror=alert(1)>');
  });

  test('of a million prints is cut at the limit, a few nodes a frame, with a note', async () => {
    const line = `${'x'.repeat(9)}\n`;
    const frames = vi.spyOn(globalThis, 'requestAnimationFrame');
    for (let i = 0; i < 1_000_000; i++) output.add(out(line));
    await output.end();
    const text = [...region.querySelectorAll('.stream')].reduce((n, s) => n + (s.textContent?.length ?? 0), 0);
    expect(text).toBeLessThanOrEqual(MAX_TEXT);
    expect(text).toBeGreaterThan(MAX_TEXT * 0.99);
    expect(region.querySelectorAll('.output-note').length).toBe(1);
    expect(region.querySelectorAll('*').length).toBeLessThan(60);
    expect(frames.mock.calls.length).toBeLessThan(20);
  });

  test('that jumps between the streams is cut by the number of parts', async () => {
    for (let i = 0; i < 10_000; i++) output.add({ type: i % 2 ? 'stdout' : 'stderr', text: 'x' });
    await output.end();
    expect(region.querySelectorAll('.stream').length).toBe(MAX_PARTS);
    expect(region.querySelector('.output-note')?.textContent).toContain('cut');
  });

  test('is not cut for coming slowly', async () => {
    for (let i = 0; i < 40; i++) {
      output.add(out(`${i}\n`));
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    await output.end();
    expect(region.querySelectorAll('.stream').length).toBe(1);
    expect(region.textContent?.startsWith('0\n1\n')).toBe(true);
  });
});

describe('a stream', () => {
  const printed = (...pieces: string[]) => {
    const view = new StreamView('stdout');
    for (const piece of pieces) view.append(piece);
    return view.root.textContent;
  };

  test('drops colours, also when they arrive in two pieces', () => {
    expect(plain('\x1b[31;1mred\x1b[0m \x1b]8;;http://x\x07link')).toBe('red link');
    expect(printed('\x1b[3', '1mred\x1b', '[0m!')).toBe('red!');
  });

  test('lets a progress bar overwrite its line', () => {
    expect(overwritten('10%\r20%')).toBe('20%');
    expect(overwritten('abcdef\rXY')).toBe('XYcdef');
    expect(printed('10%', '\r20%', '\r100%\n', 'done')).toBe('100%\ndone');
    expect(printed('one\r\ntwo')).toBe('one\ntwo');
  });

  test('may be condensed at any moment', () => {
    for (const line of ['', 'abc', 'abcdef\rXY', '\r', 'a\rbc\rd']) {
      for (const more of ['', 'Z', '\rZZ', 'longer than all that']) {
        expect(overwritten(condensed(line) + more)).toBe(overwritten(line + more));
      }
    }
  });

  test('begins a new block after some thousand characters and loses nothing', () => {
    const view = new StreamView('stdout');
    const lines = Array.from({ length: 5_000 }, (_, i) => String(i));
    for (let i = 0; i < lines.length; i += 7) view.append(`${lines.slice(i, i + 7).join('\n')}\n`);
    const blocks = [...view.root.querySelectorAll('pre')].map((block) => block.textContent ?? '');
    expect(blocks.length).toBeGreaterThan(2);
    expect(blocks.map((block) => block.replace(/\n$/, '')).join('\n')).toBe(lines.join('\n'));
  });
});

describe('other results', () => {
  test('a table has its caption, heads and row labels', async () => {
    const table = {
      header: ['', 'x', 'y'],
      rows: [['0', '1.0', '<i>2</i>']],
      caption: 'DataFrame, 1 row × 2 columns',
      labels: 1,
    };
    await shown({ type: 'value', text: '', caption: null, table });
    expect(region.querySelector('caption')?.textContent).toBe('DataFrame, 1 row × 2 columns');
    expect([...region.querySelectorAll('th[scope=col]')].map((th) => th.textContent)).toEqual(['x', 'y']);
    expect(region.querySelector('th[scope=row]')?.textContent).toBe('0');
    expect([...region.querySelectorAll('tbody td')].map((td) => td.textContent)).toEqual(['1.0', '<i>2</i>']);
    expect(region.querySelector('[role=group]')?.getAttribute('aria-label')).toBe('DataFrame, 1 row × 2 columns');
  });

  test('a value without a table shows its caption', async () => {
    const text = await shown({ type: 'value', text: 'array([1, 2])', caption: 'int64, shape (2,)', table: null });
    expect(text).toContain('int64, shape (2,)');
    expect(region.querySelector('.value pre')?.textContent).toBe('array([1, 2])');
  });

  test('a warning names its kind and line, a note stands as it is', async () => {
    const text = await shown(
      { type: 'warning', category: 'RuntimeWarning', message: 'divide by zero', line: 3 },
      { type: 'note', text: 'Only the first 20 figures are shown.' },
    );
    expect(text.replace(/\s+/g, ' ')).toContain('RuntimeWarning in line 3: divide by zero');
    expect(text).toContain('Only the first 20 figures');
  });

  test('a figure follows the theme, and its pictures are freed with it', async () => {
    let made = 0;
    vi.spyOn(URL, 'createObjectURL').mockImplementation(() => `blob:${++made}`);
    const freed = vi.spyOn(URL, 'revokeObjectURL');
    document.documentElement.dataset.theme = 'light';
    const bytes = new Uint8Array([1]);
    await shown({ type: 'figure', light: bytes, dark: bytes, width: 320, height: 240, alt: 'Line plot of loss' });
    const image = region.querySelector('img') as HTMLImageElement;
    expect([image.getAttribute('src'), image.alt, image.width, image.height]).toEqual([
      'blob:1',
      'Line plot of loss',
      320,
      240,
    ]);
    document.documentElement.dataset.theme = 'dark';
    await vi.waitFor(() => expect(image.getAttribute('src')).toBe('blob:2'));
    output.clear();
    expect(freed.mock.calls.flat()).toEqual(['blob:1', 'blob:2']);
    document.documentElement.dataset.theme = 'light';
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(image.getAttribute('src')).toBe('blob:2');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEvent, parseReport, parseVerdict } from '../src/sandbox/messages';
import { fromJson } from '../src/sandbox/parse';

const KINDS = ['stdout', 'stderr', 'value', 'figure', 'warning', 'error', 'note'];
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3);

/** Any value at all, and values that look almost like an event. */
const hostile = fc.oneof(
  fc.anything({ withBigInt: true, withTypedArray: true, withMap: true, withSet: true, withDate: true }),
  fc.record(
    {
      type: fc.constantFrom(...KINDS, 'html', '__proto__'),
      text: fc.anything(),
      caption: fc.anything(),
      table: fc.anything(),
      error: fc.anything(),
      message: fc.anything(),
      category: fc.anything(),
      line: fc.anything(),
      light: fc.oneof(fc.uint8Array(), fc.anything()),
      dark: fc.oneof(fc.uint8Array(), fc.anything()),
      width: fc.anything(),
      height: fc.anything(),
      alt: fc.anything(),
    },
    { requiredKeys: [] },
  ),
);

describe('an event from a worker', () => {
  it('is a known event or is dropped, whatever it is', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        const event = parseEvent(value);
        if (event === undefined) return;
        expect(KINDS).toContain(event.type);
        // What has been accepted is accepted again, as it stands: nothing unchecked is left in it.
        expect(parseEvent(event)).toEqual(event);
        expect(parseEvent(structuredClone(event))).toEqual(event);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    { type: 'stdout', text: 'a' },
    { type: 'value', text: '1', caption: null, table: null },
    { type: 'value', text: '', caption: 'c', table: { header: ['a'], rows: [['1']], caption: 'c', labels: 1 } },
    { type: 'figure', light: PNG, dark: PNG, width: 4, height: 3, alt: 'a line' },
    { type: 'warning', category: 'UserWarning', message: 'm', line: 3 },
    { type: 'note', text: 'cut' },
    { type: 'error', error: { name: 'E', message: 'm', frames: [], line: null, help: null } },
  ])('passes when it is well formed: $type', (event) => {
    expect(parseEvent(event)).toEqual(event);
  });

  it.each<[unknown, string]>([
    [{ type: 'html', html: '<b>' }, 'an unknown type'],
    [{ type: 'stdout', text: { toString: () => 'x' } }, 'an object for a text'],
    [{ type: 'figure', light: new TextEncoder().encode('<svg/>'), dark: PNG, width: 1, height: 1, alt: '' }, 'an SVG'],
    [{ type: 'figure', light: PNG, dark: PNG, width: 1e9, height: 1, alt: '' }, 'a picture without measure'],
    [{ type: 'figure', light: PNG, dark: PNG, width: Number.NaN, height: 1, alt: '' }, 'a width that is no number'],
    [{ type: 'warning', category: 'W', message: 'm', line: -1 }, 'a line before the first'],
    [{ type: 'error', error: { name: 'E', message: 'm', frames: [{}], line: null, help: null } }, 'an empty frame'],
  ])('is dropped: %j, %s', (event) => {
    expect(parseEvent(event)).toBeUndefined();
  });

  it('loses the fields that nobody knows', () => {
    expect(parseEvent({ type: 'note', text: 'a', html: '<b>', __proto__: { x: 1 } })).toEqual({
      type: 'note',
      text: 'a',
    });
  });

  it('is cut where it is too long to show', () => {
    const event = parseEvent({
      type: 'error',
      error: { name: 'E'.repeat(10_000), message: '', frames: [], line: 1, help: null },
    });
    expect(event?.type === 'error' && event.error.name.length).toBe(300);
  });
});

describe('a report from a worker', () => {
  it('is known or is dropped, whatever it is', () => {
    fc.assert(
      fc.property(fc.anything({ withTypedArray: true }), (value) => {
        const report = parseReport(value);
        if (report !== undefined) expect(parseReport(report)).toEqual(report);
      }),
    );
  });

  it('keeps the events that parse and drops the others', () => {
    const good = { type: 'stdout', text: 'a' };
    const report = parseReport({ kind: 'events', id: 'x', events: [good, { type: 'html' }, null, good] });
    expect(report).toEqual({ kind: 'events', id: 'x', events: [good, good] });
  });

  it('is dropped when its kind is made up', () => {
    expect(parseReport({ kind: 'verdict', status: 'right' })).toBeUndefined();
  });
});

describe('a verdict', () => {
  it('is read from JSON as it was written', () => {
    const verdict = {
      ...{
        status: 'wrong',
        title: 't',
        message: 'm',
        mistake: null,
        diagnosis: ['d'],
        stdout: '',
        passed: 1,
        total: 2,
      },
      counterexample: { inputs: [{ name: 'x', text: '1' }], expected: '2', got: '3' },
      error: null,
    };
    expect(fromJson(JSON.stringify(verdict), parseVerdict)).toEqual(verdict);
  });

  it.each(['', '{', 'null', '[]', '{"status":"right"}', '"right"'])('is refused when it is %j', (json) => {
    expect(fromJson(json, parseVerdict)).toBeUndefined();
  });
});

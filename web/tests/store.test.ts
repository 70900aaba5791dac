import 'fake-indexeddb/auto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countCharacters, splitCharacters } from '../src/store/characters';
import { type Database, keyOf, openIndexed, openMemory, TABLES } from '../src/store/database';
import { makeDrafts } from '../src/store/drafts';
import { makeEvents } from '../src/store/events';
import { mergeLines } from '../src/store/merge';
import { HISTORY, makeNotes } from '../src/store/notes';
import { foldProgress } from '../src/store/progress';
import { ULID, ulid } from '../src/store/ulid';

let serial = 0;
const STORES: [string, () => Promise<Database>][] = [
  ['IndexedDB', () => openIndexed(`test-${++serial}`)],
  ['memory', async () => openMemory('Nothing lasts.')],
];

/** The same database at every call, as a page has it. */
function shared(make: () => Promise<Database>): () => Promise<Database> {
  const made = make();
  return () => made;
}

describe.each(STORES)('tables in %s', (_name, make) => {
  test('keep a row under its key, apart from later changes of the object', async () => {
    const db = await make();
    const draft = { page: 'p', id: 'a', text: 'x = 1', author: '', saved: 5 };
    await db.write(['drafts'], (t) => t.put('drafts', draft));
    draft.text = 'changed';
    expect(await db.read(['drafts'], (t) => t.get('drafts', ['p', 'a']))).toMatchObject({ text: 'x = 1' });
    expect(await db.read(['drafts'], (t) => t.get('drafts', ['p', 'b']))).toBeUndefined();
  });

  test('find rows by the first part of their key', async () => {
    const db = await make();
    const row = (page: string, id: string) => ({ page, id, text: '', author: '', saved: 0 });
    await db.write(['drafts'], async (t) => {
      for (const [page, id] of [
        ['b', '1'],
        ['a', '2'],
        ['a', '1'],
        ['ab', '1'],
      ] as const)
        await t.put('drafts', row(page, id));
    });
    const found = await db.read(['drafts'], (t) => t.all('drafts', 'a'));
    expect(found.map((draft) => keyOf('drafts', draft))).toEqual([
      ['a', '1'],
      ['a', '2'],
    ]);
  });

  test('keep nothing of a transaction that fails, and go on after it', async () => {
    const db = await make();
    const failing = db.write(['heads'], async (t) => {
      await t.put('heads', { note: 'p', rev: 'r' });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await db.read(['heads'], (t) => t.all('heads'))).toEqual([]);
    await db.write(['heads'], (t) => t.put('heads', { note: 'p', rev: 's' }));
    expect(await db.read(['heads'], (t) => t.get('heads', 'p'))).toEqual({ note: 'p', rev: 's' });
  });

  test('write one after another, so that no update is lost', async () => {
    const db = await make();
    const add = (n: number) =>
      db.write(['heads'], async (t) => {
        const head = await t.get('heads', 'sum');
        await t.put('heads', { note: 'sum', rev: String(Number(head?.rev ?? 0) + n) });
      });
    await Promise.all([1, 2, 3, 4].map(add));
    expect(await db.read(['heads'], (t) => t.get('heads', 'sum'))).toEqual({ note: 'sum', rev: '10' });
  });

  test('clear and delete', async () => {
    const db = await make();
    await db.write(TABLES, async (t) => {
      await t.put('heads', { note: 'a', rev: '1' });
      await t.put('heads', { note: 'b', rev: '1' });
      await t.delete('heads', 'a');
    });
    expect(await db.read(['heads'], (t) => t.all('heads'))).toEqual([{ note: 'b', rev: '1' }]);
    await db.write(['heads'], (t) => t.clear('heads'));
    expect(await db.read(['heads'], (t) => t.all('heads'))).toEqual([]);
  });
});

describe('connection', () => {
  test('gives way to a tab that deletes or upgrades, and opens again at the next use', async () => {
    const name = `test-${++serial}`;
    const db = await openIndexed(name);
    await db.write(['heads'], (t) => t.put('heads', { note: 'a', rev: '1' }));
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name);
      request.onsuccess = () => resolve();
      request.onerror = () => reject(request.error);
    });
    expect(await db.read(['heads'], (t) => t.all('heads'))).toEqual([]);
  });
});

describe.each(STORES)('drafts in %s', (_name, make) => {
  test('are saved, loaded and cleared', async () => {
    const drafts = makeDrafts(shared(make));
    await drafts.save('p', 'cell-1', 'x = 2', 'x = 1');
    expect(await drafts.load('p', 'cell-1')).toMatchObject({ text: 'x = 2', author: 'x = 1' });
    await drafts.clear('p', 'cell-1');
    expect(await drafts.load('p', 'cell-1')).toBeNull();
  });

  test('that had no time to be stored are found at the next visit', async () => {
    localStorage.clear();
    const open = shared(make);
    await makeDrafts(open).save('p', 'a', 'stored', '');
    const dying = makeDrafts(() => new Promise(() => {}));
    void dying.save('p', 'a', 'last words', 'author');
    void dying.save('p', 'ab', 'of another cell', '');
    const next = makeDrafts(open);
    expect(await next.load('p', 'a')).toMatchObject({ text: 'last words', author: 'author' });
    expect(await makeDrafts(open).load('p', 'a')).toMatchObject({ text: 'last words' });
    expect(await next.load('p', 'ab')).toMatchObject({ text: 'of another cell' });
    expect(Object.keys(localStorage)).toEqual([]);
  });

  test('of two tabs that closed at once are both there, the older one set aside', async () => {
    localStorage.clear();
    const open = shared(make);
    for (const text of ['first words', 'last words']) {
      void makeDrafts(() => new Promise(() => {})).save('p', 'a', text, '');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(await makeDrafts(open).load('p', 'a')).toMatchObject({ text: 'last words' });
    const asides = await (await open()).read(['asides'], (t) => t.all('asides'));
    expect(asides.map(({ text }) => text)).toEqual(['first words']);
  });

  test('of another tab are set aside before they are cleared', async () => {
    const open = shared(make);
    const [one, other] = [makeDrafts(open), makeDrafts(open)];
    await one.save('p', 'a', 'from one', '');
    await other.clear('p', 'a');
    await one.save('p', 'a', 'seen', '');
    await one.clear('p', 'a');
    const asides = await (await open()).read(['asides'], (t) => t.all('asides'));
    expect(asides.map(({ text }) => text)).toEqual(['from one']);
  });

  test('of another tab are set aside before they are overwritten', async () => {
    const open = shared(make);
    const [one, other] = [makeDrafts(open), makeDrafts(open)];
    await one.save('p', 'a', 'from one', '');
    await other.load('p', 'a');
    await one.save('p', 'a', 'from one, more', '');
    await other.save('p', 'a', 'from the other', '');
    expect(await one.load('p', 'a')).toMatchObject({ text: 'from the other' });
    const asides = await (await open()).read(['asides'], (t) => t.all('asides'));
    expect(asides.map(({ text }) => text)).toEqual(['from one, more']);
  });
});

describe.each(STORES)('events in %s', (_name, make) => {
  test('are appended once, however often the same thing happens', async () => {
    const events = makeEvents(shared(make));
    for (const hints of [1, 2, 2]) await events.record({ type: 'hinted', page: 'p', exercise: 'e', hints });
    for (let i = 0; i < 3; i++) await events.record({ type: 'attempted', page: 'p', exercise: 'e' });
    const log = await events.all();
    expect(log.map(({ type, hints }) => [type, hints])).toEqual(
      expect.arrayContaining([
        ['hinted', 1],
        ['hinted', 2],
        ['attempted', undefined],
      ]),
    );
    expect(log).toHaveLength(3);
    expect(log.every(({ id }) => ULID.test(id))).toBe(true);
  });
});

const anEvent = fc.record({
  id: fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F'),
  type: fc.constantFrom('attempted', 'solved', 'hinted', 'revealed', 'noted', 'reviewed'),
  page: fc.constantFrom('p', 'q'),
  at: fc.nat(),
  exercise: fc.constantFrom('e', 'f'),
  hints: fc.integer({ min: 1, max: 3 }),
});

describe('progress', () => {
  test('is the same for every order and repetition of the events', () => {
    const shuffled = fc
      .array(anEvent, { maxLength: 12 })
      .chain((log) => fc.tuple(fc.constant(log), fc.shuffledSubarray([...log, ...log], { minLength: log.length * 2 })));
    fc.assert(
      fc.property(shuffled, ([log, other]) => {
        expect(foldProgress(other)).toEqual(foldProgress(log));
      }),
    );
  });

  test('only grows', () => {
    fc.assert(
      fc.property(fc.array(anEvent), anEvent, (log, next) => {
        const before = foldProgress(log).get(next.page)?.exercises.get(next.exercise);
        const after = foldProgress([...log, next])
          .get(next.page)
          ?.exercises.get(next.exercise);
        expect(!before?.solved || after?.solved).toBe(true);
        expect((after?.hints ?? 0) >= (before?.hints ?? 0)).toBe(true);
      }),
    );
  });

  test('a solved exercise counts as attempted, whichever event came', () => {
    const solved = { id: 'A', type: 'solved', page: 'p', at: 0, exercise: 'e' };
    expect(foldProgress([solved]).get('p')?.exercises.get('e')).toEqual({
      attempted: true,
      solved: true,
      revealed: false,
      hints: 0,
    });
  });
});

describe.each(STORES)('notes in %s', (_name, make) => {
  test('are written over the newest revision only', async () => {
    const notes = makeNotes(shared(make));
    const first = await notes.save('p', null, 'one', 'tab-1');
    if (!('saved' in first)) throw new Error('refused');
    const second = await notes.save('p', first.saved, 'two', 'tab-2');
    expect(second).toMatchObject({ saved: { body: 'two', parent: first.saved.rev } });
    expect(await notes.save('p', first.saved, 'late', 'tab-1')).toMatchObject({ refused: { head: { body: 'two' } } });
    expect(await notes.save('p', null, 'later', 'tab-1')).toMatchObject({ refused: { head: { body: 'two' } } });
    expect(await notes.head('p')).toMatchObject({ body: 'two' });
  });

  test('of one tab and minute become one revision; of two tabs never', async () => {
    let now = 0;
    const notes = makeNotes(shared(make), () => now);
    const write = async (body: string, tab: string) => notes.save('p', await notes.head('p'), body, tab);
    await write('a', '1');
    await write('ab', '1');
    await write('abc', '2');
    now = 61_000;
    await write('abcd', '2');
    const history = await notes.history('p');
    expect(history.map(({ body }) => body).sort()).toEqual(['ab', 'abc', 'abcd']);
    const parents = new Map(history.map(({ rev, body }) => [rev, body]));
    expect(history.map(({ body, parent }) => [body, parents.get(parent ?? '')]).sort()).toEqual([
      ['ab', undefined],
      ['abc', 'ab'],
      ['abcd', 'abc'],
    ]);
  });

  test('keep the last text that fits when a longer one follows', async () => {
    const notes = makeNotes(shared(make), () => 0);
    await notes.save('p', null, 'fits', '1');
    await notes.save('p', await notes.head('p'), 'x'.repeat(8001), '1');
    await notes.save('p', await notes.head('p'), 'x'.repeat(8002), '1');
    expect((await notes.history('p')).map(({ body }) => body.length).sort()).toEqual([4, 8002]);
  });

  test('keep a bounded history, the newest of it', async () => {
    let now = 0;
    const notes = makeNotes(shared(make), () => now);
    for (let i = 0; i < HISTORY + 5; i++) {
      now += 60_000;
      await notes.save('p', await notes.head('p'), `text ${i}`, '1');
    }
    const history = await notes.history('p');
    expect(history).toHaveLength(HISTORY);
    expect(history[0]?.body).toBe(`text ${HISTORY + 4}`);
    expect(history.at(-1)?.body).toBe('text 5');
  });
});

const aText = fc
  .array(fc.constantFrom('', 'a', 'b', 'c', 'mean', '  x'), { maxLength: 8 })
  .map((lines) => lines.join('\n'));

describe('merge', () => {
  test('loses no line that either side typed', () => {
    fc.assert(
      fc.property(aText, aText, aText, (base, mine, theirs) => {
        const merged = countLines(mergeLines(base, mine, theirs).text);
        const before = countLines(base);
        for (const side of [countLines(mine), countLines(theirs)])
          for (const [line, count] of side)
            if (!before.has(line)) expect(merged.get(line) ?? 0).toBeGreaterThanOrEqual(count);
      }),
      { numRuns: 2000 },
    );
  });

  test('invents no line', () => {
    fc.assert(
      fc.property(aText, aText, aText, (base, mine, theirs) => {
        const known = new Set([base, mine, theirs].flatMap((text) => text.split('\n')));
        for (const line of mergeLines(base, mine, theirs).text.split('\n')) expect(known.has(line)).toBe(true);
      }),
    );
  });

  test('takes the only change, and a change made on both sides once', () => {
    fc.assert(
      fc.property(aText, aText, (base, changed) => {
        expect(mergeLines(base, changed, base)).toEqual({ text: changed, both: [] });
        expect(mergeLines(base, base, changed)).toEqual({ text: changed, both: [] });
        expect(mergeLines(base, changed, changed)).toEqual({ text: changed, both: [] });
      }),
    );
  });

  test.each([
    ['different lines', 'a\nb\nc', 'A\nb\nc', 'a\nb\nC', 'A\nb\nC', []],
    ['neighbouring lines', 'a\nb', 'A\nb', 'a\nB', 'A\nB', []],
    ['a line and one added below it', 'a', 'A', 'a\nb', 'A\nb', []],
    ['the same line', 'a\nb\nc', 'a\nmine\nc', 'a\ntheirs\nc', 'a\nmine\ntheirs\nc', [2]],
    ['two texts without a common past', '', 'mine', 'theirs', 'mine\ntheirs', [1]],
    ['a deletion and a change', 'a\nb', 'a', 'a\nB', 'a\nB', [2]],
  ])('%s', (_name, base, mine, theirs, text, both) => {
    expect(mergeLines(base, mine, theirs)).toEqual({ text, both });
  });
});

function countLines(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of text.split('\n')) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}

describe('characters', () => {
  test.each([
    ['', 0],
    ['abc', 3],
    ['e\u0301', 1],
    ['👩‍👩‍👧‍👦', 1],
    ['👍🏽!', 2],
    ['🇩🇪🇫🇷', 2],
    ['∂L/∂w', 5],
    ['a\nb\n', 4],
    ['क्षि', 1],
  ])('%j counts %i', (text, count) => {
    expect(countCharacters(text)).toBe(count);
  });

  test('line by line is the same as all at once', () => {
    const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom('\n', 'e', '\u0301', '\u200d', '👩', '🏽', '🇩'), fc.string()),
    });
    fc.assert(
      fc.property(text, (value) => {
        const typed = value.replaceAll('\r', '');
        expect(countCharacters(typed)).toBe([...segmenter.segment(typed)].length);
      }),
    );
  });

  test('a split keeps everything and cuts no character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, limit) => {
        const [kept, rest] = splitCharacters(text, limit);
        expect(kept + rest).toBe(text);
        expect(countCharacters(kept)).toBe(Math.min(limit, countCharacters(text)));
      }),
    );
  });
});

describe('ulid', () => {
  test('sorts by time and has the form of the specification', () => {
    const zeros = new Uint8Array(16);
    expect(ulid(1469918176385, zeros)).toBe('01ARYZ6S410000000000000000');
    expect(ulid(0, new Uint8Array(16).fill(31))).toBe('0000000000ZZZZZZZZZZZZZZZZ');
    expect(ulid() < ulid(Date.now() + 10)).toBe(true);
    expect(ulid()).toMatch(ULID);
  });
});

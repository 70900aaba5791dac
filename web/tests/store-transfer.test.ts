import 'fake-indexeddb/auto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Archive, ArchiveError, readArchive, UPGRADES, VERSION } from '../src/store/archive';
import { type Database, openIndexed, openMemory, TABLES } from '../src/store/database';
import { makeDrafts } from '../src/store/drafts';
import { makeEvents } from '../src/store/events';
import { makeNotes } from '../src/store/notes';
import { archiveName, eraseAll, exportAll, importArchive } from '../src/store/transfer';

let serial = 0;

function device() {
  const made = openIndexed(`transfer-${++serial}`);
  const open = () => made;
  const notes = makeNotes(open);
  return {
    open,
    notes,
    drafts: makeDrafts(open),
    events: makeEvents(open),
    write: async (page: string, body: string) => notes.save(page, await notes.head(page), body, 'tab'),
    body: async (page: string) => (await notes.head(page))?.body,
    export: async () => JSON.stringify(await exportAll(open)),
    import: (text: string) => importArchive(readArchive(text), open),
  };
}

/** All that a device holds, without the time of the export. */
async function content(open: () => Promise<Database>) {
  return { ...(await exportAll(open)), exported: '' };
}

const aText = fc.array(fc.constantFrom('a', 'b', '', 'λ'), { maxLength: 4 }).map((lines) => lines.join('\n'));
interface Act {
  kind: 'note' | 'draft' | 'solved';
  page: string;
  text: string;
}

const anAct: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant('note' as const), page: fc.constantFrom('p', 'q'), text: aText }),
  fc.record({ kind: fc.constant('draft' as const), page: fc.constantFrom('p', 'q'), text: aText }),
  fc.record({ kind: fc.constant('solved' as const), page: fc.constantFrom('p', 'q'), text: fc.constantFrom('e', 'f') }),
);

async function act(on: ReturnType<typeof device>, acts: Act[]): Promise<void> {
  for (const { kind, page, text } of acts) {
    if (kind === 'note') await on.write(page, text);
    else if (kind === 'draft') await on.drafts.save(page, 'cell', text, '');
    else await on.events.record({ type: 'solved', page, exercise: text });
  }
}

describe('export and import', () => {
  test('into an empty browser gives the same content', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anAct, { maxLength: 8 }), async (acts) => {
        const [from, to] = [device(), device()];
        await act(from, acts);
        await to.import(await from.export());
        expect(await content(to.open)).toEqual(await content(from.open));
      }),
      { numRuns: 25 },
    );
  });

  test('of the same file again changes nothing, after any other work in both browsers', async () => {
    const acts = fc.array(anAct, { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(acts, acts, acts, async (before, there, here) => {
        const [one, two] = [device(), device()];
        await act(one, before);
        await two.import(await one.export());
        await act(two, there);
        await act(one, here);
        const file = await two.export();
        await one.import(file);
        const once = await content(one.open);
        await one.import(file);
        expect(await content(one.open)).toEqual(once);
      }),
      { numRuns: 25 },
    );
  });

  test('merge a note that went on in both browsers, from what they shared', async () => {
    const [one, two] = [device(), device()];
    await one.write('p', 'first\nsecond\nthird');
    await two.import(await one.export());
    await one.write('p', 'FIRST\nsecond\nthird');
    await two.write('p', 'first\nsecond\nthird\nfourth');
    expect(await one.import(await two.export())).toMatchObject({ notes: 1, both: [] });
    expect(await one.body('p')).toBe('FIRST\nsecond\nthird\nfourth');
    await two.import(await one.export());
    expect(await two.body('p')).toBe('FIRST\nsecond\nthird\nfourth');
  });

  test('keep both versions of a line that both browsers changed, and say where', async () => {
    const [one, two] = [device(), device()];
    await one.write('p', 'line');
    await two.write('p', 'other');
    expect(await one.import(await two.export())).toMatchObject({ notes: 1, both: ['p'] });
    expect(await one.body('p')).toBe('line\nother');
  });

  test('an older file never takes back what was written since', async () => {
    const one = device();
    await one.write('p', 'draft');
    const old = await one.export();
    await one.write('p', '');
    await one.write('p', 'the final text');
    expect(await one.import(old)).toMatchObject({ notes: 0 });
    expect(await one.body('p')).toBe('the final text');
  });

  test('an empty file takes nothing away', async () => {
    const [one, empty] = [device(), device()];
    await one.write('p', 'kept');
    await one.import(await empty.export());
    expect(await one.body('p')).toBe('kept');
  });

  test('of two answers keep the newer in use and the other set aside', async () => {
    const [one, two] = [device(), device()];
    await one.drafts.save('p', 'e', 'older', '');
    await new Promise((resolve) => setTimeout(resolve, 3));
    await two.drafts.save('p', 'e', 'newer', '');
    expect(await one.import(await two.export())).toMatchObject({ drafts: 1, setAside: 1 });
    expect(await one.drafts.load('p', 'e')).toMatchObject({ text: 'newer' });
    expect((await exportAll(one.open)).asides.map(({ text }) => text)).toEqual(['older']);
    expect(await two.import(await one.export())).toMatchObject({ drafts: 0 });
    expect(await two.drafts.load('p', 'e')).toMatchObject({ text: 'newer' });
  });

  test('nothing is imported when one row cannot be written', async () => {
    const one = device();
    const archive = readArchive(await one.export());
    archive.events = [{ id: ulidOf('1'), type: 'solved', page: 'p', at: 1 }];
    const broken = { ...archive, heads: [{ note: 'p', rev: 'x' }], revisions: [null] } as unknown as Archive;
    await expect(importArchive(broken, one.open)).rejects.toThrow();
    expect(await one.events.all()).toEqual([]);
  });
});

describe('erase', () => {
  test('empties every table and returns what undoes it', async () => {
    const one = device();
    await one.write('p', 'note');
    await one.drafts.save('p', 'e', 'code', '');
    await one.events.record({ type: 'solved', page: 'p', exercise: 'e' });
    const before = await content(one.open);
    const erased = await eraseAll(one.open);
    const db = await one.open();
    for (const table of TABLES) expect(await db.read([table], (t) => t.all(table))).toEqual([]);
    await importArchive(erased, one.open);
    expect(await content(one.open)).toEqual(before);
  });

  test('works in memory too', async () => {
    const db = openMemory('');
    const open = async () => db;
    await makeNotes(open).save('p', null, 'note', 'tab');
    const erased = await eraseAll(open);
    expect(await makeNotes(open).head('p')).toBeNull();
    expect(erased.heads).toHaveLength(1);
  });
});

describe('reading a file', () => {
  const archive = { format: 'pellucid-data', version: VERSION, exported: '' };
  const empty = { ...archive, drafts: [], asides: [], events: [], revisions: [], heads: [] };

  test.each([
    ['nothing', '', 'The file is empty.'],
    ['a file cut off', JSON.stringify(empty).slice(0, -10), 'cut off'],
    ['a list', '[]', 'holds no object'],
    ['a notebook', '{"cells": []}', 'not a file that Pellucid exported'],
    ['no version', '{"format": "pellucid-data"}', "The file's version is undefined"],
    ['a newer version', JSON.stringify({ ...empty, version: VERSION + 1 }), 'Reload the page'],
    ['a missing table', JSON.stringify({ ...empty, events: undefined }), 'events: a list was expected.'],
    ['a wrong row', JSON.stringify({ ...empty, drafts: [3] }), 'drafts[0]: an object was expected.'],
    [
      'wrong fields',
      JSON.stringify({ ...empty, events: [{ id: 7, type: 'solved', page: 'p', at: 'now' }] }),
      'events[0].id: a ULID was expected.\nevents[0].at: a time in milliseconds was expected.',
    ],
    [
      'a note without its text',
      JSON.stringify({ ...empty, heads: [{ note: 'p', rev: ulidOf('A') }] }),
      'note "p" is missing',
    ],
  ])('refuses %s and says why', (_name, text, expected) => {
    expect(() => readArchive(text)).toThrow(expected);
    expect(() => readArchive(text)).toThrow(ArchiveError);
  });

  test('many faults are counted, the first ones said', () => {
    const broken = JSON.stringify({ ...empty, drafts: Array.from({ length: 20 }, () => 1) });
    expect(() => readArchive(broken)).toThrow('… and 12 more.');
  });

  test('brings older versions up to date, one step after another', () => {
    const old = { format: 'pellucid-data', version: 1, progress: ['e'] };
    const upgrades = {
      1: ({ progress, ...rest }: Record<string, unknown>) => ({ ...rest, solved: progress }),
      2: ({ solved, ...rest }: Record<string, unknown>) => ({
        ...rest,
        ...empty,
        events: (solved as string[]).map((exercise) => ({
          id: ulidOf('1'),
          type: 'solved',
          page: 'p',
          at: 0,
          exercise,
        })),
      }),
    };
    expect(readArchive(JSON.stringify(old), upgrades, 3)).toMatchObject({ version: 3, events: [{ exercise: 'e' }] });
    expect(() => readArchive(JSON.stringify(old), {}, 2)).toThrow('cannot read');
  });

  test('every version before the current one can be upgraded', () => {
    for (let version = 1; version < VERSION; version++) expect(UPGRADES[version]).toBeDefined();
    expect(readArchive(JSON.stringify(empty))).toEqual(empty);
  });

  test('any text is read or refused in words, never with another error', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      fc.object().map((value) => JSON.stringify({ ...empty, ...value })),
    );
    fc.assert(
      fc.property(anything, (text) => {
        try {
          readArchive(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ArchiveError);
        }
      }),
    );
  });

  test('a file is named after the day', () => {
    expect(archiveName(new Date(2026, 2, 4))).toBe('pellucid-data-2026-03-04.json');
  });
});

function ulidOf(letter: string): string {
  return `0${letter.repeat(25)}`;
}

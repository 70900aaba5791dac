import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { replaceText, selectLine } from '../src/notes/field';
import { type KeeperEvents, NoteKeeper } from '../src/notes/keeper';
import { clearAhead } from '../src/store/ahead';
import { openMemory } from '../src/store/database';
import { makeNotes, type Notes } from '../src/store/notes';
import { makeStash } from '../src/store/stash';

function makeTab(notes: Notes, writer: string, storage: Storage | null = null) {
  const seen = { changed: [] as string[], failed: [] as unknown[], both: [] as number[][], saves: 0 };
  const on: KeeperEvents = {
    changed: (text) => seen.changed.push(text),
    saved: () => {
      seen.saves += 1;
    },
    failed: (error) => seen.failed.push(error),
    both: (lines) => seen.both.push(lines),
  };
  return { seen, keeper: new NoteKeeper('p', writer, notes, makeStash('p', writer, storage), on) };
}

function memoryNotes(): Notes {
  const db = openMemory('');
  return makeNotes(async () => db);
}

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
});
afterEach(() => vi.useRealTimers());

describe('keeper', () => {
  test('stores what was typed within 300 ms, without waiting for a pause', async () => {
    const notes = memoryNotes();
    const { keeper } = makeTab(notes, '1');
    await keeper.open();
    for (let i = 1; i <= 10; i++) {
      keeper.typed('x'.repeat(i));
      await vi.advanceTimersByTimeAsync(100);
    }
    expect((await notes.head('p'))?.body.length).toBeGreaterThanOrEqual(8);
    await vi.advanceTimersByTimeAsync(300);
    expect((await notes.head('p'))?.body).toBe('x'.repeat(10));
  });

  test('shows the stored note at the next visit', async () => {
    const notes = memoryNotes();
    const first = makeTab(notes, '1');
    await first.keeper.open();
    first.keeper.typed('kept');
    await first.keeper.flush();
    const second = makeTab(notes, '2');
    await second.keeper.open();
    expect(second.keeper.text).toBe('kept');
    expect(second.keeper.unsaved).toBe(false);
  });

  test('an idle tab takes in what another one wrote', async () => {
    const notes = memoryNotes();
    const [a, b] = [makeTab(notes, 'a'), makeTab(notes, 'b')];
    await a.keeper.open();
    await b.keeper.open();
    a.keeper.typed('from a');
    await a.keeper.flush();
    await b.keeper.pull();
    expect(b.seen.changed.at(-1)).toBe('from a');
    expect(b.seen.saves).toBe(0);
  });

  test('two tabs that both type lose nothing', async () => {
    const notes = memoryNotes();
    const [a, b] = [makeTab(notes, 'a'), makeTab(notes, 'b')];
    await a.keeper.open();
    a.keeper.typed('one\ntwo\nthree');
    await a.keeper.flush();
    await b.keeper.open();
    a.keeper.typed('ONE\ntwo\nthree');
    b.keeper.typed('one\ntwo\nTHREE');
    await Promise.all([a.keeper.flush(), b.keeper.flush()]);
    await a.keeper.pull();
    expect(a.keeper.text).toBe('ONE\ntwo\nTHREE');
    expect(b.keeper.text).toBe('ONE\ntwo\nTHREE');
    expect(b.seen.both).toEqual([]);
  });

  test('two versions of one line both stay, and it is said where', async () => {
    const notes = memoryNotes();
    const [a, b] = [makeTab(notes, 'a'), makeTab(notes, 'b')];
    await a.keeper.open();
    await b.keeper.open();
    a.keeper.typed('from a');
    await a.keeper.flush();
    b.keeper.typed('from b');
    await b.keeper.flush();
    expect(b.keeper.text.split('\n').sort()).toEqual(['from a', 'from b']);
    expect(b.seen.both).toEqual([[1]]);
    await a.keeper.pull();
    expect(a.keeper.text).toBe(b.keeper.text);
  });

  test('any interleaving of typing in two tabs ends the same in both, with every line', async () => {
    vi.useRealTimers();
    const step = fc.record({
      tab: fc.constantFrom('a', 'b'),
      act: fc.constantFrom('append', 'prepend', 'flush', 'pull'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const notes = memoryNotes();
        const tabs = { a: makeTab(notes, 'a').keeper, b: makeTab(notes, 'b').keeper };
        await Promise.all([tabs.a.open(), tabs.b.open()]);
        const typed: string[] = [];
        for (const [i, { tab, act }] of steps.entries()) {
          const keeper = tabs[tab as 'a' | 'b'];
          if (act === 'flush') await keeper.flush();
          else if (act === 'pull') await keeper.pull();
          else {
            typed.push(`${tab}${i}`);
            keeper.typed(act === 'append' ? `${keeper.text}\n${tab}${i}` : `${tab}${i}\n${keeper.text}`);
          }
        }
        await tabs.a.flush();
        await tabs.b.flush();
        await tabs.a.pull();
        await tabs.b.pull();
        expect(tabs.a.text).toBe(tabs.b.text);
        const lines = tabs.a.text.split('\n');
        for (const line of typed) expect(lines).toContain(line);
      }),
      { numRuns: 200 },
    );
  });

  test('a refused write keeps the text, says so, and is tried again', async () => {
    const notes = memoryNotes();
    let refuse = true;
    const failing: Notes = {
      ...notes,
      save: (...args) =>
        refuse ? Promise.reject(new DOMException('full', 'QuotaExceededError')) : notes.save(...args),
    };
    const { keeper, seen } = makeTab(failing, '1');
    await keeper.open();
    keeper.typed('precious');
    await vi.advanceTimersByTimeAsync(300);
    expect(seen.failed).toHaveLength(1);
    expect(keeper.unsaved).toBe(true);
    refuse = false;
    await vi.advanceTimersByTimeAsync(4000);
    expect((await notes.head('p'))?.body).toBe('precious');
  });

  test('an erased note goes from an idle tab, but not what is being typed', async () => {
    const db = openMemory('');
    const notes = makeNotes(async () => db);
    const [idle, busy] = [makeTab(notes, 'idle'), makeTab(notes, 'busy')];
    await idle.keeper.open();
    idle.keeper.typed('old');
    await idle.keeper.flush();
    await busy.keeper.open();
    busy.keeper.typed('old and new');
    await db.write(['heads', 'revisions'], async (t) => {
      await t.clear('heads');
      await t.clear('revisions');
    });
    await idle.keeper.pull();
    await busy.keeper.pull();
    expect(idle.keeper.text).toBe('');
    expect((await notes.head('p'))?.body).toBe('old and new');
  });

  test('while a word is composed the field is left alone; afterwards it catches up', async () => {
    const notes = memoryNotes();
    const [a, b] = [makeTab(notes, 'a'), makeTab(notes, 'b')];
    await a.keeper.open();
    await b.keeper.open();
    b.keeper.hold(true);
    b.keeper.typed('にほ');
    a.keeper.typed('from a');
    await a.keeper.flush();
    await b.keeper.pull();
    await b.keeper.flush();
    expect(b.keeper.text).toBe('にほ');
    b.keeper.hold(false);
    await b.keeper.flush();
    expect(b.keeper.text.split('\n').sort()).toEqual(['from a', 'にほ']);
  });
});

describe('the last keystrokes before a page ends', () => {
  test('come back at the next visit when the store had no time', async () => {
    const notes = memoryNotes();
    const never: Notes = { ...notes, save: () => new Promise(() => {}) };
    const dying = makeTab(never, '1', localStorage);
    await dying.keeper.open();
    dying.keeper.typed('last words');
    void dying.keeper.leave();
    const next = makeTab(notes, '2', localStorage);
    await next.keeper.open();
    expect(next.keeper.text).toBe('last words');
    expect((await notes.head('p'))?.body).toBe('last words');
    expect(Object.keys(localStorage)).toEqual([]);
  });

  test('are not doubled when the store did have time', async () => {
    const notes = memoryNotes();
    const { keeper } = makeTab(notes, '1', localStorage);
    await keeper.open();
    keeper.typed('last words');
    makeStash('p', '1', localStorage).put('', 'last words');
    await keeper.flush();
    makeStash('p', '1', localStorage).put('', 'last words');
    const next = makeTab(notes, '2', localStorage);
    await next.keeper.open();
    expect(next.keeper.text).toBe('last words');
  });

  test('of other pages and broken ones stay out of it', () => {
    makeStash('q', '1', localStorage).put('', 'of q');
    localStorage.setItem('pellucid-ahead:["note","p","x"]', '{"base": 3}');
    localStorage.setItem('pellucid-ahead:nonsense', 'x');
    localStorage.setItem('theme', 'dark');
    expect(makeStash('p', '2', localStorage).take()).toEqual([]);
    expect(makeStash('q', '2', localStorage).take()).toEqual([{ base: '', text: 'of q' }]);
    clearAhead(localStorage);
    expect(Object.keys(localStorage)).toEqual(['theme']);
  });

  test('a full storage is no failure', () => {
    const full = {
      setItem: () => {
        throw new DOMException('full', 'QuotaExceededError');
      },
    } as unknown as Storage;
    expect(() => makeStash('p', '1', full).put('', 'text')).not.toThrow();
  });
});

describe('field', () => {
  function field(value: string, caret: number): HTMLTextAreaElement {
    const made = document.createElement('textarea');
    made.value = value;
    made.setSelectionRange(caret, caret);
    return made;
  }

  test('a text from elsewhere leaves the caret at its word', () => {
    const area = field('one\ntwo\nthree', 'one\ntw'.length);
    replaceText(area, 'zero\none\ntwo\nTHREE\nfour');
    expect(area.value).toBe('zero\none\ntwo\nTHREE\nfour');
    expect(area.value.slice(0, area.selectionStart)).toBe('zero\none\ntw');
  });

  test('any text can become any other', () => {
    const text = fc.array(fc.constantFrom('a', 'b', '')).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, text, fc.nat(10), (before, after, caret) => {
        const area = field(before, caret);
        replaceText(area, after);
        expect(area.value).toBe(after);
      }),
    );
  });

  test('a line is selected without its line break', () => {
    const area = field('one\ntwo\nthree', 0);
    selectLine(area, 2);
    expect(area.value.slice(area.selectionStart, area.selectionEnd)).toBe('two');
  });
});

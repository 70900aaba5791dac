import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CellController } from '../src/cell/controller';
import { differenceRows, renderDifference } from '../src/cell/difference';
import { DraftKeeper, type KeeperListener } from '../src/cell/draft-keeper';
import { Notebook } from '../src/cell/notebook';
import type { Drafts } from '../src/contract';
import { canPrepare } from '../src/idle';
import { openMemory } from '../src/store/database';
import { makeDrafts } from '../src/store/drafts';
import { cellMarkup, eventually, FakeDrafts, FakeSession } from './cell-fakes';

let drafts: FakeDrafts;

beforeEach(() => {
  document.body.replaceChildren();
  localStorage.clear();
  drafts = new FakeDrafts();
});

function keep(store: Drafts, page: string, id: string, author: string, on: Partial<KeeperListener> = {}): DraftKeeper {
  return new DraftKeeper(store, page, id, author, { refused: () => {}, elsewhere: () => {}, ...on });
}

describe('a draft', () => {
  test('is saved after a rest with the text that it began from, and loaded again', async () => {
    const keeper = keep(drafts, 'p', 'c', 'x = 1');
    keeper.edited('x = 2');
    keeper.edited('x = 3');
    expect(drafts.kept.size).toBe(0);
    await eventually(() => expect(drafts.kept.get('p/c')).toMatchObject({ text: 'x = 3', author: 'x = 1' }));
    expect(await keep(drafts, 'p', 'c', 'x = 1').load()).toEqual({ text: 'x = 3', outdated: false });
  });

  test('is forgotten when it says what the author says', async () => {
    await drafts.save('p', 'c', 'x = 3', 'x = 1');
    const keeper = keep(drafts, 'p', 'c', 'x = 1');
    keeper.edited('x = 1');
    await keeper.flush();
    expect(drafts.kept.size).toBe(0);
    await drafts.save('p', 'c', 'x = 9', 'x = 1');
    expect(await keep(drafts, 'p', 'c', 'x = 9').load()).toEqual({ text: 'x = 9', outdated: false });
    expect(drafts.kept.size).toBe(0);
  });

  test('that the store had not confirmed when the page closed is there at the next visit', async () => {
    const memory = openMemory('');
    const dying = keep(
      makeDrafts(() => new Promise(() => {})),
      'p',
      'c',
      'x = 1',
    );
    dying.edited('x = 2');
    void dying.flush();
    dying.edited('x = 3');
    dying.leave();
    const later = makeDrafts(async () => memory);
    expect(await keep(later, 'p', 'other', 'x = 1').load()).toEqual({ text: 'x = 1', outdated: false });
    expect(await keep(later, 'p', 'c', 'x = 9').load()).toEqual({ text: 'x = 3', outdated: true });
    expect(localStorage.length).toBe(0);
  });

  test('that is saved already is not handed over again when the page closes', async () => {
    const keeper = keep(drafts, 'p', 'c', 'x = 1');
    keeper.edited('x = 2');
    await keeper.flush();
    drafts.kept.clear();
    keeper.leave();
    expect(drafts.kept.size).toBe(0);
  });

  test('that the store refuses is said, and tried again', async () => {
    const refused = vi.fn();
    const keeper = keep(drafts, 'p', 'c', 'x = 1', { refused });
    const save = vi.spyOn(drafts, 'save').mockRejectedValueOnce(new Error('full'));
    keeper.edited('x = 2');
    await keeper.flush();
    expect(refused).toHaveBeenCalledTimes(1);
    await keeper.flush();
    expect(save).toHaveBeenCalledTimes(2);
    expect(drafts.kept.get('p/c')?.text).toBe('x = 2');
  });

  test('that another tab writes is told, while the keeper is at work', async () => {
    const elsewhere = vi.fn();
    const keeper = keep(drafts, 'p', 'c', 'x = 1', { elsewhere });
    await keeper.load();
    const tab = new BroadcastChannel('pellucid');
    tab.postMessage({ type: 'draft', page: 'p', id: 'another' });
    tab.postMessage({ type: 'draft', page: 'p', id: 'c' });
    await eventually(() => expect(elsewhere).toHaveBeenCalledTimes(1));
    await keeper.end();
    tab.postMessage({ type: 'draft', page: 'p', id: 'c' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(elsewhere).toHaveBeenCalledTimes(1);
    tab.close();
  });

  test('stays outdated, through edits and visits, until the reader decides', async () => {
    await drafts.save('p', 'c', 'mine', 'old');
    const keeper = keep(drafts, 'p', 'c', 'new');
    expect(await keeper.load()).toEqual({ text: 'mine', outdated: true });
    keeper.edited('mine too');
    await keeper.flush();
    expect(await keep(drafts, 'p', 'c', 'new').load()).toEqual({ text: 'mine too', outdated: true });
    await keeper.settle('mine too');
    expect(await keep(drafts, 'p', 'c', 'new').load()).toEqual({ text: 'mine too', outdated: false });
  });
});

describe('a cell that the author changed under an edit', () => {
  let cell: CellController;

  beforeEach(async () => {
    await drafts.save('p', 'c1', 'mine = 1\nsame', 'old');
    const notebook = new Notebook(new FakeSession());
    cell = new CellController(cellMarkup(1, 'theirs = 2\nsame'), { notebook, drafts, page: 'p' });
    await cell.start();
  });

  afterEach(() => cell.end());

  const press = (name: string) => {
    const buttons = [...cell.root.querySelectorAll<HTMLButtonElement>('.draft-conflict button')];
    const button = buttons.find((candidate) => candidate.textContent === name);
    if (!button) throw new Error(`no button ${name}`);
    button.click();
    return button;
  };

  test('shows mine and asks', () => {
    expect(cell.text).toBe('mine = 1\nsame');
    expect(cell.root.querySelector('.draft-conflict')?.textContent).toContain(
      'The author changed this cell since you edited it.',
    );
  });

  test('keeps mine', async () => {
    press('Keep mine');
    expect(cell.root.querySelector('.draft-conflict')).toBeNull();
    await eventually(() => expect(drafts.kept.get('p/c1')?.author).toBe('theirs = 2\nsame'));
    expect(cell.text).toBe('mine = 1\nsame');
  });

  test('takes theirs', async () => {
    press('Take theirs');
    await eventually(() => expect(cell.text).toBe('theirs = 2\nsame'));
    await eventually(() => expect(drafts.kept.size).toBe(0));
    expect(cell.root.querySelector('.draft-conflict')).toBeNull();
  });

  test('shows the difference and hides it again', async () => {
    const button = press('See the difference');
    await eventually(() => expect(button.getAttribute('aria-expanded')).toBe('true'));
    expect(cell.root.querySelector('.draft-conflict del')?.textContent).toBe('mine = 1');
    expect(cell.root.querySelector('.draft-conflict ins')?.textContent).toBe('theirs = 2');
    button.click();
    await eventually(() => expect(button.getAttribute('aria-expanded')).toBe('false'));
  });
});

test('a store that refuses leaves the cell usable and says that edits are not kept', async () => {
  drafts.load = () => Promise.reject(new Error('denied'));
  const cell = new CellController(cellMarkup(1, 'x'), { notebook: new Notebook(new FakeSession()), drafts, page: 'p' });
  await cell.start();
  expect(cell.text).toBe('x');
  expect(cell.root.querySelector('.cell-caveat')?.textContent).toContain('cannot be kept');
  cell.end();
});

describe('a difference', () => {
  test('numbers the lines of both texts', () => {
    expect(
      differenceRows('a\nb\nc', 'a\nB\nc\n').map(({ kind, text, aLine, bLine }) => [kind, text, aLine, bLine]),
    ).toEqual([
      ['same', 'a', 1, 1],
      ['a', 'b', 2, null],
      ['b', 'B', null, 2],
      ['same', 'c', 3, 3],
    ]);
  });

  test('says in words what its colours mean', () => {
    const table = renderDifference('b', 'B', { a: 'yours', b: "the author's" });
    const rows = [...table.querySelectorAll('tbody tr')].map((row) => row.textContent?.replace(/\s+/g, ' ').trim());
    expect(rows).toEqual(['1 −only in yours b', "1 +only in the author's B"]);
    expect(renderDifference('b', 'b\n', { a: 'x', b: 'y' }).querySelector('caption')?.textContent).toContain(
      'No difference',
    );
  });
});

test('Python starts early only where bytes and cores are to spare', () => {
  expect(canPrepare({})).toBe(true);
  expect(canPrepare({ hardwareConcurrency: 8, deviceMemory: 8, connection: { effectiveType: '4g' } })).toBe(true);
  expect(canPrepare({ connection: { saveData: true } })).toBe(false);
  expect(canPrepare({ connection: { effectiveType: '3g' } })).toBe(false);
  expect(canPrepare({ hardwareConcurrency: 1 })).toBe(false);
  expect(canPrepare({ deviceMemory: 1 })).toBe(false);
});

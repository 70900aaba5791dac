import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { askInPage } from '../src/cell/ask';
import { CellController } from '../src/cell/controller';
import { Notebook } from '../src/cell/notebook';
import type { RunEvent } from '../src/contract';
import { cellMarkup, eventually, FakeDrafts, FakeSession, type Script } from './cell-fakes';

let session: FakeSession;
let drafts: FakeDrafts;
let notebook: Notebook;
let cells: CellController[];

beforeEach(() => {
  document.body.replaceChildren();
  session = new FakeSession();
  drafts = new FakeDrafts();
  notebook = new Notebook(session);
  cells = [];
});

afterEach(() => {
  for (const cell of cells) cell.end();
});

async function cell(source: string, attributes: Record<string, string> = {}): Promise<CellController> {
  const made = new CellController(cellMarkup(cells.length + 1, source, attributes), { notebook, drafts, page: 'p' });
  cells.push(made);
  await made.start();
  return made;
}

const button = (of: CellController, act: string) => of.root.querySelector(`[data-act=${act}]`) as HTMLButtonElement;
const status = (of: CellController) => of.root.querySelector('[role=status]')?.textContent?.replace(/\s+/g, ' ').trim();
const output = (of: CellController) => of.root.querySelector('.cell-output') as HTMLElement;
const gives =
  (...events: RunEvent[]): Script =>
  async (_request, on) => {
    for (const event of events) on(event);
    return {};
  };

describe('a run', () => {
  test('takes the place of placeholder and stored output, and shows number and time', async () => {
    session.script = gives(
      { type: 'stdout', text: 'hello\n' },
      { type: 'value', text: '4', caption: null, table: null },
    );
    const first = await cell('print("hello")\n2 + 2');
    expect(status(first)).toBe('Ready');
    button(first, 'run').click();
    await eventually(() => expect(status(first)).toBe('Ready · Run 1, 0.2 s'));
    expect(output(first).querySelector('.placeholder, .stored')).toBeNull();
    expect(output(first).querySelector('.stdout')?.textContent).toBe('hello\n');
    expect(output(first).querySelector('.value')?.textContent?.trim()).toBe('4');
    expect(session.requests).toEqual([{ cell: 'c1', source: 'print("hello")\n2 + 2', seconds: 60 }]);
  });

  test('says so when it gives nothing', async () => {
    const quiet = await cell('x = 1');
    quiet.run();
    await eventually(() => expect(output(quiet).textContent).toContain('no output'));
  });

  test('can be stopped, and only then is Stop switched on', async () => {
    session.script = () => new Promise(() => {});
    const endless = await cell('while True: pass');
    expect(button(endless, 'stop').disabled).toBe(true);
    endless.run();
    await eventually(() => expect(status(endless)).toBe('Running…'));
    expect(button(endless, 'stop').disabled).toBe(false);
    button(endless, 'stop').focus();
    button(endless, 'stop').click();
    await eventually(() => expect(status(endless)).toBe('Stopped · Run 1, 0.2 s'));
    expect(button(endless, 'stop').disabled).toBe(true);
    expect(document.activeElement).toBe(button(endless, 'run'));
    expect(output(endless).textContent).toContain('You stopped this run.');
  });

  test('that fails names the error, the line, and the help', async () => {
    const error = {
      name: 'NameError',
      message: "name 'y' is not defined",
      frames: [
        { cell: 'c1', line: 2, source: 'f(y)', function: '<module>' },
        { cell: 'c9', line: 7, source: 'return <b>z</b>', function: 'f' },
      ],
      line: 2,
      help: 'Nothing has been assigned to y yet.',
    };
    session.script = async (_request, on) => {
      on({ type: 'error', error });
      return { status: 'error' };
    };
    const failing = await cell('x = 1\nf(y)');
    failing.run();
    await eventually(() => expect(status(failing)).toBe('Failed: NameError · Run 1, 0.2 s'));
    const text = output(failing).textContent?.replace(/\s+/g, ' ');
    expect(text).toContain("NameError: name 'y' is not defined");
    expect(text).toContain('line 2');
    expect(text).toContain('c9, line 7 in f');
    expect(text).toContain('Nothing has been assigned to y yet.');
    expect(output(failing).querySelector('b')).toBeNull();
  });

  test('that the session refuses is a failure with a way out', async () => {
    session.script = () => Promise.reject(new Error('no runtime'));
    const broken = await cell('1');
    broken.run();
    await eventually(() => expect(status(broken)).toContain('Failed'));
    expect(output(broken).textContent).toContain('no runtime');
    expect(output(broken).textContent).toContain('Restart');
  });
});

describe('several cells', () => {
  test('run in turn, and a failure cancels those that wait', async () => {
    session.script = async ({ cell: id }) => ({ status: id === 'c2' ? 'error' : 'ok' });
    for (const source of ['1', '2', '3', '4']) await cell(source);
    const [first, second, third, fourth] = cells as [CellController, CellController, CellController, CellController];
    fourth.runAbove();
    await eventually(() => expect(status(third)).toBe('Not run, because cell 2 failed.'));
    expect(session.requests.map((request) => request.cell)).toEqual(['c1', 'c2']);
    expect(status(first)).toContain('Run 1');
    expect(status(second)).toContain('Failed');
    expect(status(fourth)).toBe('Ready');
    expect(button(first, 'above').disabled).toBe(true);
  });

  test('that cannot run here are passed over, and say why', async () => {
    const [jax] = [await cell('import jax', { 'data-unavailable': 'jax' })];
    const plain = await cell('1');
    (await cell('2')).runAbove();
    await eventually(() => expect(status(plain)).toContain('Run 1'));
    expect(status(jax)).toBe('Skipped: jax is not available in the browser.');
  });

  test('that the author set aside do not run along, and errors on purpose stop nothing', async () => {
    session.script = async ({ cell: id }) => ({ status: id === 'c2' ? 'error' : 'ok' });
    await cell('1', { 'data-skip': '' });
    await cell('1 / 0', { 'data-raises': '' });
    const third = await cell('3');
    (await cell('4')).runAbove();
    await eventually(() => expect(status(third)).toContain('Run 2'));
    expect(session.requests.map((request) => request.cell)).toEqual(['c2', 'c3']);
  });

  test('speak of the session only where the reader is', async () => {
    const [here, there] = [await cell('1'), await cell('2')];
    here.root.dispatchEvent(new Event('pointerenter'));
    session.become('starting');
    expect([status(here), status(there)]).toEqual(['Starting Python…', 'Ready']);
    session.become('ready');
    expect(status(here)).toBe('Ready');
  });

  test('that wait can be called off', async () => {
    session.script = ({ cell: id }) => (id === 'c1' ? new Promise(() => {}) : Promise.resolve({}));
    const first = await cell('1');
    const second = await cell('2');
    first.run();
    second.run();
    await eventually(() => expect(status(second)).toBe('Waiting for the cell before it'));
    second.stop();
    expect(status(second)).toBe('Stopped before it ran.');
    expect(status(first)).toBe('Running…');
  });

  test('know that a restart took their variables', async () => {
    const first = await cell('x = 1');
    const second = await cell('2');
    first.run();
    await eventually(() => expect(status(first)).toContain('Run 1'));
    button(second, 'restart').click();
    await eventually(() => expect(status(second)).toContain('Python was restarted'));
    expect(session.restarts).toBe(1);
    expect(status(first)).toContain('its variables are gone');
    first.run();
    await eventually(() => expect(status(first)).toBe('Ready · Run 1, 0.2 s'));
  });
});

describe('the code', () => {
  test('that changed after its run is marked until it is run again', async () => {
    const edited = await cell('x = 1');
    edited.run();
    await eventually(() => expect(status(edited)).toContain('Run 1'));
    type(edited, 'x = 2');
    expect(status(edited)).toContain('Changed since run');
    type(edited, 'x = 1');
    expect(status(edited)).not.toContain('Changed');
    type(edited, 'x = 2');
    edited.run();
    await eventually(() => expect(status(edited)).toBe('Ready · Run 2, 0.2 s'));
    expect(session.requests.at(-1)?.source).toBe('x = 2');
  });

  test('is restored by Reset', async () => {
    const edited = await cell('x = 1');
    expect(button(edited, 'reset').disabled).toBe(true);
    type(edited, 'x = 2');
    expect(button(edited, 'reset').disabled).toBe(false);
    button(edited, 'reset').click();
    await eventually(() => expect(edited.text).toBe('x = 1'));
    await eventually(() => expect(status(edited)).toContain('Control+Z'));
    expect(button(edited, 'reset').disabled).toBe(true);
  });

  test('can ask the reader', async () => {
    session.script = async (_request, on, { ask }) => {
      on({ type: 'stdout', text: `${await ask('Name? ')}!` });
      return {};
    };
    const asking = await cell('print(input("Name? "))');
    asking.run();
    await eventually(() => expect(status(asking)).toBe('Waiting for your input'));
    const form = output(asking).querySelector('form') as HTMLFormElement;
    expect(form.querySelector('label')?.textContent).toContain('Name?');
    (form.querySelector('input') as HTMLInputElement).value = 'Ada';
    form.dispatchEvent(new Event('submit', { cancelable: true }));
    await eventually(() => expect(output(asking).textContent).toBe('Ada!'));
    expect(output(asking).querySelector('form')).toBeNull();
  });

  test('that a draft brings is what an early press of Run runs', async () => {
    await drafts.save('p', 'c1', 'x = 2', 'x = 1');
    const early = new CellController(cellMarkup(1, 'x = 1'), { notebook, drafts, page: 'p' });
    cells.push(early);
    void early.start();
    button(early, 'run').click();
    await eventually(() => expect(session.requests).toEqual([{ cell: 'c1', source: 'x = 2', seconds: 60 }]));
  });

  test('that asked gives the focus back to where it was', async () => {
    session.script = async (_request, _on, { ask }) => {
      await ask('');
      return {};
    };
    const asking = await cell('input()');
    button(asking, 'above').disabled = false;
    button(asking, 'above').focus();
    asking.run();
    await eventually(() => expect(document.activeElement?.localName).toBe('input'));
    output(asking)
      .querySelector('form')
      ?.dispatchEvent(new Event('submit', { cancelable: true }));
    await eventually(() => expect(document.activeElement).toBe(button(asking, 'above')));
  });

  test('asks nothing any more once its run has ended', async () => {
    expect(await askInPage(document.body, 'Name?', AbortSignal.abort())).toBeNull();
    expect(document.querySelector('form')).toBeNull();
  });

  test('gets null when the reader cancels the question', async () => {
    const answers: (string | null)[] = [];
    session.script = async (_request, _on, { ask }) => {
      answers.push(await ask(''));
      return {};
    };
    const asking = await cell('input()');
    asking.run();
    await eventually(() => expect(output(asking).querySelector('form')).not.toBeNull());
    (output(asking).querySelector('form button[type=button]') as HTMLButtonElement).click();
    await eventually(() => expect(answers).toEqual([null]));
  });
});

test('a touch warms the session and shows what the browser cannot guarantee, once', async () => {
  session.warning = 'Stop needs a restart in this browser.';
  const touched = await cell('1');
  expect(session.warmed).toBe(0);
  touched.root.dispatchEvent(new Event('pointerenter'));
  touched.root.dispatchEvent(new Event('pointerenter'));
  expect(session.warmed).toBe(2);
  await eventually(() => expect(touched.root.querySelectorAll('.cell-caveat').length).toBe(1));
  expect(touched.root.querySelector('.cell-caveat')?.textContent).toBe('Stop needs a restart in this browser.');
});

/** Types as a reader does into the listing or the editor. */
function type(into: CellController, text: string): void {
  const code = into.root.querySelector('pre code') as HTMLElement | null;
  if (!code) throw new Error('the listing is gone');
  code.textContent = text;
  code.dispatchEvent(new Event('input', { bubbles: true }));
}

import 'fake-indexeddb/auto';
import { render } from 'lit/html.js';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Judge, Verdict } from '../src/contract';
import { loadMath } from '../src/exercise/math';
import { renderMessage } from '../src/exercise/message';
import { solutionTemplate } from '../src/exercise/solution';
import type { Exercise } from '../src/exercise/source';
import { verdictTemplate } from '../src/exercise/verdict';
import { drafts, makeDrafts } from '../src/store/drafts';
import { events } from '../src/store/events';

const judge = { warm: vi.fn<Judge['warm']>(), check: vi.fn<Judge['check']>(), stop: vi.fn<Judge['stop']>() };
vi.mock('../src/sandbox/judge', () => ({ pageJudge: () => judge }));

const WRONG: Verdict = {
  status: 'wrong',
  title: 'Not yet',
  message: 'You multiplied by $X$ where `X.T` is needed.',
  mistake: 'not_transposed',
  diagnosis: ['The sign is flipped.', 'Off by $\\frac{1}{n}$.'],
  counterexample: { inputs: [{ name: 'X', text: '[[1. 2.]]' }], expected: '[1.]', got: '[2.]' },
  error: null,
  stdout: 'debug\n',
  passed: 3,
  total: 20,
};
const RIGHT: Verdict = {
  ...WRONG,
  status: 'right',
  title: 'Right',
  message: '',
  mistake: null,
  diagnosis: [],
  counterexample: null,
  stdout: '',
  passed: 20,
};
const FAILED: Verdict = {
  ...WRONG,
  status: 'error',
  title: 'Your code stops',
  message: '',
  diagnosis: [],
  counterexample: null,
  error: {
    name: 'NameError',
    message: "name 'w' is not defined",
    frames: [{ cell: 'submission', line: 2, source: 'return w', function: 'f' }],
    line: 2,
    help: 'Give w a value first.',
  },
};

beforeAll(() => {
  // Temml refuses documents without a doctype, and this test environment does not read the doctype.
  Object.defineProperty(document, 'compatMode', { value: 'CSS1Compat' });
});

async function shown(verdict: Verdict, first = false): Promise<HTMLElement> {
  const place = document.createElement('div');
  render(await verdictTemplate(verdict, { first, next: { href: '#exercise-b', title: 'B' } }), place);
  return place;
}

describe('a message', () => {
  test('has code, formulas, and plain text around them', async () => {
    const place = document.createElement('p');
    place.append(renderMessage('Use `X.T`, since $X^\\top X$ is wanted; ``a`b`` costs $5.', await loadMath()));
    expect([...place.querySelectorAll('code')].map((code) => code.textContent)).toEqual(['X.T', 'a`b']);
    expect(place.querySelector('math')).not.toBeNull();
    expect(place.textContent).toContain('costs $5.');
  });

  test.each(['<img src=x onerror=alert(1)>', '`<script>alert(1)</script>`', '&lt;b&gt; <b>bold</b>'])(
    '%s stays text',
    (text) => {
      const place = document.createElement('p');
      place.append(renderMessage(text, null));
      expect([...place.querySelectorAll('*')].filter((element) => element.localName !== 'code')).toEqual([]);
      expect(place.textContent).toBe(text.replaceAll('`', ''));
    },
  );

  test('without the code for formulas shows them as written', () => {
    const place = document.createElement('p');
    place.append(renderMessage('see $x^2$', null));
    expect(place.querySelector('code')?.textContent).toBe('x^2');
  });
});

describe('a verdict', () => {
  test('says the mistake first, then what else is true, then the counterexample', async () => {
    const place = await shown(WRONG);
    const text = place.textContent ?? '';
    const order = [
      'Not yet',
      'You multiplied by',
      'The sign is flipped.',
      'Expected',
      'Your answer',
      '3 of 20 checks pass.',
    ];
    const places = order.map((words) => text.indexOf(words));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBeGreaterThanOrEqual(0);
    expect([...place.querySelectorAll('.counterexample pre')].map((pre) => pre.textContent)).toEqual([
      '[[1. 2.]]',
      '[1.]',
      '[2.]',
    ]);
    expect(place.querySelector('.verdict-printed pre')?.textContent).toBe('debug\n');
    expect(place.querySelectorAll('math')).toHaveLength(2);
  });

  test('of right says so, leads on, and celebrates only the first time', async () => {
    const first = await shown(RIGHT, true);
    expect(first.textContent).toContain('All 20 checks pass.');
    expect(first.querySelector('.verdict-next a')?.getAttribute('href')).toBe('#exercise-b');
    expect(first.querySelector('.celebrate')).not.toBeNull();
    expect((await shown(RIGHT)).querySelector('.celebrate')).toBeNull();
  });

  test('celebrates without motion for those who want none', async () => {
    const still = vi.spyOn(window, 'matchMedia').mockReturnValue({ matches: true } as MediaQueryList);
    expect((await shown(RIGHT, true)).querySelector('.celebrate')).toBeNull();
    still.mockRestore();
  });

  test('from the sandbox is text, whatever it holds', async () => {
    const evil = '<img src=x onerror=alert(1)><script>alert(1)</script>';
    const counterexample = { inputs: [{ name: evil, text: evil }], expected: evil, got: evil };
    const error = {
      ...FAILED.error,
      name: evil,
      message: evil,
      help: evil,
      line: 1,
      frames: [{ cell: evil, line: 1, source: evil, function: evil }],
    };
    const place = await shown({
      ...WRONG,
      title: evil,
      message: evil,
      diagnosis: [evil],
      stdout: evil,
      counterexample,
      error,
    });
    expect(place.querySelector('img, script')).toBeNull();
    expect(place.textContent).toContain(evil);
  });
});

const EXERCISE: Exercise = {
  title: 'A',
  kind: 'function',
  entry: 'f',
  starter: 'def f():\n    ...\n',
  hints: ['<p>First <b>idea</b>.</p>', '<p>Second.</p>', '<p>Third.</p>'],
  solution: { code: 'def f():\n    return 1\n', html: '<span class="k">def</span> f():\n    return 1\n' },
  alternatives: [{ name: 'by_qr', code: 'def f():\n    return 2 - 1\n', html: 'def f():\n    return 2 - 1\n' }],
};

describe('the solution', () => {
  const place = (own: { text: string; solved: boolean }) => {
    const made = document.createElement('div');
    render(solutionTemplate(EXERCISE, { starter: EXERCISE.starter, ...own }, []), made);
    return made;
  };

  test('stands beside an own answer as a difference', () => {
    const made = place({ text: 'def f():\n    return 3\n', solved: false });
    expect(made.querySelector('del')?.textContent).toBe('    return 3');
    expect(made.querySelector('ins')?.textContent).toBe('    return 1');
    expect(made.textContent).toContain('Another way: by qr');
  });

  test('stands alone where nothing was written', () => {
    const made = place({ text: EXERCISE.starter, solved: false });
    expect(made.querySelector('.difference')).toBeNull();
    expect(made.querySelector('.solution-code')?.textContent).toContain('return 1');
  });

  test('of a choice is the option’s text', () => {
    const made = document.createElement('div');
    const choice = { ...EXERCISE, kind: 'choice', solution: { code: 'answer = 1\n', html: '' } };
    render(solutionTemplate(choice, { text: '', starter: '', solved: false }, ['zero', 'one']), made);
    expect(made.textContent).toContain('one');
  });
});

const PAGE = `
  <a href="#exercise-a" data-exercise-link="a">A</a> <span data-progress="p" data-total="2"></span>
  <pellucid-exercise id="exercise-a" data-exercise="a" data-kind="function">
    <h3><span class="exercise-number">Exercise 1</span> <span id="exercise-a-title">A</span></h3>
    <div class="exercise-source"><pre tabindex="0"><code class="python">${EXERCISE.starter}</code></pre></div>
    TOOLS
  </pellucid-exercise>
  <pellucid-exercise id="exercise-b" data-exercise="b" data-kind="choice">
    <h3><span class="exercise-number">Exercise 2</span> <span id="exercise-b-title">B</span></h3>
    <div class="exercise-options">
      <label><input type="radio" name="b" value="0"> zero</label> <label><input type="radio" name="b" value="1"> one</label>
    </div>
    TOOLS
  </pellucid-exercise>`.replaceAll(
  'TOOLS',
  `<div class="exercise-toolbar"><button data-act="check">Check</button><button data-act="hint">Hint</button>
     <button data-act="solution">Show solution</button><button data-act="reset" disabled>Reset</button></div>
   <ol class="exercise-hints" hidden></ol><div class="exercise-verdict" role="status"></div><div class="exercise-solution" hidden></div>`,
);

describe('the exercise in the page', () => {
  let element: HTMLElement;
  const find = (selector: string) => element.querySelector<HTMLElement>(selector);
  const press = (act: string) => find(`[data-act=${act}]`)?.click();
  const verdict = () => find('.exercise-verdict')?.textContent ?? '';
  const code = () => find('code.python') as HTMLElement;

  function write(text: string): void {
    code().textContent = text;
    code().dispatchEvent(new Event('input', { bubbles: true }));
  }

  function reload(): void {
    const holder = document.createElement('div');
    holder.innerHTML = PAGE;
    document.body.replaceChildren(holder);
    element = document.getElementById('exercise-a') as HTMLElement;
  }

  beforeEach(async () => {
    vi.stubGlobal(
      'IntersectionObserver',
      class {
        observe() {}
        disconnect() {}
      },
    );
    const file = { source: 'SOURCE', exercises: { a: EXERCISE, b: { ...EXERCISE, kind: 'choice' } } };
    vi.stubGlobal(
      'fetch',
      vi.fn(async () => new Response(JSON.stringify(file))),
    );
    await import('../src/store/contents');
    await import('../src/exercise/exercise');
    document.body.dataset.page = 'p';
    reload();
    judge.check.mockReset();
  });

  afterEach(async () => {
    document.body.innerHTML = '';
    const { eraseAll } = await import('../src/store/transfer');
    await eraseAll();
  });

  test('checks what stands in the editor and shows the verdict', async () => {
    judge.check.mockResolvedValue(WRONG);
    write('def f():\n    return 2\n');
    press('check');
    await vi.waitFor(() => expect(verdict()).toContain('Not yet'));
    expect(judge.check).toHaveBeenCalledWith('SOURCE', 'a', 'def f():\n    return 2\n', expect.any(Number));
    expect(find('.exercise-verdict')?.dataset.status).toBe('wrong');
  });

  test('says that it checks, ignores a second press, and can be stopped', async () => {
    let finish = (_: Verdict) => {};
    judge.check.mockReturnValue(
      new Promise((resolve) => {
        finish = resolve;
      }),
    );
    write('x = 1');
    press('check');
    await vi.waitFor(() => expect(judge.check).toHaveBeenCalledTimes(1));
    expect(verdict()).toContain('Checking');
    press('check');
    press('stop');
    await vi.waitFor(() => expect(judge.stop).toHaveBeenCalled());
    finish({ ...FAILED, title: 'Stopped', message: 'The check was stopped.', error: null });
    await vi.waitFor(() => expect(verdict()).toContain('The check was stopped.'));
    expect(judge.check).toHaveBeenCalledTimes(1);
    expect((await events.all()).map(({ type }) => type)).toEqual([]);
  });

  test('a right answer is progress, shown here and in the contents', async () => {
    judge.check.mockResolvedValue(RIGHT);
    write('def f():\n    return 1\n');
    press('check');
    await vi.waitFor(() =>
      expect(document.querySelector('[data-progress]')?.textContent).toContain('1 of 2 exercises solved'),
    );
    expect(element.dataset.state).toBe('solved');
    expect(find('.exercise-state')?.textContent).toBe('Solved');
    expect(document.querySelector<HTMLElement>('[data-exercise-link=a]')?.dataset.state).toBe('solved');
    expect(find('.verdict-next')?.textContent).toBe('Next: B');
  });

  test('failed tries are not counted', async () => {
    judge.check.mockResolvedValue(WRONG);
    for (const text of ['1', '2', '3']) {
      write(text);
      press('check');
      await vi.waitFor(() => expect(judge.check).toHaveBeenLastCalledWith('SOURCE', 'a', text, expect.any(Number)));
      await vi.waitFor(() => expect(verdict()).toContain('Not yet'));
    }
    await vi.waitFor(async () => expect((await events.all()).map(({ type }) => type)).toEqual(['attempted']));
  });

  test('hints come one at a time', async () => {
    press('hint');
    await vi.waitFor(() => expect(find('.exercise-hints')?.children).toHaveLength(1));
    expect(find('.exercise-hints')?.textContent).toContain('Hint 1 of 3 First idea.');
    for (const count of [2, 3]) {
      press('hint');
      await vi.waitFor(() => expect(find('.exercise-hints')?.children).toHaveLength(count));
    }
    expect(find('[data-act=hint]')?.getAttribute('aria-disabled')).toBe('true');
  });

  test('hints pressed quickly are numbered as they come', async () => {
    press('hint');
    press('hint');
    await vi.waitFor(() => expect(find('.exercise-hints')?.children).toHaveLength(2));
    expect(find('.exercise-hints')?.textContent).toBe('Hint 1 of 3 First idea.Hint 2 of 3 Second.');
  });

  test('hints that were open are open after a reload, unannounced, and the next press gives the next', async () => {
    await events.record({ type: 'hinted', page: 'p', exercise: 'a', hints: 2 });
    reload();
    await vi.waitFor(() => expect(find('.exercise-hints')?.children).toHaveLength(2));
    expect(find('.exercise-hints')?.hidden).toBe(false);
    expect(find('.exercise-hints')?.hasAttribute('aria-live')).toBe(false);
    press('hint');
    await vi.waitFor(() => expect(find('.exercise-hints')?.textContent).toContain('Hint 3 of 3'));
    expect(find('[data-act=hint]')?.getAttribute('aria-disabled')).toBe('true');
  });

  test('the solution asks first, and opens at once after an own attempt', async () => {
    press('solution');
    await vi.waitFor(() => expect(find('.solution-ask')).not.toBeNull());
    press('try');
    expect(find('.exercise-solution')?.hidden).toBe(true);
    judge.check.mockResolvedValue(WRONG);
    write('def f():\n    return 2\n');
    press('check');
    await vi.waitFor(() => expect(element.dataset.state).toBe('attempted'));
    press('solution');
    await vi.waitFor(() => expect(find('.exercise-solution .difference')).not.toBeNull());
    press('solution');
    expect(find('.exercise-solution')?.hidden).toBe(true);
  });

  test('the starter, checked, is no attempt', async () => {
    judge.check.mockResolvedValue({ ...WRONG, status: 'incomplete', title: 'Nothing yet' });
    press('check');
    await vi.waitFor(() => expect(verdict()).toContain('Nothing yet'));
    press('solution');
    await vi.waitFor(() => expect(find('.solution-ask')).not.toBeNull());
    press('reveal');
    await vi.waitFor(() => expect(find('.solution-code')?.textContent).toContain('return 1'));
  });

  test('what was typed is kept as a draft; Reset can be undone', async () => {
    write('def f():\n    return 7\n');
    element.dispatchEvent(new Event('focusout'));
    await vi.waitFor(async () => expect((await drafts.load('p', 'exercise:a'))?.text).toContain('return 7'));
    press('reset');
    expect(code().textContent).toBe(EXERCISE.starter);
    press('undo');
    expect(code().textContent).toContain('return 7');
  });

  test('a draft that comes after the first keystroke is kept beside', async () => {
    await drafts.save('p', 'exercise:a', 'the draft', EXERCISE.starter);
    reload();
    write('typed at once');
    const { exportAll } = await import('../src/store/transfer');
    await vi.waitFor(async () => expect((await exportAll()).asides.map(({ text }) => text)).toEqual(['the draft']));
    expect(code().textContent).toBe('typed at once');
  });

  test('a store that refuses hides no verdict, and is said', async () => {
    const refusing = vi.spyOn(events, 'record').mockRejectedValue(new Error('full'));
    judge.check.mockResolvedValue(RIGHT);
    write('def f():\n    return 1\n');
    press('check');
    await vi.waitFor(() => expect(verdict()).toContain('Right'));
    expect(find('.cell-caveat')?.textContent).toContain('cannot be kept');
    refusing.mockRestore();
  });

  test('another tab’s answer is shown, or only spoken of where the learner is writing', async () => {
    const tab = new BroadcastChannel('pellucid');
    const saveThere = async (text: string) => {
      await makeDrafts().save('p', 'exercise:a', text, EXERCISE.starter);
      tab.postMessage({ type: 'draft', page: 'p', id: 'exercise:a' });
    };
    await vi.waitFor(() => expect(element.dataset.state).toBe('new'));
    await saveThere('from there');
    await vi.waitFor(() => expect(code().textContent).toBe('from there'));
    vi.spyOn(document, 'hasFocus').mockReturnValue(true);
    find('[data-act=check]')?.focus();
    await saveThere('more from there');
    await vi.waitFor(() => expect(find('.cell-caveat')?.textContent).toContain('another tab'));
    expect(code().textContent).toBe('from there');
    tab.close();
  });

  test('a choice is submitted as its index', async () => {
    element = document.getElementById('exercise-b') as HTMLElement;
    press('check');
    await vi.waitFor(() => expect(verdict()).toContain('Choose one'));
    judge.check.mockResolvedValue(RIGHT);
    const radio = find('input[value="1"]') as HTMLInputElement;
    radio.checked = true;
    radio.dispatchEvent(new Event('change', { bubbles: true }));
    press('check');
    await vi.waitFor(() => expect(judge.check).toHaveBeenCalledWith('SOURCE', 'b', 'answer = 1', expect.any(Number)));
  });

  test('a failed start says what to do', async () => {
    judge.check.mockRejectedValue(new Error('no network'));
    write('x = 1');
    press('check');
    await vi.waitFor(() => expect(verdict()).toContain('no network'));
    expect(find('[data-act=check]')?.getAttribute('aria-disabled')).toBe('false');
  });
});

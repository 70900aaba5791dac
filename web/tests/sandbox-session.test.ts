import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunEvent, SessionState } from '../src/contract';
import { CellSession } from '../src/sandbox/cell-session';
import type { Order, Report } from '../src/sandbox/messages';
import { type FakeWorker, fakeSpawn, noFiles } from './sandbox-fakes';

type Say = (report: Report) => void;
type Behaviour = (id: string, say: Say, worker: FakeWorker) => void;

const finish = (id: string, status: 'ok' | 'error' | 'stopped' | 'fatal' = 'ok', detail = '', heap = 1): Report => ({
  ...{ kind: 'done', id, status, heap, detail },
});

/** The cell's source names what the worker does. */
const BEHAVIOURS: Record<string, Behaviour> = {
  print: (id, say) => {
    say({ kind: 'events', id, events: [{ type: 'stdout', text: 'hello' }] });
    say(finish(id));
  },
  hang: () => {},
  gentle: (id, say, worker) => {
    worker.interrupt = () => say(finish(id, 'stopped'));
  },
  deep: (id, say) => say(finish(id, 'fatal', 'RangeError: Maximum call stack size exceeded')),
  memory: (id, say) => {
    const error = { name: 'MemoryError', message: '', frames: [], line: 1, help: null };
    say({ kind: 'events', id, events: [{ type: 'error', error }] });
    say(finish(id, 'error', '', 2 ** 30));
  },
  flood: (id, say, worker) => {
    worker.interrupt = () => say(finish(id, 'stopped'));
    for (let i = 0; i < 10; i++) say({ kind: 'events', id, events: [{ type: 'stdout', text: 'x'.repeat(60_000) }] });
  },
  forged: (id, say) => {
    say(finish('another'));
    say({ kind: 'events', id: 'another', events: [{ type: 'stdout', text: 'forged' }] });
    say({ kind: 'image', image: new Uint8Array(9) });
    say(finish(id));
  },
  ask: (id, say, worker) => {
    worker.answer = (text) => {
      worker.answers.push(text);
      say(finish(id));
    };
    say({ kind: 'ask', id, prompt: 'name?' });
  },
};

function behave(order: Order, say: Say, worker: FakeWorker): void {
  if (order.kind !== 'run') return;
  if (order.source === 'silent') return;
  say({ kind: 'started', id: order.id });
  BEHAVIOURS[order.source]?.(order.id, say, worker);
}

function start(shared = true) {
  const { workers, spawn } = fakeSpawn(behave, shared);
  const keepSnapshot = vi.fn();
  const files = { ...noFiles, keepSnapshot };
  const session = new CellSession({ spawn, files, checkFrame: async () => {}, findCaveat: async () => null });
  const states: SessionState[] = [];
  session.addEventListener('change', () => states.push(session.state));
  const shown: RunEvent[] = [];
  const run = (source: string, seconds = 60) =>
    session.run({ cell: 'c', source, seconds }, (event) => shown.push(event));
  return { session, states, shown, run, workers, keepSnapshot };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

describe('a session', () => {
  it('starts at the first run, and goes from idle to ready', async () => {
    const { session, states, shown, run } = start();
    expect(session.state).toBe('idle');
    const result = await run('print');
    expect(states).toEqual(['starting', 'ready', 'running', 'ready']);
    expect(shown).toEqual([{ type: 'stdout', text: 'hello' }]);
    expect(result).toMatchObject({ status: 'ok', number: 1, restarted: false, message: null });
  });

  it('runs cells one after the other and counts them', async () => {
    const { run, workers } = start();
    const results = await Promise.all([run('print'), run('print'), run('print')]);
    expect(results.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(workers).toHaveLength(1);
  });

  it('keeps its values when the code heeds Stop', async () => {
    const { session, run, workers } = start();
    const running = run('gentle');
    await pass(10);
    await session.stop();
    expect(await running).toMatchObject({ status: 'stopped', restarted: false });
    expect(session.state).toBe('stopped');
    expect(workers).toHaveLength(1);
  });

  it('replaces an interpreter that does not heed Stop, and says so', async () => {
    const { session, run, workers } = start();
    const running = run('hang');
    await pass(10);
    void session.stop();
    await pass(900);
    expect(workers[0]?.killed).toBe(false);
    await pass(200);
    const result = await running;
    expect(result).toMatchObject({ status: 'stopped', restarted: true });
    expect(result.message).toContain('started anew');
    expect(workers[0]).toMatchObject({ interrupts: 1, killed: true });
    expect(await run('print')).toMatchObject({ status: 'ok', number: 1 });
  });

  it('replaces the interpreter at once where it cannot be interrupted', async () => {
    const { session, run, workers } = start(false);
    const running = run('hang');
    await pass(10);
    void session.stop();
    await pass(1);
    expect(await running).toMatchObject({ status: 'stopped', restarted: true });
    expect(workers[0]?.interrupts).toBe(0);
  });

  it('ends a run at its time limit', async () => {
    const { run } = start();
    const running = run('hang', 2);
    await pass(1_900);
    await pass(1_200);
    expect(await running).toMatchObject({
      status: 'time',
      restarted: true,
      message: expect.stringContaining('2 seconds'),
    });
  });

  it('does not count the time of a question', async () => {
    const { session, run, workers } = start();
    session.ask = () => new Promise((resolve) => setTimeout(resolve, 90_000, 'Ada'));
    const running = run('ask', 2);
    await pass(91_000);
    expect(await running).toMatchObject({ status: 'ok' });
    expect(workers[0]?.answers).toEqual(['Ada']);
  });

  it('answers the end of the input when the page cannot ask', async () => {
    const { session, run, workers } = start();
    session.ask = () => Promise.reject(new Error('closed'));
    await run('ask');
    expect(workers[0]?.answers).toEqual([null]);
  });

  it.each([
    ['deep', 'crashed', 'deeper'],
    ['memory', 'memory', 'memory'],
  ])('restarts after "%s" and names the reason', async (source, status, word) => {
    const { run, workers } = start();
    const result = await run(source);
    expect(result).toMatchObject({ status, restarted: true });
    expect(result.message).toContain(word);
    expect(workers[0]?.killed).toBe(true);
    expect(await run('print')).toMatchObject({ status: 'ok' });
  });

  it('cuts a flood that Python did not cut, and stops it', async () => {
    const { run, shown } = start();
    expect(await run('flood')).toMatchObject({ status: 'stopped', restarted: false });
    const chars = shown.reduce((sum, event) => sum + (event.type === 'stdout' ? event.text.length : 0), 0);
    expect(chars).toBeLessThanOrEqual(327_680);
    expect(shown.at(-1)).toMatchObject({ type: 'note' });
  });

  it('believes no report about another run, and no image after the start', async () => {
    const { run, shown, keepSnapshot } = start();
    expect(await run('forged')).toMatchObject({ status: 'ok' });
    expect(shown).toEqual([]);
    expect(keepSnapshot).not.toHaveBeenCalled();
  });

  it('gives up on an interpreter that does not answer', async () => {
    const { run } = start();
    const running = run('silent');
    await pass(11_000);
    expect(await running).toMatchObject({ status: 'crashed', restarted: true });
  });

  it('tells the next run that an interpreter died between two runs', async () => {
    const { session, run, workers } = start();
    await run('print');
    workers[0]?.die('out of memory');
    await pass(1);
    expect(session.state).toBe('idle');
    expect(await run('print')).toMatchObject({ status: 'ok', number: 1, restarted: true });
  });

  it('stops what waits as well as what runs', async () => {
    const { session, run } = start();
    const [first, second] = [run('gentle'), run('print')];
    await pass(10);
    await session.stop();
    expect(await first).toMatchObject({ status: 'stopped' });
    expect(await second).toMatchObject({ status: 'stopped' });
    expect(await run('print')).toMatchObject({ status: 'ok' });
  });

  it('begins anew at Restart, also while code runs', async () => {
    const { session, run, workers } = start();
    const running = run('hang');
    await pass(10);
    await session.restart();
    expect(await running).toMatchObject({ status: 'stopped' });
    expect(workers).toHaveLength(2);
    expect(session.state).toBe('ready');
    expect(await run('print')).toMatchObject({ number: 1 });
  });

  it('says why it cannot start, and tries again at the next run', async () => {
    let broken = true;
    const { spawn } = fakeSpawn(behave);
    const flaky = () => (broken ? Promise.reject(new Error('no frame')) : spawn());
    const session = new CellSession({
      spawn: flaky,
      files: noFiles,
      checkFrame: async () => {},
      findCaveat: async () => null,
    });
    const request = { cell: 'c', source: 'print', seconds: 1 };
    const result = await session.run(request, () => {});
    expect(result).toMatchObject({ status: 'unavailable', message: expect.stringContaining('no frame') });
    expect(session.state).toBe('failed');
    broken = false;
    expect(await session.run(request, () => {})).toMatchObject({ status: 'ok' });
  });
});

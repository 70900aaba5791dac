import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ExerciseJudge } from '../src/sandbox/exercise-judge';
import type { Order, Report } from '../src/sandbox/messages';
import { type FakeWorker, fakeSpawn, noFiles } from './sandbox-fakes';

const RIGHT = {
  ...{ status: 'right', title: 'Right', message: '', mistake: null, diagnosis: [], counterexample: null, error: null },
  ...{ stdout: '', passed: 1, total: 1 },
};

/** The judge's half echoes the outcomes that it was given as its message. */
function behave(order: Order, say: (report: Report) => void): void {
  if (order.kind !== 'call') return;
  const { id, target, args } = order;
  say({ kind: 'started', id });
  if (target.endsWith('plan_json')) say({ kind: 'result', id, text: '{"tensors": false}' });
  if (target.endsWith('judge_json')) say({ kind: 'result', id, text: JSON.stringify({ ...RIGHT, message: args[3] }) });
  if (!target.endsWith('attempt_json')) return;
  if (args[0] === 'fails') say({ kind: 'failure', id, fatal: false, detail: 'TypeError' });
  else if (args[0] === 'dies') say({ kind: 'failure', id, fatal: true, detail: 'Exit: 0' });
  else if (args[0] !== 'hangs') say({ kind: 'result', id, text: `OUTCOMES of ${args[0]}` });
}

const calls = (worker: FakeWorker | undefined) =>
  (worker?.heard ?? []).flatMap((order) => (order.kind === 'call' ? [order.target.split(':')[1]] : []));

function start(files = noFiles) {
  const { workers, spawn } = fakeSpawn(behave);
  const judge = new ExerciseJudge(spawn, files);
  return { judge, workers, check: (submission: string) => judge.check('SOURCE', 'id', submission, 1) };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the judge', () => {
  it('runs the submission in an interpreter that neither plans nor judges, and throws it away', async () => {
    const { check, workers } = start();
    expect(await check('mine')).toMatchObject({ status: 'right', message: 'OUTCOMES of mine' });
    const attempts = workers.filter((worker) => calls(worker).includes('attempt_json'));
    const judges = workers.filter((worker) => calls(worker).includes('judge_json'));
    expect(attempts).toHaveLength(1);
    expect(calls(attempts[0])).toEqual(['attempt_json']);
    expect(attempts[0]?.killed).toBe(true);
    expect(calls(judges[0])).toEqual(['plan_json', 'judge_json']);
    expect(judges[0]?.killed).toBe(false);
  });

  it('never sends the exercises to the interpreter of the attempt', async () => {
    const { check, workers } = start();
    await check('mine');
    const attempt = workers.find((worker) => calls(worker).includes('attempt_json'));
    expect(JSON.stringify(attempt?.heard)).not.toContain('SOURCE');
  });

  it('gives each attempt a fresh interpreter, and has the next one ready', async () => {
    const { check, workers } = start();
    await check('one');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(workers).toHaveLength(3);
    await check('two');
    const attempts = workers.filter((worker) => calls(worker).includes('attempt_json'));
    expect(attempts).toHaveLength(2);
    expect(attempts[1]).toBe(workers[2]);
  });

  it.each([
    ['dies', '{"ended":"crashed"}'],
    ['fails', '{}'],
  ])('lets the judge say what a submission that %s is', async (submission, outcomes) => {
    const { check } = start();
    expect((await check(submission)).message).toBe(outcomes);
  });

  it('ends an attempt at its time limit', async () => {
    const { check, workers } = start();
    const verdict = check('hangs');
    await vi.advanceTimersByTimeAsync(10_500);
    expect((await verdict).message).toBe('{"ended":"time"}');
    expect(workers.find((worker) => calls(worker).includes('attempt_json'))?.killed).toBe(true);
  });

  it('can be stopped', async () => {
    const { check, judge } = start();
    const verdict = check('hangs');
    await vi.advanceTimersByTimeAsync(100);
    judge.stop();
    expect(await verdict).toMatchObject({ status: 'error', title: 'Stopped' });
    expect(await check('mine')).toMatchObject({ status: 'right' });
  });

  it('heeds Stop while Python is still on its way', async () => {
    const { check, judge } = start({ ...noFiles, core: () => new Promise(() => {}) });
    const verdict = check('mine');
    await vi.advanceTimersByTimeAsync(100);
    judge.stop();
    expect(await verdict).toMatchObject({ status: 'error', title: 'Stopped' });
  });

  it('counts no download against the time of the check', async () => {
    const core = () => new Promise<void>((resolve) => setTimeout(resolve, 120_000));
    const { check } = start({ ...noFiles, core });
    const verdict = check('mine');
    await vi.advanceTimersByTimeAsync(121_000);
    expect(await verdict).toMatchObject({ status: 'right' });
  });

  it('says why it could not start, and tries again at the next check', async () => {
    let online = false;
    const core = () => (online ? Promise.resolve() : Promise.reject(new TypeError('no network')));
    const { check } = start({ ...noFiles, core });
    await expect(check('mine')).rejects.toThrow('no network');
    online = true;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await check('mine')).toMatchObject({ status: 'right' });
  });
});

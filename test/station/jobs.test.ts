import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Job, JobEnd } from '../../shared/contract.ts';
import { StationError } from '../../shared/errors.ts';
import { EventHub } from '../../electron/station/events.ts';
import { Jobs, type JobHandle } from '../../electron/station/jobs.ts';

const DONE: JobEnd = { kind: 'compared', checked: 1, hidden: 0 };
let told: Job[];
let log: string[];
let jobs: Jobs;

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-03-01T10:00:00Z') });
  told = [];
  log = [];
  jobs = new Jobs(
    (job) => told.push(job),
    Date.now,
    (line) => log.push(line),
  );
});
afterEach(() => {
  vi.useRealTimers();
});

/** A job that ends when the test says so. */
function start(): {
  id: string;
  handle: JobHandle;
  end: (how?: JobEnd) => void;
  fail: (error: unknown) => void;
} {
  let handle: JobHandle | undefined;
  const { promise, resolve, reject } = Promise.withResolvers<JobEnd>();
  const id = jobs.start('intake', 'a.json', (given) => {
    handle = given;
    return promise;
  });
  if (handle === undefined) throw new Error('the work did not begin');
  return { id, handle, end: (how = DONE) => resolve(how), fail: reject };
}

const ends = (): (JobEnd | null)[] => told.map((job) => job.end).filter((end) => end !== null);
const settle = () => vi.advanceTimersByTimeAsync(1000);

describe('what a job shows', () => {
  it('begins with what it is, and when', () => {
    const { id } = start();
    expect(jobs.list()).toEqual([
      {
        job: id,
        kind: 'intake',
        step: 'waiting',
        done: 0,
        total: null,
        unit: 'documents',
        counts: {},
        subject: 'a.json',
        startedAt: '2026-03-01T10:00:00.000Z',
        end: null,
      },
    ]);
    expect(jobs.isRunning('intake')).toBe(true);
    expect(jobs.isRunning('upload')).toBe(false);
  });

  it('is never further than its end, in whatever order the numbers come', async () => {
    const { handle } = start();
    const steps = [
      { done: 5 },
      { total: 3 },
      { done: 9, total: 9 },
      { total: 4 },
      { done: 1e9 },
      { step: 'class' as const },
      { done: 2, total: null },
      { done: 7 },
      { total: 0 },
    ];
    const seen: Job[] = [];
    for (const step of steps) {
      handle.progress(step);
      await settle();
      seen.push(...jobs.list());
    }
    expect(seen).toHaveLength(steps.length);
    expect([...seen, ...told].filter(({ done, total }) => total !== null && done > total)).toEqual([]);
    expect(told).toHaveLength(steps.length);
  });

  it('is told at most ten times a second, the newest of it always', async () => {
    const { handle } = start();
    for (let at = 1; at <= 1000; at += 1) {
      handle.progress({ done: at, total: 1000 });
      await vi.advanceTimersByTimeAsync(1);
    }
    await settle();
    expect(told.length).toBeGreaterThanOrEqual(9);
    expect(told.length).toBeLessThanOrEqual(11);
    expect(told.at(-1)?.done).toBe(1000);
  });

  it('of two jobs is told apart', async () => {
    const one = start();
    const two = start();
    for (let at = 1; at <= 100; at += 1) {
      one.handle.progress({ done: at });
      two.handle.progress({ done: -at });
      await vi.advanceTimersByTimeAsync(1);
    }
    await settle();
    expect(told.filter((job) => job.job === one.id).at(-1)?.done).toBe(100);
    expect(told.filter((job) => job.job === two.id).at(-1)?.done).toBe(-100);
  });
});

describe('the end of a job', () => {
  it('is told once, at once, and nothing after it', async () => {
    const { handle, end } = start();
    handle.progress({ done: 1, total: 10 });
    end();
    await vi.advanceTimersByTimeAsync(0);
    expect(ends()).toEqual([DONE]);
    handle.progress({ done: 5 });
    await settle();
    expect(ends()).toEqual([DONE]);
    expect(told.at(-1)).toMatchObject({ done: 1, end: DONE });
    expect(jobs.list()[0]).toMatchObject({ done: 1, end: DONE });
    expect(jobs.isRunning('intake')).toBe(false);
  });

  it('is the failure by its code, with what helps; its cause is not told', async () => {
    start().fail(new StationError('too-many-attempts', '30', new Error('the password was secret')));
    await settle();
    expect(ends()).toEqual([{ kind: 'failed', code: 'too-many-attempts', detail: '30' }]);
    expect(JSON.stringify([log, told])).not.toContain('secret');
  });

  it.each([new Error('secret'), new TypeError('secret'), 'secret', undefined, null])(
    'is "internal" where nobody foresaw it: %s',
    async (error) => {
      start().fail(error);
      await settle();
      expect(ends()).toEqual([{ kind: 'failed', code: 'internal' }]);
      expect(log).toHaveLength(1);
      expect(log.join()).not.toContain('secret');
    },
  );

  it('is "stopped" where it was stopped', async () => {
    const { id, handle, fail } = start();
    expect(handle.signal.aborted).toBe(false);
    jobs.stop(id);
    expect(handle.signal.aborted).toBe(true);
    jobs.stop(id);
    fail(new StationError('cancelled'));
    await settle();
    expect(ends()).toEqual([{ kind: 'stopped' }]);
    expect(log).toEqual([]);
    // Too late, and no harm.
    jobs.stop(id);
    await settle();
    expect(ends()).toHaveLength(1);
  });

  it('is what it reached, where it was done before it heard of the stop', async () => {
    const { id, end } = start();
    jobs.stop(id);
    end();
    await settle();
    expect(ends()).toEqual([DONE]);
  });

  it('is waited for when everything is stopped', async () => {
    const one = start();
    const two = start();
    let stopped = false;
    const all = jobs.stopAll().then(() => (stopped = true));
    one.fail(new StationError('cancelled'));
    await settle();
    expect(stopped).toBe(false);
    two.fail(new StationError('cancelled'));
    await all;
    expect(ends()).toEqual([{ kind: 'stopped' }, { kind: 'stopped' }]);
  });

  it('stays in the list for who looks later, but not for ever', async () => {
    const running = start();
    for (let at = 0; at < 60; at += 1) start().end();
    await settle();
    expect(jobs.list().filter((job) => job.end !== null)).toHaveLength(50);
    expect(jobs.list().map((job) => job.job)).toContain(running.id);
    expect(() => jobs.stop('nothing')).toThrow(expect.objectContaining({ code: 'not-found' }) as Error);
  });
});

describe('who listens to the station', () => {
  it('hears each kind of change once for many that come together', async () => {
    const hub = new EventHub();
    const heard: unknown[] = [];
    hub.on('changed', ({ what }) => heard.push([...what].sort()));
    for (let at = 0; at < 50; at += 1) hub.changed('batches', 'outbox');
    hub.changed('server');
    await settle();
    expect(heard).toEqual([['batches', 'outbox', 'server']]);
    hub.changed('batches');
    await settle();
    expect(heard).toHaveLength(2);
    hub.close();
  });

  it('is not kept from hearing by somebody else who fails', async () => {
    const hub = new EventHub();
    const heard: string[] = [];
    hub.on('changed', () => {
      throw new Error('a window that is gone');
    });
    hub.on('changed', () => heard.push('second'));
    hub.changed('batches');
    await settle();
    expect(heard).toEqual(['second']);
    hub.close();
  });

  it('hears nothing any more once it has left, or the station is closed', async () => {
    const hub = new EventHub();
    const heard: string[] = [];
    const leave = hub.on('changed', () => heard.push('one'));
    hub.on('changed', () => heard.push('two'));
    leave();
    hub.changed('batches');
    await settle();
    expect(heard).toEqual(['two']);
    hub.changed('batches');
    hub.close();
    hub.changed('batches');
    await settle();
    expect(heard).toEqual(['two']);
  });
});

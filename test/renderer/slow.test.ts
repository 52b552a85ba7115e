import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SLOW, watchForSlow } from '../../renderer/slow.ts';
import { pending } from './client.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a long wait is told once, and its end', async () => {
  const slow = watchForSlow();
  const told: boolean[] = [];
  slow.on(() => told.push(slow.is()));
  const [one, other] = [pending<number>(), pending<number>()];
  const answers = [slow.watch(one.promise), slow.watch(other.promise).catch(() => 'failed')];
  await vi.advanceTimersByTimeAsync(SLOW - 1);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  one.resolve(1);
  await vi.advanceTimersByTimeAsync(SLOW);
  expect(told).toEqual([true]);
  other.reject(new Error('no'));
  expect(await Promise.all(answers)).toEqual([1, 'failed']);
  expect(told).toEqual([true, false]);
});

test('many quick answers are no long wait', async () => {
  const slow = watchForSlow();
  const listener = vi.fn<() => void>();
  slow.on(listener);
  for (let n = 0; n < 10; n += 1) {
    const answer = pending<number>();
    void slow.watch(answer.promise);
    await vi.advanceTimersByTimeAsync(SLOW - 1);
    answer.resolve(n);
    await vi.advanceTimersByTimeAsync(0);
  }
  expect(listener).not.toHaveBeenCalled();
  expect(slow.is()).toBe(false);
});

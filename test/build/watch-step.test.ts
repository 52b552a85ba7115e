import { describe, expect, test } from 'vitest';
import { watchStep } from '../../build/watch-step.mjs';

const MINUTE = 60_000;

/** A step that is watched in a time of its own: 10 minutes of silence are a hang, an hour is the end. */
function watched() {
  let now = 0;
  let touched: number | null = null;
  let look: (() => void) | null = null;
  const stopped: string[] = [];
  const watch = watchStep({
    heartbeat: 'beat',
    silenceMs: 10 * MINUTE,
    leftMs: 60 * MINUTE,
    stop: (why) => stopped.push(why),
    clock: () => now,
    every: (_ms, call) => {
      look = call;
      return () => (look = null);
    },
    read: () => touched,
  });
  return {
    watch,
    stopped,
    isWatched: () => look !== null,
    touch: () => (touched = now),
    pass: (minutes: number) => {
      now += minutes * MINUTE;
      look?.();
    },
  };
}

describe('a step of npm test', () => {
  test('is ended when it gave no sign of life for so long', () => {
    const step = watched();
    step.pass(9);
    expect(step.stopped).toEqual([]);
    step.pass(2);
    expect(step.stopped).toEqual(['This step gave no sign of life for 10 minutes and was stopped.']);
    expect(step.isWatched()).toBe(false);
  });

  test('may take long while it prints, or touches its heartbeat', () => {
    const step = watched();
    for (let count = 0; count < 5; count += 1) {
      step.pass(6);
      step.watch.heard();
      step.pass(5);
      step.touch();
    }
    expect(step.stopped).toEqual([]);
  });

  test('is ended with the whole run, alive or not', () => {
    const step = watched();
    for (let count = 0; count < 13; count += 1) {
      step.watch.heard();
      step.pass(5);
    }
    expect(step.stopped).toEqual([expect.stringContaining('the whole run may not take longer')]);
  });

  test('is not watched any more once it has ended', () => {
    const step = watched();
    step.watch.end();
    step.pass(100);
    expect(step.stopped).toEqual([]);
  });
});

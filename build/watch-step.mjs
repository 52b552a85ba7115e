// Ends a step that hangs. A step that is slow is left alone: what counts is the last sign of life, not the time it took.
import { statSync } from 'node:fs';

const LOOK_EVERY_MS = 5000;

/**
 * Watches a step until `end` is called. Signs of life are output (`heard`) and a file that the step touches, the
 * heartbeat: with a terminal the output goes past this program, and a long test prints nothing.
 *
 * `stop` is called once with a sentence for people, after `silenceMs` without a sign of life, or after `leftMs`
 * whatever the step does. `clock` counts milliseconds; `every` calls again and again, and answers how to stop that.
 */
export function watchStep({
  heartbeat,
  silenceMs,
  leftMs,
  stop,
  clock = now,
  every = interval,
  read = touchedAt,
}) {
  const startedAt = clock();
  let aliveAt = startedAt;
  let touched = read(heartbeat);
  const end = every(LOOK_EVERY_MS, () => {
    const at = read(heartbeat);
    if (at !== touched) aliveAt = clock();
    touched = at;
    const minutes = (ms) => `${Math.round(ms / 60_000)} minutes`;
    if (clock() - aliveAt > silenceMs)
      finish(`This step gave no sign of life for ${minutes(silenceMs)} and was stopped.`);
    else if (clock() - startedAt > leftMs)
      finish(`This step was stopped after ${minutes(leftMs)}, because the whole run may not take longer.`);
  });
  const finish = (why) => {
    end();
    stop(why);
  };
  return {
    heard: () => {
      aliveAt = clock();
    },
    end,
  };
}

function now() {
  return performance.now();
}

function interval(ms, call) {
  const timer = setInterval(() => call(), ms);
  return () => clearInterval(timer);
}

function touchedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? null;
}

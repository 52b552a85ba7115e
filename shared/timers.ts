/**
 * Time as the program waits for it and measures it, so that a test can make it pass. It is no clock of a wall: it only
 * goes forward, whatever is done to the computer's clock, and stands still while the computer sleeps. Where that
 * matters, ask a clock too.
 */
import { unlessStopped, type StopSignal } from './stopping.ts';

export interface Timers {
  /** Milliseconds since some moment; only differences mean something. */
  readonly now: () => number;
  /** Calls once after so many milliseconds. Returns what calls it off. */
  readonly after: (ms: number, call: () => void) => () => void;
}

/** What Node and browsers have in common; this folder knows the types of neither. */
const host = globalThis as unknown as {
  readonly performance: { now(): number };
  setTimeout(call: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
};

/** The computer's own. */
export const SYSTEM_TIMERS: Timers = {
  now: () => host.performance.now(),
  after: (ms, call) => {
    const timer = host.setTimeout(call, ms);
    return () => host.clearTimeout(timer);
  },
};

/** Resolves after so many milliseconds. @throws StationError `cancelled` when it is stopped before */
export async function wait(timers: Timers, ms: number, signal?: StopSignal): Promise<void> {
  let callOff: (() => void) | undefined;
  try {
    await unlessStopped(new Promise<void>((resolve) => (callOff = timers.after(ms, resolve))), signal);
  } finally {
    callOff?.();
  }
}

/** The work's value, or `late` after so many milliseconds; the work itself goes on. */
export async function orAfter<Value, Late>(
  timers: Timers,
  ms: number,
  work: Promise<Value>,
  late: Late,
): Promise<Value | Late> {
  let callOff: (() => void) | undefined;
  try {
    const over = new Promise<Late>((resolve) => (callOff = timers.after(ms, () => resolve(late))));
    return await Promise.race([work, over]);
  } finally {
    callOff?.();
  }
}

/** Calls again and again, so many milliseconds apart. Returns what ends it. */
export function every(timers: Timers, ms: number, call: () => void): () => void {
  let callOff: () => void;
  const next = (): void => {
    callOff = timers.after(ms, () => {
      next();
      call();
    });
  };
  next();
  return () => callOff();
}

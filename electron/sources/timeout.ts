/** Waiting for a system or a device that may never answer. */
import { StationError, type ErrorCode } from '../../shared/errors.ts';
import { unlessStopped } from '../../shared/stopping.ts';
import { SYSTEM_TIMERS, type Timers } from '../../shared/timers.ts';

export interface TimeoutOptions<Value> {
  readonly outer?: AbortSignal;
  /** Gets a value that came after the time. */
  readonly late?: (value: Value) => void;
  readonly timers?: Timers;
}

/**
 * The work's value, or a failure after `ms`. The signal handed to the work is aborted when this ends.
 * @throws StationError `code` after the time, `cancelled` when `outer` was aborted
 */
export async function withTimeout<Value>(
  ms: number,
  code: ErrorCode,
  work: (signal: AbortSignal) => Promise<Value>,
  { outer, late, timers = SYSTEM_TIMERS }: TimeoutOptions<Value> = {},
): Promise<Value> {
  const controller = new AbortController();
  const { promise: tooLong, reject } = Promise.withResolvers<never>();
  const callOff = timers.after(ms, () => reject(new StationError(code)));
  let over = false;
  // Also work that fails at once ends below, with its time-out called off.
  const working = (async () => work(controller.signal))();
  // What comes after the time is nobody's any more, a failure as well as a thing that has to be closed.
  working.then(
    (value) => over && late?.(value),
    () => undefined,
  );
  try {
    return await unlessStopped(Promise.race([working, tooLong]), outer);
  } finally {
    over = true;
    callOff();
    controller.abort();
  }
}

/**
 * A signal that is aborted after `ms`, and with another one. `end` has to be called once nobody needs it.
 */
export function deadline(
  timers: Timers,
  ms: number,
  outer: AbortSignal,
): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const end = timers.after(ms, () => controller.abort());
  return { signal: AbortSignal.any([outer, controller.signal]), end };
}

/** Waiting for a system or a device that may never answer. */
import { StationError, type ErrorCode } from '../../shared/errors.ts';

/**
 * The work's value, or a failure after `ms`. The signal handed to the work is aborted when this ends. `late` gets a
 * value that came after the time.
 * @throws StationError `code` after the time, `cancelled` when `outer` was aborted
 */
export async function within<Value>(
  ms: number,
  code: ErrorCode,
  work: (signal: AbortSignal) => Promise<Value>,
  { outer, late }: { readonly outer?: AbortSignal; readonly late?: (value: Value) => void } = {},
): Promise<Value> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StationError(code)), ms);
    stop = () => reject(new StationError('cancelled'));
    if (outer?.aborted === true) stop();
    outer?.addEventListener('abort', stop, { once: true });
  });
  let over = false;
  const working = work(controller.signal);
  // What comes after the time is nobody's any more, a failure as well as a thing that has to be closed.
  working.then(
    (value) => over && late?.(value),
    () => undefined,
  );
  try {
    return await Promise.race([working, tooLong]);
  } finally {
    over = true;
    clearTimeout(timer);
    if (stop !== undefined) outer?.removeEventListener('abort', stop);
    controller.abort();
  }
}

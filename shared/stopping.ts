/** Work that somebody may stop while it waits for something else. */
import { StationError } from './errors.ts';

/** What is needed of an `AbortSignal`; this folder knows the types of neither Node nor browsers. */
export interface StopSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * The value of the work, or a failure as soon as it is stopped, whatever the work does then: what it throws later
 * is nobody's any more. Nothing stays registered with the signal.
 * @param why the failure; `cancelled` unless said otherwise
 * @throws StationError
 */
export async function unlessStopped<Value>(
  work: Promise<Value>,
  signal: StopSignal | undefined,
  why: (signal: StopSignal) => StationError = () => new StationError('cancelled'),
): Promise<Value> {
  if (signal === undefined) return work;
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(why(signal));
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop);
  try {
    return await Promise.race([stopped, work]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/**
 * The work, during which somebody else is told once when it is to stop; the work then ends in its own way. Nothing stays
 * registered with the signal.
 * @throws StationError `cancelled` where it was stopped before it began
 */
export async function tellingStop<Value>(
  signal: StopSignal | undefined,
  tell: () => void,
  work: () => Promise<Value>,
): Promise<Value> {
  if (signal?.aborted === true) throw new StationError('cancelled');
  signal?.addEventListener('abort', tell);
  try {
    return await work();
  } finally {
    signal?.removeEventListener('abort', tell);
  }
}

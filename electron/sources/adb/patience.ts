/** How long a phone may take. It can freeze an app, lock itself or be pulled out at any instant. */
import { StationError } from '../../../shared/errors.ts';

export const PATIENCE = {
  /** The ADB server is on this computer. */
  serverMs: 1_500,
  /** Opening a connection, listing, a small file. */
  answerMs: 8_000,
  /** A piece of a file. */
  pieceMs: 20_000,
} as const;

/**
 * What `work` gives, or a failure with `code` after `ms` milliseconds. The work itself cannot be stopped; whoever
 * gives up on it closes what it runs on.
 */
export async function within<Value>(
  ms: number,
  code: ConstructorParameters<typeof StationError>[0],
  work: Promise<Value>,
  signal?: AbortSignal,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new StationError(code)), ms);
    stop = () => reject(new StationError('cancelled'));
    if (signal?.aborted === true) stop();
    signal?.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    if (stop !== undefined) signal?.removeEventListener('abort', stop);
    // The loser of the race must not end the process later.
    work.catch(() => {});
  }
}

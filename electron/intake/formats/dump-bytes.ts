/** The bytes of a dump as its format sees them: unpacked, and counted against the stored file. */
import { setImmediate } from 'node:timers/promises';
import { StationError, type ErrorCode } from '../../../shared/errors.ts';
import type { Limits } from '../../../shared/limits.ts';
import { gunzip } from './gunzip.ts';
import { Transcoder, type Encoding } from './transcode.ts';
import { blocksOf, type StoredFile } from './stored-file.ts';

export interface DumpChunk {
  /** Valid until the next chunk is asked for. */
  readonly bytes: Buffer;
  /** Bytes of the stored file that were used up to here. */
  readonly stored: number;
}

/** Why there are no more bytes, where it is not simply the end. */
export type BytesEnd = Extract<ErrorCode, 'cut-off' | 'bad-gzip' | 'too-many-records'> | 'whole';

/** How the bytes are stored. */
export interface Stored {
  readonly compressed: boolean;
  readonly encoding: Encoding;
  /** Bytes of a byte order mark. */
  readonly skip: number;
}

/**
 * The bytes as UTF-8, without a byte order mark. Between two chunks everything else has its turn, so that a stop is
 * heard whatever is in them.
 * @throws StationError when the file cannot be read, or `cancelled`
 */
export async function* dumpBytes(
  file: StoredFile,
  { compressed, encoding, skip }: Stored,
  limits: Limits,
  signal?: AbortSignal,
): AsyncGenerator<DumpChunk, BytesEnd> {
  const transcoder = encoding === 'utf-8' ? undefined : new Transcoder(encoding);
  const unpacked = compressed ? unpackedChunks(file, limits, signal) : plainChunks(file, limits, signal);
  let total = 0;
  try {
    for (;;) {
      const step = await unpacked.next();
      if (step.done === true)
        return step.value === 'whole' && transcoder?.isCut === true ? 'cut-off' : step.value;
      const { bytes, stored } = step.value;
      const rest = bytes.subarray(Math.max(0, skip - total));
      // The part of the next bytes that the limit leaves.
      const within = rest.subarray(0, Math.max(0, limits.unpackedBytes - total));
      total += bytes.length;
      yield { bytes: transcoder?.push(within) ?? within, stored };
      if (total > limits.unpackedBytes) return 'too-many-records';
      await setImmediate();
      unlessStopped(signal);
    }
  } finally {
    await unpacked.return('whole');
  }
}

function unlessStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new StationError('cancelled');
}

async function* plainChunks(
  file: StoredFile,
  limits: Limits,
  signal: AbortSignal | undefined,
): AsyncGenerator<DumpChunk, BytesEnd> {
  let stored = 0;
  for await (const bytes of blocksOf(file, limits.blockBytes, signal)) {
    stored += bytes.length;
    yield { bytes, stored };
  }
  return 'whole';
}

async function* unpackedChunks(
  file: StoredFile,
  limits: Limits,
  signal: AbortSignal | undefined,
): AsyncGenerator<DumpChunk, BytesEnd> {
  const unpacking = gunzip(
    () => blocksOf(file, limits.blockBytes, signal),
    () => unlessStopped(signal),
  );
  try {
    for (;;) {
      const step = await unpacking.next();
      if (step.done === true) {
        if (step.value === 'whole') return 'whole';
        return step.value === 'cut' ? 'cut-off' : 'bad-gzip';
      }
      yield { bytes: step.value.bytes, stored: step.value.used };
    }
  } finally {
    await unpacking.return('whole');
  }
}

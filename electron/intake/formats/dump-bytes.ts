/** The bytes of a dump as its format sees them: unpacked, and counted against the stored file. */
import type { ErrorCode } from '../../../shared/errors.ts';
import type { Limits } from '../../../shared/limits.ts';
import { gunzip } from './gunzip.ts';
import { blocksOf, type StoredFile } from './stored-file.ts';

export interface DumpChunk {
  /** Valid until the next chunk is asked for. */
  readonly bytes: Buffer;
  /** Bytes of the stored file that were used up to here. */
  readonly stored: number;
}

/** Why there are no more bytes, where it is not simply the end. */
export type BytesEnd = Extract<ErrorCode, 'cut-off' | 'bad-gzip' | 'too-many-records'> | 'whole';

/** @throws StationError when the file cannot be read, or `cancelled` */
export async function* dumpBytes(
  file: StoredFile,
  compressed: boolean,
  limits: Limits,
  signal?: AbortSignal,
): AsyncGenerator<DumpChunk, BytesEnd> {
  let total = 0;
  /** The part of the next bytes that the limit leaves. */
  const within = (bytes: Buffer): Buffer => {
    const room = limits.unpackedBytes - total;
    total += bytes.length;
    return bytes.subarray(0, room);
  };
  const stored = () => blocksOf(file, limits.blockBytes, signal);
  if (!compressed) {
    for await (const bytes of stored()) {
      yield { bytes: within(bytes), stored: total };
      if (total > limits.unpackedBytes) return 'too-many-records';
    }
    return 'whole';
  }
  const unpacking = gunzip(stored);
  try {
    for (;;) {
      const step = await unpacking.next();
      if (step.done === true) {
        if (step.value === 'whole') return 'whole';
        return step.value === 'cut' ? 'cut-off' : 'bad-gzip';
      }
      yield { bytes: within(step.value.bytes), stored: step.value.used };
      if (total > limits.unpackedBytes) return 'too-many-records';
    }
  } finally {
    await unpacking.return('whole');
  }
}

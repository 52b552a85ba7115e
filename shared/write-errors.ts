/** What a system error means while the station writes to its own disk: never the fault of a stick or a phone. */
import { StationError, type ErrorCode } from './errors.ts';

/** By the names of errno(3), which Node uses on every system. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  EACCES: 'data-not-writable',
  EPERM: 'data-not-writable',
  EROFS: 'data-not-writable',
};

/** @param errno as in `ENOSPC` */
export function writeErrorCode(errno: unknown): ErrorCode {
  return typeof errno === 'string' && Object.hasOwn(CODES, errno) ? (CODES[errno] ?? 'internal') : 'internal';
}

/** @throws StationError `disk-full`, `data-not-writable`, `internal`; one of the station's own stays as it is */
export async function onOwnDisk<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StationError) throw error;
    const errno = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    throw new StationError(writeErrorCode(errno), undefined, error);
  }
}

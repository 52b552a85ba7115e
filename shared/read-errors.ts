/**
 * What a system error means while a file is looked for or read: one answer for a file that somebody chose, a file
 * on a plugged stick, and a copy of our own.
 */
import { StationError, type ErrorCode } from './errors.ts';

/**
 * By the names of errno(3), which Node uses on every system. `EIO` is what both a damaged sector and a stick that
 * is just being pulled out give: whoever can looks whether it is still there. `ENODATA` is what Linux's block layer
 * makes of a medium error, `EUCLEAN` and `EBADMSG` what file systems make of damaged structures.
 */
const CODES: Readonly<Record<string, ErrorCode>> = {
  EIO: 'bad-sector',
  ENODATA: 'bad-sector',
  EUCLEAN: 'bad-sector',
  EBADMSG: 'bad-sector',

  ENOENT: 'source-gone',
  ENOTDIR: 'source-gone',
  ENODEV: 'source-gone',
  ENXIO: 'source-gone',
  ENOMEDIUM: 'source-gone',
  ENOTCONN: 'source-gone',
  ESTALE: 'source-gone',
  ESHUTDOWN: 'source-gone',
  EHOSTDOWN: 'source-gone',
  EBADF: 'source-gone',

  ELOOP: 'link-skipped',
  EISDIR: 'is-folder',
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
};

/** @param errno as in `EIO`; the rest (`EACCES`, `EPERM`, `EBUSY`, `EMFILE`, …) only says that it cannot be read now */
export function readErrorCode(errno: unknown): ErrorCode {
  return typeof errno === 'string' && Object.hasOwn(CODES, errno)
    ? (CODES[errno] ?? 'not-readable')
    : 'not-readable';
}

/** A failure while a file is read, as one that a person can understand. One of the station's own stays as it is. */
export function asReadError(error: unknown): StationError {
  if (error instanceof StationError) return error;
  const errno = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return new StationError(readErrorCode(errno), undefined, error);
}

/**
 * A failure while a file that is open is read. Of a medium that is gone Windows tells in words that Node does not know
 * (`UNKNOWN`), or that it takes for those about a folder (`ERROR_INVALID_FUNCTION`); what is open is none.
 */
export function asReadingError(error: unknown): StationError {
  const failure = asReadError(error);
  return failure.code === 'is-folder' ? new StationError('not-readable', undefined, error) : failure;
}

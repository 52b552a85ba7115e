import { describe, expect, it } from 'vitest';
import { StationError } from '../../shared/errors.ts';
import { asReadError, readErrorCode } from '../../shared/read-errors.ts';

describe('a system error while a file is read', () => {
  it.each([
    ['EIO', 'bad-sector'],
    ['EUCLEAN', 'bad-sector'],
    ['ENODATA', 'bad-sector'],
    ['EBADMSG', 'bad-sector'],
    ['ENOENT', 'source-gone'],
    ['ENOTDIR', 'source-gone'],
    ['ENODEV', 'source-gone'],
    ['ENXIO', 'source-gone'],
    ['ENOMEDIUM', 'source-gone'],
    ['ENOTCONN', 'source-gone'],
    ['ESTALE', 'source-gone'],
    ['EBADF', 'source-gone'],
    ['EACCES', 'not-readable'],
    ['EPERM', 'not-readable'],
    ['EBUSY', 'not-readable'],
    ['EMFILE', 'not-readable'],
    ['ENFILE', 'not-readable'],
    ['UNKNOWN', 'not-readable'],
    ['ELOOP', 'link-skipped'],
    ['EISDIR', 'is-folder'],
    ['ENOSPC', 'disk-full'],
    ['EDQUOT', 'disk-full'],
    ['toString', 'not-readable'],
    [undefined, 'not-readable'],
    [5, 'not-readable'],
  ])('%s is %s', (errno, code) => {
    expect(readErrorCode(errno)).toBe(code);
    const error = Object.assign(new Error('from the system'), { code: errno });
    expect(asReadError(error)).toMatchObject({ code, cause: error });
  });

  it('that the station named already stays as it is', () => {
    const own = new StationError('device-stuck');
    expect(asReadError(own)).toBe(own);
    expect(asReadError('no error at all')).toMatchObject({ code: 'not-readable' });
  });
});

import { expect, it } from 'vitest';
import { StationError } from '../../shared/errors.ts';
import { onOwnDisk } from '../../shared/write-errors.ts';

it.each([
  ['ENOSPC', 'disk-full'],
  ['EDQUOT', 'disk-full'],
  ['EACCES', 'data-not-writable'],
  ['EPERM', 'data-not-writable'],
  ['EROFS', 'data-not-writable'],
  ['EIO', 'internal'],
  ['toString', 'internal'],
  [undefined, 'internal'],
])('%s while writing is %s', async (errno, code) => {
  const error = Object.assign(new Error('from the system'), { code: errno });
  await expect(onOwnDisk(Promise.reject(error))).rejects.toMatchObject({ code, cause: error });
});

it('one of the station’s own stays as it is', async () => {
  const own = new StationError('source-gone');
  await expect(onOwnDisk(Promise.reject(own))).rejects.toBe(own);
  await expect(onOwnDisk(Promise.resolve(5))).resolves.toBe(5);
});

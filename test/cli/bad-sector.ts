/** Loaded into a command: every read of `BAD_FILE` ends as of a sector that the disk cannot read (EIO), as the system would say it. */
import { readlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';

const handle = await open(process.execPath);
const { read } = Object.getPrototypeOf(handle) as typeof handle;
await handle.close();

Object.getPrototypeOf(handle).read = function readOrFail(
  this: typeof handle,
  ...args: Parameters<typeof read>
) {
  if (readlinkSync(`/proc/self/fd/${this.fd}`) === process.env['BAD_FILE'])
    return Promise.reject(Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', errno: -5 }));
  return read.apply(this, args);
};

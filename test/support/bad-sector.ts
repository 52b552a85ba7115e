/**
 * Loaded into a process: every read of `BAD_FILE`, and every list of `BAD_FOLDER`, ends as of a sector that the disk cannot read
 * (EIO), as the system would say it.
 */
import { readlinkSync, promises } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const broken = (): Promise<never> =>
  Promise.reject(Object.assign(new Error('EIO: i/o error'), { code: 'EIO', errno: -5 }));

const handle = await promises.open(process.execPath);
const { read } = Object.getPrototypeOf(handle) as typeof handle;
await handle.close();

Object.getPrototypeOf(handle).read = function readOrFail(
  this: typeof handle,
  ...args: Parameters<typeof read>
) {
  return readlinkSync(`/proc/self/fd/${this.fd}`) === process.env['BAD_FILE']
    ? broken()
    : read.apply(this, args);
};

const { readdir } = promises;
promises.readdir = ((...args: Parameters<typeof readdir>) =>
  args[0] === process.env['BAD_FOLDER'] ? broken() : readdir(...args)) as typeof readdir;
syncBuiltinESMExports();

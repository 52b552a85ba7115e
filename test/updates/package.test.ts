/** Copies of packages in the station's folder: whole and as signed, or not there. */
import { mkdir, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publicKeys } from '../../electron/updates/note.ts';
import { keepPackage, keptUpdate, verifyKept, type PackageFile } from '../../electron/updates/package.ts';
import { StationError } from '../../shared/errors.ts';
import { temporaryFolder } from '../support/folder.ts';
import { makeKeys, makeUpdate, type TestUpdate } from '../support/updates.ts';

const keys = makeKeys();
const known = publicKeys(keys.pem);
/** Of several reads. */
const update = makeUpdate(keys, {}, Buffer.alloc(3 * 1024 * 1024 + 7, 'station'));

let temporary: ReturnType<typeof temporaryFolder>;
let folder: string;
beforeEach(async () => {
  temporary = temporaryFolder();
  folder = join(temporary.path, 'updates');
  await mkdir(folder);
});
afterEach(() => temporary.remove());

const fileOf = (bytes: Uint8Array): PackageFile => ({
  read: async (offset, length) => bytes.subarray(offset, offset + length),
});
const keep = (file: PackageFile, of: TestUpdate = update, signal = new AbortController().signal) => {
  const done: number[] = [];
  const signed = { note: of.note, signed: Buffer.from(of.signed) };
  return keepPackage(file, signed, folder, { signal, onProgress: (bytes) => void done.push(bytes) }).then(
    () => done,
  );
};
const kept = () => keptUpdate(folder, known);
const nothing = (): never => {
  throw new Error('nothing is kept');
};

describe('a package that is copied', () => {
  it('lies there whole, with its note, and is found', async () => {
    const done = await keep(fileOf(update.bytes));
    expect(done.at(-1)).toBe(update.bytes.length);
    expect(done.length).toBeGreaterThan(2);
    expect((await readdir(folder)).sort()).toEqual([update.note.file, update.noteName].sort());
    const found = await kept();
    expect(found?.note).toEqual(update.note);
    expect(await readFile(found?.path ?? '')).toEqual(update.bytes);
    await expect(verifyKept(found ?? nothing())).resolves.toBe(undefined);
  });

  it('takes the place of the one before only when it is whole', async () => {
    await keep(fileOf(update.bytes));
    const next = makeUpdate(keys, { version: '1.3.0' });
    await expect(keep(fileOf(next.bytes.subarray(0, 99)), next)).rejects.toMatchObject({
      code: 'update-cut-off',
    });
    expect((await kept())?.note.version).toBe('1.2.0');
    await keep(fileOf(next.bytes), next);
    expect((await kept())?.note.version).toBe('1.3.0');
    expect(await readdir(folder)).toHaveLength(2);
  });

  const changed = Buffer.from(update.bytes);
  changed[2_000_000] = 0;
  it.each([
    ['cut off', update.bytes.subarray(0, -1), 'update-cut-off'],
    ['empty', new Uint8Array(), 'update-cut-off'],
    ['longer', Buffer.concat([update.bytes, Buffer.from('x')]), 'update-damaged'],
    ['changed in one byte', changed, 'update-damaged'],
  ])('that is %s leaves nothing behind', async (_how, bytes, code) => {
    await expect(keep(fileOf(bytes))).rejects.toMatchObject({ code });
    expect(await readdir(folder)).toEqual([]);
  });

  it('of which the stick is pulled out, or the copy stopped, leaves nothing behind', async () => {
    const gone: PackageFile = {
      read: async (offset, length) => {
        if (offset > 1_000_000) throw new StationError('source-gone');
        return update.bytes.subarray(offset, offset + length);
      },
    };
    await expect(keep(gone)).rejects.toMatchObject({ code: 'source-gone' });
    const stop = new AbortController();
    const stuck: PackageFile = {
      read: (offset, length) => {
        if (offset === 0) return Promise.resolve(update.bytes.subarray(0, length));
        stop.abort();
        return new Promise(() => {});
      },
    };
    await expect(keep(stuck, update, stop.signal)).rejects.toMatchObject({ code: 'cancelled' });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('what lies in the folder', () => {
  it('is offered only with its note and in its whole size', async () => {
    await keep(fileOf(update.bytes));
    await truncate(join(folder, update.note.file), update.bytes.length - 1);
    expect(await kept()).toBe(null);
    await writeFile(join(folder, update.note.file), update.bytes);
    expect(await kept()).not.toBe(null);
    await writeFile(join(folder, update.noteName), makeUpdate(makeKeys()).signed);
    expect(await kept()).toBe(null);
    await writeFile(join(folder, update.noteName), 'x'.repeat(1024 * 1024));
    expect(await kept()).toBe(null);
  });

  it('under another name, or by a link, is not offered', async () => {
    await writeFile(join(folder, 'other.deb'), update.bytes);
    await writeFile(join(folder, 'other.deb.update.json'), update.signed);
    expect(await kept()).toBe(null);
    await writeFile(join(temporary.path, 'elsewhere'), update.bytes);
    await symlink(join(temporary.path, 'elsewhere'), join(folder, update.note.file));
    await writeFile(join(folder, update.noteName), update.signed);
    expect(await kept()).toBe(null);
  });

  it('is verified anew, and removed where it was changed', async () => {
    await keep(fileOf(update.bytes));
    const found = (await kept()) ?? nothing();
    const bytes = Buffer.from(update.bytes);
    bytes[0] = 0;
    await writeFile(found.path, bytes);
    expect(await kept()).not.toBe(null);
    await expect(verifyKept(found)).rejects.toMatchObject({ code: 'update-damaged' });
    expect(await readdir(folder)).toEqual([]);
  });
});

import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StationError } from '../../shared/errors.ts';
import { isPlace, writeArchive, type About, type ArchiveFile } from '../../electron/backup/archive.ts';
import { isBeginning, PIECE, seal, sealedBytes, unseal } from '../../electron/backup/seal.ts';
import { headerOf, padding } from '../../electron/backup/tar.ts';
import { bytesOf, isBackup, unpack } from '../../electron/backup/unpack.ts';
import { writeWhole, type Medium } from '../../electron/backup/write.ts';
import { temporaryFolder } from '../support/folder.ts';
import '../support/property-seed.ts';

/** Guessing need not be hard here. */
const QUICK = { work: 4 };
const SHA = 'a'.repeat(64);

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => void (folder = temporaryFolder()));
afterEach(() => folder.remove());

async function all(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What comes, in pieces of such a size. */
async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no error',
    (error: unknown) => (error instanceof StationError ? error.code : String(error)),
  );
}

const FILES: Readonly<Record<string, Buffer>> = {
  'ledger.sqlite': Buffer.from('the ledger'),
  'replica/CURRENT': Buffer.from('MANIFEST-000004\n'),
  'replica/000005.ldb': Buffer.alloc(513, 5),
  [`dumps/${SHA}.dump`]: Buffer.alloc(512, 7),
  [`made/${SHA}.json`]: Buffer.alloc(0),
};

function aboutOf(files: Readonly<Record<string, Buffer>>): Omit<About, 'version'> {
  const bytes = Object.values(files).reduce((sum, content) => sum + content.length, 0);
  return {
    at: '2026-11-30T08:00:00.000Z',
    station: 'HC 1',
    head: null,
    isShared: false,
    files: Object.keys(files).length,
    bytes,
  };
}

async function* listed(files: Readonly<Record<string, Buffer>>): AsyncGenerator<ArchiveFile> {
  for (const [name, content] of Object.entries(files))
    yield { name, bytes: content.length, content: [content] };
}

const archive = (files = FILES) => writeArchive(aboutOf(files), listed(files));
const sealed = (files = FILES) => all(seal(archive(files), 'a long passphrase', QUICK));

function unpackHere(bytes: Uint8Array, passphrase = 'a long passphrase', free: number | null = null) {
  return unpack(inPieces(bytes, 100), passphrase, join(folder.path, 'new'), {
    freeBytes: () => Promise.resolve(free),
  });
}

/** What stands in a folder, by name. */
function contentOf(path: string): Record<string, Buffer> {
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(path, name)).isFile());
  return Object.fromEntries(
    files.map((name) => [name.replaceAll('\\', '/'), readFileSync(join(path, name))]),
  );
}

describe('a seal', () => {
  test.each([0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 17])(
    'of %i bytes gives them back',
    async (length) => {
      const bytes = Buffer.alloc(length, 'x');
      const made = await all(seal([bytes], 'passphrase', QUICK));
      expect(made.length).toBe(sealedBytes(length));
      expect((await all(unseal([made], 'passphrase'))).equals(bytes)).toBe(true);
    },
  );

  test('gives back whatever was sealed, in whatever pieces it comes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3 * PIECE }),
        fc.integer({ min: 1, max: 2 * PIECE }),
        fc.integer({ min: 100, max: 2 * PIECE }),
        fc.string(),
        async (bytes, into, out, passphrase) => {
          const made = await all(seal(inPieces(bytes, into), passphrase, QUICK));
          expect((await all(unseal(inPieces(made, out), passphrase))).equals(bytes)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('holds none of what it seals in plain, and never twice the same', async () => {
    const one = await all(seal([Buffer.from('Amina Example')], 'passphrase', QUICK));
    const other = await all(seal([Buffer.from('Amina Example')], 'passphrase', QUICK));
    expect(one.includes('Amina')).toBe(false);
    expect(one.subarray(-29).equals(other.subarray(-29))).toBe(false);
  });

  test('takes the same signs from another keyboard', async () => {
    const made = await all(seal([Buffer.from('x')], 'caf\u00e9 du matin', QUICK));
    expect((await all(unseal([made], 'cafe\u0301 du matin'))).toString()).toBe('x');
  });

  test.each([
    ['the end', 'passphrase', 1e9],
    ['another passphrase', 'passphrasE', 1e9],
    ['a foreign beginning', 'passphrase', 0],
    ['a piece that is wrong', 'passphrase', 200],
  ])('lets go of its file at %s', async (_, passphrase, changed) => {
    const made = await all(seal([Buffer.alloc(3 * PIECE)], 'passphrase', QUICK));
    if (changed < made.length) made[changed] = (made[changed] ?? 0) ^ 1;
    let isOpen = true;
    const source = (async function* () {
      try {
        yield* inPieces(made, 1000);
      } finally {
        isOpen = false;
      }
    })();
    await codeOf(all(unseal(source, passphrase)));
    expect(isOpen).toBe(false);
  });

  test('asks for no more memory than a computer has', async () => {
    const made = await all(seal([Buffer.from('x')], 'passphrase', QUICK));
    const costly = Buffer.from(made.toString('latin1').replace(/ 04\n/, ' 30\n'), 'latin1');
    expect(await codeOf(all(unseal([costly], 'passphrase')))).toBe('backup-damaged');
  });

  test('lets nobody put pieces in another order, leave one out or put one in twice', async () => {
    const made = await all(seal([Buffer.alloc(3 * PIECE, 1)], 'passphrase', QUICK));
    const size = PIECE + 16;
    const start = sealedBytes(0) - 16;
    const piece = (at: number): Buffer => made.subarray(start + at * size, start + (at + 1) * size);
    const head = made.subarray(0, start);
    for (const order of [
      [1, 0, 2],
      [0, 2],
      [1, 2],
      [0, 0, 1, 2],
      [0, 1, 2, 2],
    ]) {
      const mixed = Buffer.concat([head, ...order.map(piece)]);
      expect(await codeOf(all(unseal([mixed], 'passphrase'))), String(order)).toMatch(
        /backup-(?:cut|damaged)/,
      );
    }
  });
});

describe('a backup', () => {
  test('gives back the same files', async () => {
    const about = await unpackHere(await sealed());
    expect(contentOf(join(folder.path, 'new'))).toEqual(FILES);
    expect(about).toEqual({ version: 1, ...aboutOf(FILES) });
  });

  test('is read by tar, once it is unsealed', async () => {
    const file = folder.put('backup.tar', await all(archive()));
    const names = execFileSync('tar', ['tf', file], { encoding: 'utf8' }).trim().split('\n');
    expect(names).toEqual(['backup.json', ...Object.keys(FILES), 'manifest.json']);
    const dump = execFileSync('tar', ['xOf', file, `dumps/${SHA}.dump`]);
    expect(dump.equals(FILES[`dumps/${SHA}.dump`] ?? Buffer.alloc(0))).toBe(true);
  });

  test('cut off anywhere is refused, and says so', async () => {
    const whole = await sealed();
    const codes = new Map<string, number>();
    for (let length = 0; length < whole.length; length += 1) {
      const code = await codeOf(unpackHere(whole.subarray(0, length)));
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect([...codes]).toEqual([['backup-cut', whole.length]]);
  });

  test('cut off at the end of a piece, or with something behind it, is refused', async () => {
    const whole = await sealed({ [`dumps/${SHA}.dump`]: Buffer.alloc(3 * PIECE) });
    const head = sealedBytes(0) - 16;
    const cut = [0, 1, 2, 3].map((pieces) => whole.subarray(0, head + pieces * (PIECE + 16)));
    for (const bytes of [...cut, Buffer.concat([whole, Buffer.from('x')])]) {
      expect(await codeOf(unpackHere(bytes))).toBe('backup-cut');
      folder.remove();
      folder = temporaryFolder();
    }
  });

  test('with any byte changed is refused', async () => {
    const whole = await sealed();
    const codes = new Set<string>();
    for (let at = 0; at < whole.length; at += 1) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 0x21;
      const code = await codeOf(unpackHere(changed));
      expect(code, `byte ${at}`).toMatch(/^backup-(?:foreign|cut|damaged|passphrase|too-new)$/);
      codes.add(code);
    }
    expect(codes).toContain('backup-foreign');
    expect(codes).toContain('backup-passphrase');
  });

  test('is not opened by another passphrase', async () => {
    expect(await codeOf(unpackHere(await sealed(), 'a long passphrasE'))).toBe('backup-passphrase');
    expect(existsSync(join(folder.path, 'new'))).toBe(false);
  });

  test.each([
    ['an empty file', '', 'backup-cut'],
    ['a text', 'hello, this is something else', 'backup-foreign'],
    ['a zip', 'PK\u0003\u0004', 'backup-foreign'],
    ['one of a newer layout', 'cht-station-backup/2\nargon2 whatever', 'backup-too-new'],
  ])('%s is none', async (_, bytes, code) => {
    expect(await codeOf(unpackHere(Buffer.from(bytes)))).toBe(code);
  });

  test('is refused where there is no room for it, before anything is written', async () => {
    expect(await codeOf(unpackHere(await sealed(), 'a long passphrase', 1000))).toBe('restore-no-room');
    expect(existsSync(join(folder.path, 'new'))).toBe(false);
  });

  test('is never written over what is there', async () => {
    writeFileSync(join(folder.path, 'new'), 'something');
    expect(await codeOf(unpackHere(await sealed()))).not.toBe('no error');
    expect(readFileSync(join(folder.path, 'new'), 'utf8')).toBe('something');
  });

  test('is known by its beginning', async () => {
    expect(await isBackup(folder.put('one', await sealed()))).toBe(true);
    expect(await isBackup(folder.put('other', 'cht-station'))).toBe(false);
    expect(await isBackup(folder.put('none', ''))).toBe(false);
    expect(isBeginning(Buffer.from('chT'))).toBe(false);
  });
});

describe('a backup of a stranger', () => {
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  const entry = (name: string, content: Buffer, bytes = content.length): Buffer =>
    Buffer.concat([headerOf(name, bytes), content, padding(content.length)]);
  const end = Buffer.alloc(1024);
  const about = (files: number, bytes: number, version = 1): Buffer =>
    entry('backup.json', json({ version, ...aboutOf({}), files, bytes }));
  const manifest = (...files: [string, Buffer][]): Buffer =>
    entry(
      'manifest.json',
      json({
        version: 1,
        files: files.map(([name, content]) => ({
          name,
          bytes: content.length,
          sha256: createHash('sha256').update(content).digest('hex'),
        })),
      }),
    );
  const ledger = Buffer.from('ledger');
  const unpackTar = async (...parts: Buffer[]) =>
    codeOf(unpackHere(await all(seal(parts, 'a long passphrase', QUICK))));

  test('made by hand is taken when it is as the station writes it', async () => {
    const named = ['ledger.sqlite', ledger] as [string, Buffer];
    expect(await unpackTar(about(1, 6), entry(...named), manifest(named), end)).toBe('no error');
  });

  test.each([
    '../ledger.sqlite',
    '/etc/passwd',
    'replica/../../x.ldb',
    'replica\\000001.ldb',
    'C:ledger.sqlite',
    'ledger.sqlite\u0000.txt',
    'ledger.sqlite/',
    'LEDGER.SQLITE',
    'secrets.json',
    'replica/LOCK',
    'replica/000001.ldb:stream',
    'dumps/CON.dump',
    'dumps/x.dump',
    'dumps',
    '.',
    '',
    'backup.json',
  ])('holds no file called %j', async (name) => {
    expect(isPlace(name)).toBe(false);
    expect(await unpackTar(about(1, 6), entry(name, ledger), manifest([name, ledger]), end)).toBe(
      'backup-odd',
    );
    expect(readdirSync(folder.path)).toEqual(['new']);
  });

  test('holds no link and no folder', async () => {
    for (const type of ['1', '2', '3', '5', 'x', 'L', 'S']) {
      const header = headerOf('ledger.sqlite', 6);
      header.write(type, 156, 'latin1');
      header.write('/etc/passwd', 157, 'latin1');
      const content = Buffer.concat([header, ledger, padding(6)]);
      expect(await unpackTar(about(1, 6), content, manifest(['ledger.sqlite', ledger]), end)).toBe(
        'backup-odd',
      );
      folder.remove();
      folder = temporaryFolder();
    }
  });

  test.each<[string, (named: [string, Buffer]) => Buffer[]]>([
    [
      'the same file twice',
      (named) => [about(2, 12), entry(...named), entry(...named), manifest(named, named), end],
    ],
    ['more than it says', (named) => [about(1, 5), entry(...named), manifest(named), end]],
    ['fewer files than it says', (named) => [about(2, 6), entry(...named), manifest(named), end]],
    ['no list of its files', (named) => [about(1, 6), entry(...named), end]],
    ['a list without one of them', (named) => [about(1, 6), entry(...named), manifest(), end]],
    [
      'something behind its end',
      (named) => [about(1, 6), entry(...named), manifest(named), end, Buffer.from('x')],
    ],
    ['no end', (named) => [about(1, 6), entry(...named), manifest(named)]],
    ['a file first', (named) => [entry(...named), about(1, 6), manifest(named), end]],
    [
      'a file longer than what follows',
      (named) => [about(1, 2 ** 40), entry('ledger.sqlite', named[1], 2 ** 40)],
    ],
    ['a huge word about itself', () => [entry('backup.json', Buffer.alloc(100_000, ' '))]],
    ['no JSON', () => [entry('backup.json', Buffer.from('{'))]],
    ['nothing', () => []],
  ])('with %s is refused', async (_, parts) => {
    expect(await unpackTar(...parts(['ledger.sqlite', ledger]))).toBe('backup-odd');
  });

  test('with a digest that is not that of its file is damaged', async () => {
    const other: [string, Buffer] = ['ledger.sqlite', Buffer.from('LEDGER')];
    expect(await unpackTar(about(1, 6), entry('ledger.sqlite', ledger), manifest(other), end)).toBe(
      'backup-damaged',
    );
  });

  test('of a newer layout inside is for a newer station', async () => {
    expect(await unpackTar(about(0, 0, 2), manifest(), end)).toBe('backup-too-new');
  });

  test('fails with nothing but a code, whatever its bytes are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(6000), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 5 }),
        async (changes) => {
          const bytes = await all(archive());
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          const made = await all(seal([bytes], 'a long passphrase', QUICK));
          expect(await codeOf(unpackHere(made))).toMatch(/^(?:backup-[a-z-]+|no error)$/);
          folder.remove();
          folder = temporaryFolder();
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('a backup on its medium', () => {
  const errno = (code: string): Error => Object.assign(new Error(code), { code });
  const bytes = Buffer.alloc(300_000, 9);

  test('takes the place of the one before it', async () => {
    const file = folder.put('station.chtbackup', 'before');
    let told = 0;
    expect(await writeWhole(file, inPieces(bytes, 1000), (written) => (told = written))).toBe(bytes.length);
    expect(told).toBe(bytes.length);
    expect((await all(bytesOf(file))).equals(bytes)).toBe(true);
    expect(readdirSync(folder.path)).toEqual(['station.chtbackup']);
  });

  test.skipIf(process.platform === 'win32')('is closed to other people of the computer', async () => {
    const file = join(folder.path, 'station.chtbackup');
    await writeWhole(file, inPieces(bytes, 1000));
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  test.each<[string, string, string]>([
    ['is full', 'ENOSPC', 'backup-no-room'],
    ['takes no such file', 'EFBIG', 'backup-file-limit'],
    ['is pulled out', 'EIO', 'backup-place-gone'],
    ['may not be written', 'EROFS', 'backup-place-closed'],
    ['says something new', 'ESOMETHING', 'backup-place-gone'],
  ])('that %s: the one before stays', async (_, errnoName, code) => {
    const file = folder.put('station.chtbackup', 'before');
    for (const failing of ['open', 'write', 'sync', 'close', 'rename']) {
      const medium: Medium = {
        open: async (path) => {
          if (failing === 'open') throw errno(errnoName);
          writeFileSync(path, '');
          let writes = 0;
          return {
            write: (async (chunk: Uint8Array, at: number, length: number) => {
              writes += 1;
              if (failing === 'write' && writes > 3) throw errno(errnoName);
              writeFileSync(path, chunk.subarray(at, at + length), { flag: 'a' });
              return { bytesWritten: length, buffer: chunk };
            }) as never,
            sync: () => (failing === 'sync' ? Promise.reject(errno(errnoName)) : Promise.resolve()),
            close: () => (failing === 'close' ? Promise.reject(errno(errnoName)) : Promise.resolve()),
          };
        },
        rename: () => Promise.reject(errno(errnoName)),
        remove: () => Promise.resolve(),
        syncFolder: () => Promise.resolve(),
      };
      expect(await codeOf(writeWhole(file, inPieces(bytes, 1000), undefined, medium)), failing).toBe(code);
      expect(readFileSync(file, 'utf8')).toBe('before');
    }
  });

  test('whose source fails leaves nothing of itself', async () => {
    const file = folder.put('station.chtbackup', 'before');
    const source = (async function* () {
      yield Buffer.from('half');
      throw new StationError('cancelled');
    })();
    expect(await codeOf(writeWhole(file, source))).toBe('cancelled');
    expect(readdirSync(folder.path)).toEqual(['station.chtbackup']);
    expect(readFileSync(file, 'utf8')).toBe('before');
  });

  test('in a folder that is not there is refused', async () => {
    expect(await codeOf(writeWhole(join(folder.path, 'gone', 'x'), inPieces(bytes, 1000)))).toBe(
      'backup-place-gone',
    );
  });
});

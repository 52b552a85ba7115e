import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findFiles } from '../../../electron/sources/files.ts';
import { report } from '../../support/documents.ts';
import { docsDump, stationDump } from '../../support/dumps.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

let station: TestStation;
let stick: string;
let chosen: string | null;
let sticks = 0;

beforeAll(async () => {
  station = await openTestStation({ choose: () => Promise.resolve(chosen) });
});
afterAll(() => station.close());
beforeEach(() => {
  chosen = null;
  sticks += 1;
  stick = join(station.folder, String(sticks), 'stick');
  mkdirSync(stick, { recursive: true });
});
afterEach(async () => {
  for (const { source } of await list()) await station.ask('sources.forget', { source });
});

/** A report that no other test knows. */
const own = (name: string, fields: Record<string, unknown> = {}) => report(`${sticks} ${name}`, fields);

const put = (name: string, bytes: string | Uint8Array): string => {
  const path = join(stick, name);
  writeFileSync(path, bytes);
  return path;
};
const incoming = (): string[] => readdirSync(join(station.dataDir, 'incoming'));
const list = async () => (await station.ask('sources.list', {})).sources;
const only = async () => {
  const [source] = await list();
  if (source === undefined) throw new Error('no source');
  return source;
};

describe('the files of a folder', () => {
  it('are listed with what they are; what is no dump is left out, and so is what is hidden', async () => {
    put('letter.txt', 'Dear colleague');
    put('empty.json', '');
    put('.hidden.json', docsDump([own('r0')]));
    put('b.chtdump', stationDump([own('r1')]));
    put('a.json.gz', gzipSync(docsDump([own('r2')])));
    mkdirSync(join(stick, 'deep', 'er'), { recursive: true });
    put('deep/er/c.json', docsDump([own('r3')]));
    utimesSync(join(stick, 'b.chtdump'), 1_700_000_000, 1_700_000_000);
    await station.station.addPath(stick);
    const source = await only();
    expect(source).toMatchObject({ kind: 'folder', name: 'stick', state: { kind: 'ready' } });
    expect(source.dumps.map((dump) => [dump.file, dump.format, dump.taken])).toEqual([
      ['a.json.gz', 'docs', false],
      ['b.chtdump', 'station', false],
      ['deep/er/c.json', 'docs', false],
    ]);
    expect(source.dumps[1]).toMatchObject({
      bytes: statSync(join(stick, 'b.chtdump')).size,
      modifiedAt: '2023-11-14T22:13:20.000Z',
    });
    // No path, and nothing of the machine, goes to the window.
    expect(JSON.stringify(source)).not.toContain(station.folder);
  });

  it('that were taken say so; one that was written anew under the same name and size does not', async () => {
    const same = [stationDump([own('r1', { n: 1 })]), stationDump([own('r1', { n: 2 })])] as const;
    expect(same[0].length).toBe(same[1].length);
    const path = put('export.json', same[0]);
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    const source = await station.station.addPath(stick);
    await station.wait((await station.ask('intake.start', { source })).job);
    expect((await only()).dumps).toMatchObject([{ file: 'export.json', taken: true }]);
    writeFileSync(path, same[1]);
    expect((await only()).dumps).toMatchObject([{ file: 'export.json', taken: false }]);
    // Taken as well, both are known from now on.
    await station.wait((await station.ask('intake.start', { source })).job);
    expect((await only()).dumps).toMatchObject([{ taken: true }]);
    writeFileSync(path, same[0]);
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    expect((await only()).dumps).toMatchObject([{ taken: true }]);
    // On another stick the same file has another time; taken again there, it is known there too.
    utimesSync(path, 1_700_000_500, 1_700_000_500);
    expect((await only()).dumps).toMatchObject([{ taken: false }]);
    await station.wait((await station.ask('intake.start', { source })).job);
    expect((await only()).dumps).toMatchObject([{ taken: true }]);
  });

  it('that failed do not say that they were taken', async () => {
    put('a.json', stationDump([own('r1')], { database: '_users' }));
    const source = await station.station.addPath(stick);
    const end = await station.wait((await station.ask('intake.start', { source })).job);
    expect(end).toMatchObject({ imports: [{ outcome: 'failed', problems: [{ code: 'wrong-database' }] }] });
    expect((await only()).dumps).toMatchObject([{ taken: false }]);
  });

  it('are taken all, or only those that are named', async () => {
    for (const name of ['a', 'b', 'c']) put(`${name}.json`, docsDump([own(name)]));
    const source = await station.station.addPath(stick);
    const names = async (files?: string[]) => {
      const end = await station.wait(
        (await station.ask('intake.start', { source, ...(files === undefined ? {} : { files }) })).job,
      );
      return end.kind === 'imported' ? end.imports.map((one) => [one.name, one.outcome]) : end;
    };
    expect(await names(['b.json', 'nothing.json'])).toEqual([['b.json', 'taken']]);
    expect(await names()).toEqual([
      ['a.json', 'taken'],
      ['b.json', 'again'],
      ['c.json', 'taken'],
    ]);
    await expect(station.ask('intake.start', { source, files: ['nothing.json'] })).rejects.toMatchObject({
      code: 'no-dump-found',
    });
    for (const file of ['../../stick/a.json', '/etc/passwd', '..']) {
      await expect(station.ask('intake.start', { source, files: [file] })).rejects.toMatchObject({
        code: 'no-dump-found',
      });
    }
  });

  it('may be none, or gone with the stick', async () => {
    await station.station.addPath(stick);
    expect((await only()).state).toEqual({ kind: 'empty' });
    put('a.json', docsDump([own('r1')]));
    expect((await only()).state).toEqual({ kind: 'ready' });
    renameSync(stick, `${stick}-pulled`);
    expect(await only()).toMatchObject({ state: { kind: 'problem', code: 'source-gone' }, dumps: [] });
    const { source } = await only();
    await expect(station.ask('intake.start', { source })).rejects.toMatchObject({ code: 'source-gone' });
    renameSync(`${stick}-pulled`, stick);
    expect((await only()).dumps).toHaveLength(1);
  });

  it.skipIf(process.platform === 'win32')('are never found through a link', async () => {
    mkdirSync(join(station.folder, 'private'));
    writeFileSync(join(station.folder, 'private', 'secret.json'), docsDump([own('secret')]));
    symlinkSync(join(station.folder, 'private'), join(stick, 'folder'));
    symlinkSync(join(station.folder, 'private', 'secret.json'), join(stick, 'file.json'));
    symlinkSync(stick, join(stick, 'loop'));
    const source = await station.station.addPath(stick);
    expect((await only()).dumps).toEqual([]);
    expect((await only()).unusable).toEqual(
      ['file.json', 'folder', 'loop'].map((name) => ({ name, code: 'link-skipped' })),
    );
    const { job } = await station.ask('intake.start', { source });
    expect(await station.wait(job)).toMatchObject({
      imports: ['file.json', 'folder', 'loop'].map((name) => ({
        name,
        outcome: 'failed',
        problems: [{ code: 'link-skipped' }],
      })),
    });
    await station.ask('sources.forget', { source });
    await station.station.addPath(join(stick, 'file.json'));
    expect((await only()).state).toEqual({ kind: 'problem', code: 'link-skipped' });
  });

  it('that look like an export and cannot be used are named, with or without a good one beside them', async () => {
    const bad: Readonly<Record<string, string>> = {
      'cht-127.0.0.1-chw3-20261120T101500Z.chtdump': '\0'.repeat(5000),
      'chw2_20261120T101500.txt': '',
      'chw8_20261120T101500.txt': '<!DOCTYPE html><html>Log in</html>',
      'cht_data/notes': 'Dear colleague',
      'config.json': '{"some":"settings"}',
    };
    mkdirSync(join(stick, 'cht_data'));
    for (const [name, content] of Object.entries(bad)) put(name, content);
    put('letter.txt', 'Dear colleague');
    put('photo.jpg', '\xff\xd8\xff');
    const names = Object.keys(bad).sort();
    const source = await station.station.addPath(stick);
    const namesOf = (unusable: readonly { readonly name: string }[]) =>
      unusable.map(({ name }) => name).sort();
    expect(namesOf((await only()).unusable)).toEqual(names);
    expect((await only()).state).toEqual({ kind: 'empty' });
    const { job } = await station.ask('intake.start', { source });
    const end = await station.wait(job);
    expect(end.kind === 'imported' && namesOf(end.imports)).toEqual(names);
    expect(end.kind === 'imported' && end.imports.every(({ outcome }) => outcome === 'failed')).toBe(true);

    put('good.json', docsDump([own('good')]));
    expect((await only()).dumps.map((dump) => dump.file)).toEqual(['good.json']);
    expect(namesOf((await only()).unusable)).toEqual(names);
  });

  it('more than are looked at: those at the top and in known folders come first', async () => {
    for (const folder of ['AAA/AAA', 'cht_data/deep', 'ZZZ'])
      mkdirSync(join(stick, folder), { recursive: true });
    for (const name of ['top.json', 'AAA/1.jpg', 'AAA/AAA/2.jpg', 'cht_data/deep/x', 'ZZZ/3.jpg'])
      put(name, '{');
    const { files, missed } = await findFiles(stick, { files: 2, depth: 8 });
    expect(files.map(({ name }) => name)).toEqual(['cht_data/deep/x', 'top.json']);
    expect(missed).toEqual([{ name: '', code: 'too-many-files' }]);
  });

  it('are not the copies that the station keeps itself', async () => {
    mkdirSync(join(stick, 'station', 'dumps'), { recursive: true });
    put('station/dumps/abc.json', docsDump([own('copy')]));
    put('a.json', docsDump([own('r1')]));
    const limits = { files: 9, depth: 8, except: join(stick, 'station') };
    expect((await findFiles(stick, limits)).files.map(({ name }) => name)).toEqual(['a.json']);
    // Chosen by hand, the folder of another station is one like any other.
    const { files } = await findFiles(stick, { ...limits, except: join(stick, 'gone') });
    expect(files).toHaveLength(2);
  });

  it.skipIf(process.platform !== 'linux')('with names that are not UTF-8 are named', async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${stick}/`), Buffer.from([0x66, 0xe9, 0x2e, 0x6a])]), '{}');
    expect((await findFiles(stick, { files: 9, depth: 8 })).missed).toEqual([
      { name: 'f\ufffd.j', code: 'bad-name' },
    ]);
  });

  it('are looked at only so many, and so deep', async () => {
    for (const name of ['a', 'b', 'c']) put(name, 'x');
    mkdirSync(join(stick, 'd', 'e'), { recursive: true });
    put('d/e/f', 'x');
    const found = async (limits: { files: number; depth: number }) =>
      (await findFiles(stick, limits)).files.map((file) => file.name);
    const missed = async (limits: { files: number; depth: number }) =>
      (await findFiles(stick, limits)).missed;
    expect(await found({ files: 10, depth: 3 })).toEqual(['a', 'b', 'c', 'd/e/f']);
    expect(await found({ files: 10, depth: 2 })).toEqual(['a', 'b', 'c']);
    expect(await missed({ files: 10, depth: 3 })).toEqual([]);
    expect(await missed({ files: 10, depth: 2 })).toEqual([{ name: 'd/e', code: 'folder-too-deep' }]);
    expect(await found({ files: 3, depth: 3 })).toEqual(['a', 'b', 'c']);
    expect(await missed({ files: 3, depth: 3 })).toEqual([{ name: '', code: 'too-many-files' }]);
    expect(await missed({ files: 4, depth: 3 })).toEqual([]);
  });

  // Root may read everything, so the test becomes somebody else for a moment.
  it.skipIf(process.platform === 'win32')(
    'that cannot be read keep nobody from taking the others, and are not passed over in silence',
    async () => {
      put('a-locked.json', docsDump([own('locked')]));
      put('b-good.json', docsDump([own('good')]));
      mkdirSync(join(stick, 'c-locked'));
      put('c-locked/d.json', docsDump([own('inside')]));
      const source = await station.station.addPath(stick);
      chmodSync(station.folder, 0o755);
      for (const name of ['a-locked.json', 'c-locked']) chmodSync(join(stick, name), 0o000);
      const isRoot = process.geteuid?.() === 0;
      if (isRoot) chmodSync(join(stick, '..'), 0o755);
      if (isRoot)
        for (const part of ['dumps', 'incoming', 'backups']) chmodSync(join(station.dataDir, part), 0o777);
      if (isRoot) chmodSync(station.dataDir, 0o777);
      try {
        if (isRoot) process.seteuid?.(65_534);
        expect((await only()).dumps.map((dump) => dump.file)).toEqual(['b-good.json']);
        expect((await only()).unusable).toEqual([
          { name: 'a-locked.json', code: 'not-readable' },
          { name: 'c-locked', code: 'not-readable' },
        ]);
        const end = await station.wait((await station.ask('intake.start', { source })).job);
        expect(
          end.kind === 'imported' && end.imports.map((one) => [one.name, one.problems[0]?.code]),
        ).toEqual([
          ['a-locked.json', 'not-readable'],
          ['b-good.json', undefined],
          ['c-locked', 'not-readable'],
        ]);
      } finally {
        if (isRoot) process.seteuid?.(0);
        for (const name of ['a-locked.json', 'c-locked']) chmodSync(join(stick, name), 0o755);
      }
    },
  );
});

describe('choosing', () => {
  it('gives a source for a file or folder, the same one for the same path, and none where the person closed it', async () => {
    expect(await station.ask('sources.choose', { what: 'file' })).toEqual({ source: null });
    chosen = put('a.json', docsDump([own('r1')]));
    const { source } = await station.ask('sources.choose', { what: 'file' });
    expect(await station.ask('sources.choose', { what: 'file' })).toEqual({ source });
    expect(await list()).toMatchObject([{ source, kind: 'file', name: 'a.json', state: { kind: 'ready' } }]);
    await station.ask('sources.forget', { source: source ?? '' });
    expect(await list()).toEqual([]);
    expect(statSync(chosen).size).toBeGreaterThan(0);
    await expect(station.ask('intake.start', { source: source ?? '' })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it('of one file that is no dump says why, and takes it all the same to say so', async () => {
    chosen = put('letter.txt', 'Dear colleague');
    const { source } = await station.ask('sources.choose', { what: 'file' });
    expect((await only()).state).toEqual({ kind: 'problem', code: 'not-a-dump' });
    const end = await station.wait((await station.ask('intake.start', { source: source ?? '' })).job);
    expect(end).toMatchObject({ imports: [{ outcome: 'failed', problems: [{ code: 'not-a-dump' }] }] });
  });

  it('of something that is not there fails at once', async () => {
    await expect(station.station.addPath(join(stick, 'nowhere'))).rejects.toMatchObject({
      code: 'source-gone',
    });
  });
});

describe('a file that is dropped on the window', () => {
  let dump: Buffer;
  beforeEach(() => {
    dump = stationDump([own('r1', { noise: randomBytes(3000).toString('hex') })]);
  });
  const part = (transfer: string, from: number, to: number) =>
    station.ask('transfer.part', {
      transfer,
      offset: from,
      data: dump.subarray(from, to).toString('base64'),
    });
  const begin = async (name = 'dropped.chtdump', bytes = dump.length) =>
    (await station.ask('transfer.begin', { name, bytes })).transfer;

  it('comes in parts, is taken like any other, and leaves no second copy', async () => {
    const transfer = await begin();
    for (let at = 0; at < dump.length; at += 1000) await part(transfer, at, Math.min(dump.length, at + 1000));
    const { source } = await station.ask('transfer.end', { transfer });
    expect(await only()).toMatchObject({
      source,
      kind: 'file',
      name: 'dropped.chtdump',
      state: { kind: 'ready' },
      dumps: [{ name: 'dropped.chtdump', bytes: dump.length, format: 'station', taken: false }],
    });
    const end = await station.wait((await station.ask('intake.start', { source })).job);
    expect(end).toMatchObject({ imports: [{ name: 'dropped.chtdump', outcome: 'taken' }] });
    expect(incoming()).toEqual([]);
    const bytes = dump.length;
    const copies = readdirSync(join(station.dataDir, 'dumps')).map((name) =>
      join(station.dataDir, 'dumps', name),
    );
    expect(copies.filter((path) => statSync(path).size === bytes)).toHaveLength(1);
    // Nobody needs to plug anything in again: it is here.
    expect(await only()).toMatchObject({ state: { kind: 'ready' }, dumps: [{ taken: true }] });
  });

  it('stays in its place while it is taken, however often it is looked at', async () => {
    for (let turn = 0; turn < 10; turn += 1) {
      const transfer = await begin(`dropped-${turn}.chtdump`);
      await part(transfer, 0, dump.length);
      const { source } = await station.ask('transfer.end', { transfer });
      const mine = async () =>
        (await station.ask('sources.list', {})).sources.find((one) => one.source === source);
      expect(await mine()).toMatchObject({ state: { kind: 'ready' } });
      const { job } = await station.ask('intake.start', { source });
      const ended = station.wait(job);
      const intake = { isOver: false };
      void ended.then(() => (intake.isOver = true));
      const looks: ReturnType<typeof mine>[] = [];
      while (!intake.isOver) {
        looks.push(mine());
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (const seen of [...(await Promise.all(looks)), await mine()])
        expect(seen).toMatchObject({ state: { kind: 'ready' }, dumps: [{ format: 'station' }] });
    }
  });

  it('may be empty: then that is said when it is taken', async () => {
    const transfer = await begin('empty.json', 0);
    const { source } = await station.ask('transfer.end', { transfer });
    const end = await station.wait((await station.ask('intake.start', { source })).job);
    expect(end).toMatchObject({ imports: [{ outcome: 'failed', problems: [{ code: 'empty-file' }] }] });
    await station.ask('sources.forget', { source });
    await expect.poll(incoming).toEqual([]);
  });

  it('is refused where a part does not follow the one before, or is too much, and can go on', async () => {
    const transfer = await begin();
    const bad = { code: 'bad-params' };
    await expect(part(transfer, 1000, 2000)).rejects.toMatchObject(bad);
    await part(transfer, 0, 1000);
    await expect(part(transfer, 0, 1000)).rejects.toMatchObject(bad);
    await expect(part(transfer, 500, 1500)).rejects.toMatchObject(bad);
    const tooMuch = { transfer, offset: 1000, data: Buffer.alloc(dump.length).toString('base64') };
    await expect(station.ask('transfer.part', tooMuch)).rejects.toMatchObject(bad);
    await part(transfer, 1000, dump.length);
    const { source } = await station.ask('transfer.end', { transfer });
    const end = await station.wait((await station.ask('intake.start', { source })).job);
    expect(end).toMatchObject({ imports: [{ outcome: 'taken', documents: { new: 1 } }] });
  });

  it('whose same part comes twice at once is not counted twice', async () => {
    const transfer = await begin();
    const both = await Promise.allSettled([part(transfer, 0, 1000), part(transfer, 0, 1000)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await part(transfer, 1000, dump.length);
    const { source } = await station.ask('transfer.end', { transfer });
    expect((await only()).source).toBe(source);
  });

  it('that ends too early is not taken and leaves nothing', async () => {
    const transfer = await begin();
    await part(transfer, 0, 1000);
    await expect(station.ask('transfer.end', { transfer })).rejects.toMatchObject({ code: 'file-changed' });
    await expect(part(transfer, 1000, 2000)).rejects.toMatchObject({ code: 'not-found' });
    expect(incoming()).toEqual([]);
    expect(await list()).toEqual([]);
  });

  it('that is called off leaves nothing, and neither does one that is forgotten', async () => {
    const transfer = await begin();
    await part(transfer, 0, 1000);
    await station.ask('transfer.cancel', { transfer });
    await station.ask('transfer.cancel', { transfer });
    expect(incoming()).toEqual([]);
    await expect(station.ask('transfer.end', { transfer })).rejects.toMatchObject({ code: 'not-found' });

    const whole = await begin();
    await part(whole, 0, dump.length);
    const { source } = await station.ask('transfer.end', { transfer: whole });
    await station.ask('sources.forget', { source });
    await expect.poll(incoming).toEqual([]);
  });

  it('in the middle of which the station is closed leaves nothing', async () => {
    const other = await openTestStation();
    try {
      const data = dump.subarray(0, 1000).toString('base64');
      const half = await other.ask('transfer.begin', { name: 'half.json', bytes: 2000 });
      await other.ask('transfer.part', { ...half, offset: 0, data });
      const whole = await other.ask('transfer.begin', { name: 'whole.json', bytes: 1000 });
      await other.ask('transfer.part', { ...whole, offset: 0, data });
      await other.ask('transfer.end', whole);
      expect(readdirSync(join(other.dataDir, 'incoming'))).toHaveLength(2);
      await other.station.close();
      expect(readdirSync(join(other.dataDir, 'incoming'))).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it('has the name it came with, and no path', async () => {
    for (const name of ['C:\\Users\\nurse\\export.json', '/home/nurse/export.json', '../../../export.json']) {
      const transfer = await begin(name, dump.length);
      await part(transfer, 0, dump.length);
      const { source } = await station.ask('transfer.end', { transfer });
      expect((await only()).name).toBe('export.json');
      await station.ask('sources.forget', { source });
    }
  });

  it('cannot be made of nonsense', async () => {
    const transfer = await begin();
    for (const params of [
      { transfer, offset: -1, data: '' },
      { transfer, offset: 0.5, data: '' },
      { transfer, offset: 0, data: 'x'.repeat(1_500_001) },
    ])
      await expect(station.ask('transfer.part', params)).rejects.toMatchObject({ code: 'bad-params' });
    await expect(
      station.ask('transfer.part', { transfer: 'other', offset: 0, data: '' }),
    ).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(station.ask('transfer.begin', { name: '', bytes: 1 })).rejects.toMatchObject({
      code: 'bad-params',
    });
  });
});

describe('several intakes at once', () => {
  it('wait for each other, and each comes to its own end', async () => {
    const big = Array.from({ length: 500 }, (_, n) => own(`r${n}`));
    put('a.json', docsDump(big));
    const source = await station.station.addPath(stick);
    const ids: string[] = [];
    for (let n = 0; n < 3; n += 1) ids.push((await station.ask('intake.start', { source })).job);
    expect((await only()).inUse).toBe(true);
    const ends = await Promise.all(ids.map((job) => station.wait(job)));
    expect(ends.map((end) => (end.kind === 'imported' ? end.imports[0]?.outcome : end.kind))).toEqual([
      'taken',
      'again',
      'again',
    ]);
    // Never two of them worked at the same time.
    const working = station.told.filter((job) => ids.includes(job.job) && job.step !== 'waiting');
    const order = working.map(({ job }) => ids.indexOf(job));
    expect(order).toEqual([...order].sort());
    expect((await only()).inUse).toBe(false);
  });

  it('that wait can be stopped at once', async () => {
    put('a.json', docsDump(Array.from({ length: 2000 }, (_, n) => own(`r${n}`))));
    const source = await station.station.addPath(stick);
    const first = await station.ask('intake.start', { source });
    const second = await station.ask('intake.start', { source });
    await station.ask('job.stop', { job: second.job });
    expect(await station.wait(second.job)).toEqual({ kind: 'stopped' });
    expect(await station.wait(first.job)).toMatchObject({ imports: [{ outcome: 'taken' }] });
  });
});

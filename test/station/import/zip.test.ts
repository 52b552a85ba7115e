/** A zip through the whole station: every dump in it is one of its own, and what is none is named. */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ImportResult } from '../../../shared/intake.ts';
import { report } from '../../support/documents.ts';
import {
  allDocsDump,
  androidDump,
  docsDump,
  ndjsonDump,
  sealedBundle,
  stationDump,
} from '../../support/dumps.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { runCli } from '../../support/cli.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';
import { zipOf, type EntryToZip } from '../../support/zip.ts';

let temporary: ReturnType<typeof temporaryFolder>;
let station: TestStation;
const open = async (): Promise<void> => {
  station = await openTestStation({ dataDir: join(temporary.path, 'data') });
};
beforeEach(async () => {
  temporary = temporaryFolder();
  await open();
});
afterEach(async () => {
  await station.close();
  temporary.remove();
});

const CASES = join(import.meta.dirname, '../../cases');
const noise = (at: number): string => `${at}`.repeat(3000);
const dumpOf = (user: string, ...ids: readonly string[]) =>
  stationDump(
    ids.map((id) => report(id)),
    { user },
  );

function put(name: string, entries: readonly EntryToZip[]): string {
  const path = join(temporary.path, 'stick', name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, zipOf(entries));
  return path;
}

async function importsOf(job: string): Promise<readonly ImportResult[]> {
  const end = await station.wait(job);
  if (end.kind !== 'imported') throw new Error(`ended as ${end.kind}`);
  return end.imports;
}
const take = async (path: string) => importsOf(await station.start(path));
const inShort = (imports: readonly ImportResult[]) =>
  Object.fromEntries(
    imports.map(({ name, outcome, documents, problems, user }) => [
      name,
      outcome === 'failed'
        ? problems[0]?.code
        : `${outcome}: ${documents.new} new, ${documents.known} known, of ${user}`,
    ]),
  );

describe('the files in a zip', () => {
  const entries = (): EntryToZip[] => [
    { name: 'amina/a.chtdump', bytes: dumpOf('amina', 'a1', 'a2') },
    { name: 'bakari.json.gz', bytes: gzipSync(docsDump([report('b1')])) },
    { name: 'chw3_20261120T101500.txt', bytes: androidDump([report('c1')]), stored: true },
    { name: 'odd name', bytes: ndjsonDump([report('d1'), report('d2')]) },
    { name: 'photo.jpg', bytes: Buffer.from(noise(1)) },
    { name: '__MACOSX/amina/._a.chtdump', bytes: Buffer.from('\0\x05\x16\x07') },
    { name: 'chw4.json', bytes: '' },
    { name: 'chw5.json', bytes: dumpOf('chw5', 'e1'), bits: 1 },
    { name: 'more.zip', bytes: zipOf([{ name: 'x.json', bytes: docsDump([report('x1')]) }]) },
    { name: 'settings.json', bytes: '{"a":1}' },
  ];

  it('are dumps of their own: own copy, own batch, own result; what is none is named', async () => {
    const imports = await take(put('facility.zip', entries()));
    expect(inShort(imports)).toEqual({
      'facility.zip/amina/a.chtdump': 'taken: 2 new, 0 known, of amina',
      'facility.zip/bakari.json.gz': 'taken: 1 new, 0 known, of null',
      'facility.zip/chw3_20261120T101500.txt': 'taken: 1 new, 0 known, of chw3',
      'facility.zip/odd name': 'taken: 2 new, 0 known, of null',
      'facility.zip/chw4.json': 'empty-file',
      'facility.zip/chw5.json': 'encrypted',
      'facility.zip/more.zip': 'packed-in-packed',
      'facility.zip/settings.json': 'not-a-dump',
    });
    const taken = imports.filter(({ outcome }) => outcome === 'taken');
    expect(new Set(taken.map(({ dump }) => dump)).size).toBe(4);
    expect(new Set(taken.map(({ batch }) => batch)).size).toBe(4);
    expect((await station.ask('batches.list', {})).total).toBe(4);
    // The zip itself is no dump and is not told of beside them.
    expect((await station.ask('intake.list', {})).total).toBe(4);
    expect(await station.ask('station.status', {})).toMatchObject({ unfinished: 0 });
    // The zip, and each dump that was in it.
    expect(readdirSync(join(station.dataDir, 'dumps')).filter((name) => name.endsWith('.dump')).length).toBe(
      5,
    );
  });

  it('are known when the zip comes again, and the card says so', async () => {
    const path = put('facility.zip', entries());
    await take(path);
    const { sources } = await station.ask('sources.list', {});
    expect(sources[0]?.dumps).toMatchObject([{ format: 'zip', taken: true }]);
    const again = await take(path);
    expect(inShort(again)['facility.zip/amina/a.chtdump']).toBe('again: 0 new, 2 known, of amina');
    expect((await station.ask('batches.list', {})).total).toBe(4);
  });

  it('may be sealed bundles, of two files', async () => {
    const sealed = sealedBundle({ user: 'amina', device: 'd', number: 1 });
    const imports = await take(
      put('bundles.zip', [
        { name: 'u/1.json', bytes: sealed.envelope },
        { name: 'u/1.bundle', bytes: sealed.sealed },
      ]),
    );
    expect(imports).toMatchObject([
      { name: 'bundles.zip/u/1.bundle', format: 'cht-bundle', outcome: 'taken' },
    ]);
  });

  it.each([
    ['packed', false],
    ['stored', true],
  ])(
    'and what is damaged in one costs no other: it is read as far as that goes (%s)',
    async (_how, stored) => {
      const many = Array.from({ length: 400 }, (_, at) => report(`m${at}`, { note: noise(at).slice(0, 50) }));
      const imports = await take(
        put('damaged.zip', [
          { name: 'a.json', bytes: docsDump(many), stored, said: { crc32: 1 } },
          { name: 'b.json', bytes: docsDump([report('b1')]) },
        ]),
      );
      expect(imports.map(({ outcome }) => outcome)).toEqual(['taken', 'taken']);
      expect(imports[0]?.problems.map(({ code }) => code)).toEqual(['bad-gzip']);
      expect(imports[0]?.documents.new).toBe(400);
    },
  );
});

describe('a zip in which nothing can be used', () => {
  it.each<[string, readonly EntryToZip[], Record<string, string>]>([
    ['pictures', [{ name: 'a.jpg', bytes: noise(1) }], { 'x.zip': 'zip-without-dump' }],
    [
      'locked',
      [{ name: 'chw1.txt', bytes: noise(1), bits: 1 }],
      { 'x.zip/chw1.txt': 'encrypted', 'x.zip': 'zip-without-dump' },
    ],
    [
      'over each other',
      [
        { name: 'a.json', bytes: '[]' },
        { name: 'b.json', bytes: '[]', at: 0 },
      ],
      { 'x.zip': 'bad-zip' },
    ],
  ])('%s', async (_, entries, expected) => {
    const path = put('x.zip', entries);
    expect(inShort(await take(path))).toEqual(expected);
    // It stays told, and it is not tried again at every start.
    expect((await station.ask('intake.list', {})).rows).toMatchObject([{ name: 'x.zip', outcome: 'failed' }]);
    expect(await station.ask('station.status', {})).toMatchObject({ unfinished: 0 });
  });

  it('the same names do not make one dump of two', async () => {
    const imports = await take(
      put('twice.zip', [
        { name: 'a.json', bytes: docsDump([report('a1')]) },
        { name: 'a.json', bytes: docsDump([report('a2')]) },
      ]),
    );
    expect(imports.map(({ name, documents }) => [name, documents.new])).toEqual([
      ['twice.zip/a.json', 1],
      ['twice.zip/a.json (2)', 1],
    ]);
  });
});

describe('on a source', () => {
  it('a zip is offered where a dump lies in it; packages of other kinds are passed over', async () => {
    put('export.zip', [{ name: 'deep/a', bytes: allDocsDump([report('a1')]) }]);
    put('photos.zip', [{ name: 'a.jpg', bytes: noise(1) }]);
    put('letter.docx', [
      { name: '[Content_Types].xml', bytes: '<x/>' },
      { name: 'customXml/item1.json', bytes: '{"a":1}' },
    ]);
    put('chw1_20261120T101500.txt.zip', [{ name: 'a.jpg', bytes: noise(1) }]);
    put('damaged.zip', [
      { name: 'a.json', bytes: '[]' },
      { name: 'b.json', bytes: '[]', at: 0 },
    ]);
    await station.station.addPath(join(temporary.path, 'stick'));
    const { sources } = await station.ask('sources.list', {});
    expect(sources[0]?.dumps.map(({ name, format }) => [name, format])).toEqual([['export.zip', 'zip']]);
    expect(sources[0]?.unusable).toEqual([
      { name: 'chw1_20261120T101500.txt.zip', code: 'zip-without-dump' },
      { name: 'damaged.zip', code: 'bad-zip' },
    ]);
  });
});

describe('ended in the middle', () => {
  const entries = [
    { name: 'a.chtdump', bytes: dumpOf('amina', 'a1') },
    { name: 'b.chtdump', bytes: dumpOf('bakari', 'b1') },
  ];
  const begunAtStart = async () => {
    const { jobs } = await station.ask('jobs.list', {});
    return importsOf(jobs.find(({ kind }) => kind === 'intake')?.job ?? '');
  };
  const ids = async () => {
    const { rows } = await station.ask('changes.list', { limit: 100 });
    return rows.map(({ id }) => id).sort();
  };
  const ledger = () => new DatabaseSync(join(temporary.path, 'data', 'ledger.sqlite'));

  it('after the zip was copied: what lies in it is taken at the next start', async () => {
    const bytes = zipOf(entries);
    const dump = createHash('sha256').update(bytes).digest('hex');
    await station.close();
    writeFileSync(join(temporary.path, 'data', 'dumps', `${dump}.dump`), bytes);
    const db = ledger();
    db.prepare(
      `INSERT INTO dumps (dump, name, bytes, source, state, copied_at, number) VALUES (?, 'x.zip', ?, 'file', 'copied', '2026-11-28T00:00:00.000Z', 1)`,
    ).run(dump, bytes.length);
    db.close();
    await open();
    expect(inShort(await begunAtStart())).toEqual({
      'x.zip/a.chtdump': 'taken: 1 new, 0 known, of amina',
      'x.zip/b.chtdump': 'taken: 1 new, 0 known, of bakari',
    });
    expect(await ids()).toEqual(['a1', 'b1']);
    expect(await station.ask('station.status', {})).toMatchObject({ unfinished: 0 });
  });

  it('while what lies in it is read: the rest is taken, and nothing comes twice', async () => {
    const dumps = (await take(put('x.zip', entries))).map(({ dump }) => dump);
    await station.close();
    const db = ledger();
    db.prepare(`UPDATE dumps SET state = 'copied' WHERE format = 'zip' OR dump = ?`).run(dumps[1] ?? '');
    db.close();
    await open();
    expect((await begunAtStart()).map(({ name, outcome }) => [name, outcome])).toEqual(
      expect.arrayContaining([['x.zip/b.chtdump', 'taken']]),
    );
    expect(await ids()).toEqual(['a1', 'b1']);
    expect(await station.ask('station.status', {})).toMatchObject({ unfinished: 0 });
  });
});

describe('the cases of people', () => {
  it('18-silent: every file is taken or named', async () => {
    cpSync(join(CASES, '18-silent/with-good'), join(temporary.path, 'stick'), { recursive: true });
    const { code, stdout } = await runCli(['import', join(temporary.path, 'stick'), '--json'], {
      env: { STATION_DATA: join(temporary.path, 'cli') },
    });
    expect(code).toBe(3);
    const { imports } = JSON.parse(stdout) as { imports: readonly ImportResult[] };
    expect(inShort(imports)).toEqual({
      'good.json': 'taken: 2 new, 0 known, of null',
      'cht-127.0.0.1-chw3-20261120T101500Z.chtdump': 'only-zeros',
      'chw2_20261120T101500.txt': 'empty-file',
      // It lies there twice, in two zips.
      'chw5_20261120T101500.zip/chw1_20261120T101500.txt': 'again: 0 new, 2 known, of chw1',
      'medic-user-chw4.json': 'taken: 2 new, 0 known, of null',
      'medic-user-chw7.json': 'web-page',
      'chw8_20261120T101500.txt': 'quoted-text',
      'medic-user-chw9.json': 'taken: 2 new, 0 known, of null',
      'medic-user-chw10.json.gz': 'not-a-dump',
      'medic-user-chw11.json': 'error-answer',
    });
  });
});

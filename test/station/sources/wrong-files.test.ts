/**
 * Files and folders that are called like an export, or lie where exports lie, and cannot be used: on the card of a stick, in
 * a chosen folder and in the terminal, each is named with its own reason and the one thing to do.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ImportResult } from '../../../shared/intake.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import { sentenceOf } from '../../../shared/words/index.ts';
import { stick, TestSimulator } from '../../sources/simulator.ts';
import { runCli } from '../../support/cli.ts';
import { report } from '../../support/documents.ts';
import { docsDump } from '../../support/dumps.ts';
import { soon } from '../../support/soon.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';
import { zipOf } from '../../support/zip.ts';

const dump = docsDump([report('wrong-1')]);
const packed = gzipSync(docsDump(Array.from({ length: 50 }, (_, at) => report(`packed-${at}`))));
const tar = Buffer.alloc(1024);
tar.write('chw1.json', 0);
tar.write('ustar', 257);
const jpeg = Buffer.concat([Buffer.from('\xff\xd8\xff\xe0\0\x10JFIF\0', 'latin1'), randomBytes(500)]);
const flipped = Buffer.from(packed);
flipped.fill(0xff, 10, 60);

/** Files that are no dump. */
const FILES: readonly (readonly [name: string, bytes: Uint8Array | string, code: ErrorCode])[] = [
  ['empty.json', '', 'empty-file'],
  ['blanks.json', ' \r\n \t', 'empty-file'],
  ['packed-empty.json.gz', gzipSync(''), 'empty-file'],
  ['zeros.json', Buffer.alloc(70_000), 'only-zeros'],
  ['page.json', '<!DOCTYPE html><html><body>Sign in', 'web-page'],
  ['error.json', '{"error":"unauthorized","reason":"You are not authorized"}', 'error-answer'],
  ['quoted.json', JSON.stringify(dump.toString('utf8')), 'quoted-text'],
  ['unicode.json', Buffer.from('\ufeffDear Sir', 'utf16le'), 'bad-utf16'],
  ['locked.json', '-----BEGIN PGP MESSAGE-----\nxxxx', 'encrypted'],
  ['half.bundle', 'age-encryption.org/v1\n-> X25519 aaa\n', 'bundle-half'],
  ['seven.json', Buffer.from('7z\xbc\xaf\x27\x1c\0\x04xxxx', 'latin1'), 'packed-7z'],
  ['exports.7z', Buffer.from('7z\xbc\xaf\x27\x1c\0\x04xxxx', 'latin1'), 'packed-7z'],
  ['exports.rar', Buffer.from('Rar!\x1a\x07\x01\0xxxx', 'latin1'), 'packed-rar'],
  ['exports.tar.xz', Buffer.from('\xfd7zXZ\0\0\x04xxxx', 'latin1'), 'packed-xz'],
  ['chw1.json.bz2', Buffer.from('BZh91AY&SYxxxx', 'latin1'), 'packed-bzip2'],
  ['chw1.json.zst', Buffer.from('\x28\xb5\x2f\xfd\x04xxxx', 'latin1'), 'packed-zstd'],
  ['exports.tar', tar, 'packed-tar'],
  ['exports.tar.gz', gzipSync(tar), 'packed-tar'],
  ['twice.json.gz', gzipSync(packed), 'packed-twice'],
  ['half-copied.json.gz', packed.subarray(0, 20), 'cut-gzip'],
  ['flipped.json.gz', flipped, 'bad-gzip'],
  ['photos.json.zip', zipOf([{ name: 'a.jpg', bytes: jpeg }]), 'zip-without-dump'],
  ['cut.zip', zipOf([{ name: 'a.json', bytes: dump }]).subarray(0, -30), 'bad-zip'],
  ['picture.json', jpeg, 'other-kind'],
  ['paper.json', '%PDF-1.7\n1 0 obj', 'other-kind'],
  ['store.json', `SQLite format 3\0${'x'.repeat(200)}`, 'other-kind'],
  ['program.json', Buffer.from('MZ\x90\0\x03', 'latin1'), 'other-kind'],
  ['film.json', Buffer.from('\0\0\0\x18ftypmp42', 'latin1'), 'other-kind'],
  ['letter.json', 'Dear colleague', 'not-a-dump'],
  ['settings.json', '{"a":1}', 'not-a-dump'],
  ['table.json', '_id,_rev\na,1-a\n', 'not-a-dump'],
  ['nested.json', '['.repeat(100_000), 'not-a-dump'],
  ['newer.chtdump', '{"format":"station","version":2}\n', 'not-a-dump'],
  ['cht_data/anything', 'Dear colleague', 'not-a-dump'],
  ['LOST.DIR/1234.json', 'Dear colleague', 'not-a-dump'],
];

/** What is no file, or could not be looked into; some of it only where a system can make it. */
const OTHERS: readonly (readonly [name: string, make: (path: string) => void, code: ErrorCode])[] = [
  ['folder.json', (path) => mkdirSync(path), 'empty-folder'],
  ['loop.json', (path) => symlinkSync('loop.json', path), 'link-skipped'],
  ['nowhere.json', (path) => symlinkSync('nothing', path), 'link-skipped'],
  ['folder-loop', (path) => symlinkSync('.', path), 'link-skipped'],
  ['1/2/3/4/5/6/7/8', (path) => mkdirSync(path, { recursive: true }), 'folder-too-deep'],
  ['pipe.json', (path) => void execFileSync('mkfifo', [path]), 'not-a-file'],
];

/** Nobody expects anything of these. */
const PASSED_OVER = ['letter.txt', 'photo.jpg', '.hidden.json', '._good.json', 'node_modules.js'] as const;

const isSystem = process.platform === 'linux';
let simulator: TestSimulator;
let station: TestStation;
let folder: string;
let socket: Server;
const expected: Record<string, ErrorCode> = {};

beforeAll(async () => {
  simulator = new TestSimulator();
  simulator.put('s', 'good.json', dump);
  folder = simulator.filesOf('s');
  for (const [name, bytes, code] of FILES) {
    simulator.put('s', name, bytes);
    expected[name] = code;
  }
  for (const name of PASSED_OVER) simulator.put('s', name, jpeg);
  for (const [name, make, code] of isSystem ? OTHERS : OTHERS.slice(0, 1)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    make(join(folder, name));
    expected[name] = code;
  }
  if (isSystem) {
    writeFileSync(
      Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9]), Buffer.from('.json')]),
      dump,
    );
    expected['caf\ufffd.json'] = 'bad-name';
    socket = createServer();
    await new Promise<void>((resolve) => socket.listen(join(folder, 'socket.json'), resolve));
    expected['socket.json'] = 'not-a-file';
  }
  station = await openTestStation({ simulator });
});
afterAll(async () => {
  await station.close();
  socket?.close();
  simulator.remove();
});

const byName = (files: readonly { readonly name: string; readonly code: string }[]) =>
  Object.fromEntries(files.map(({ name, code }) => [name, code]));

it('on the card of a stick', async () => {
  simulator.plug('s', stick());
  const card = async () =>
    (await station.ask('sources.list', {})).sources.find(({ kind }) => kind === 'drive');
  await soon(async () => (await card())?.state.kind).toBe('ready');
  const found = await card();
  expect(byName(found?.unusable ?? [])).toEqual(expected);
  expect(found?.dumps.map(({ name }) => name)).toEqual(['good.json']);
});

it('in a chosen folder', async () => {
  const source = await station.station.addPath(folder);
  const found = (await station.ask('sources.list', {})).sources.find((one) => one.source === source);
  expect(byName(found?.unusable ?? [])).toEqual(expected);
  expect(found?.dumps.map(({ name }) => name)).toEqual(['good.json']);
});

it.runIf(isSystem)('each alone, chosen as a file', async () => {
  const alone: Record<string, string> = {};
  for (const name of Object.keys(expected)) {
    if (name.includes('\ufffd') || name === 'half.bundle') continue;
    const source = await station.station
      .addPath(join(folder, name))
      .catch((error: { code: string }) => error);
    if (typeof source !== 'string') {
      alone[name] = source.code;
      continue;
    }
    const found = (await station.ask('sources.list', {})).sources.find((one) => one.source === source);
    alone[name] = found?.state.kind === 'problem' ? found.state.code : (found?.state.kind ?? 'nothing');
    await station.ask('sources.forget', { source });
  }
  // Chosen by hand, a folder is looked into, and a link that leads nowhere is not there.
  const { 'half.bundle': _half, 'caf\ufffd.json': _name, ...others } = expected;
  expect(alone).toEqual({
    ...others,
    'folder.json': 'empty',
    '1/2/3/4/5/6/7/8': 'empty',
    'nowhere.json': 'source-gone',
  });
});

it('in the terminal: each name, its reason, what to do, and exit 3', async () => {
  const env = { STATION_DATA: join(station.folder, 'cli') };
  const said = await runCli(['import', folder], { env });
  expect(said.code).toBe(3);
  const lines = said.stderr.split('\n').map((line) => line.trim());
  for (const [name, code] of Object.entries(expected)) {
    const { sentence, action } = sentenceOf(code, 'en');
    const at = lines.findIndex((line) => line.startsWith(`${name}: `));
    expect([name, ...lines.slice(at + 1, at + 3)]).toEqual([name, sentence, action]);
  }
  const told = await runCli(['import', folder, '--json'], { env });
  expect(told.code).toBe(3);
  const { imports } = JSON.parse(told.stdout) as { imports: readonly ImportResult[] };
  const failed = imports.filter(({ outcome }) => outcome === 'failed');
  expect(byName(failed.map(({ name, problems }) => ({ name, code: problems[0]?.code ?? '' })))).toEqual(
    expected,
  );
  expect(imports.filter(({ outcome }) => outcome !== 'failed').map(({ name }) => name)).toEqual([
    'good.json',
  ]);
});

it.each(['{"docs":[]}', '{"total_rows":0,"offset":0,"rows":[]}', '[]'])(
  'an export without a record is taken, and that there is none is said: %s',
  async (text) => {
    const { outcome, problems, problemsTotal } = await station.take(Buffer.from(text));
    expect([outcome, problems.map(({ code }) => code), problemsTotal]).toEqual(['taken', ['no-records'], 1]);
  },
);

/**
 * Small packed files that become enormous, or that are made to keep a reader busy: `node test/bench/bombs.ts [--json]`. Each
 * goes through the real station, in a process of its own, with a small import beside it. Nothing of it may take more than
 * 10 s of CPU or 300 MB, and the small import is taken.
 */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { report } from '../support/documents.ts';
import { stationDump } from '../support/dumps.ts';
import { openTestStation, type TestStation } from '../support/station.ts';

export interface BombMeasured {
  readonly bomb: string;
  /** Of the whole process, its start included. */
  readonly cpu: number;
  readonly peakMB: number;
  readonly seconds: number;
  /** What the import ended with. */
  readonly end: string;
  readonly besideIsTaken: boolean;
  /** CPU seconds for opening a record of it, with its difference from the one before; `null`: it brought none. */
  readonly opening: number | null;
}

const MB = 1024 * 1024;

function* times(text: string, bytes: number): Generator<Buffer> {
  const block = Buffer.from(text.repeat(Math.ceil(MB / text.length)));
  for (let written = 0; written < bytes; written += block.length) yield block;
}

function* all(...parts: readonly (string | Iterable<Buffer>)[]): Generator<Buffer> {
  for (const part of parts)
    if (typeof part === 'string') yield Buffer.from(part);
    else yield* part;
}

const manifest = (): string => stationDump([]).toString('utf8').split('\n', 1)[0] ?? '';

/** An invented revision of a generation. */
const id = (name: string, generation: number): string =>
  name + generation.toString(16).padStart(32 - name.length, '0');

function* leaves(count: number): Generator<Buffer> {
  for (let leaf = 0; leaf < count; leaf += 1) {
    const _revisions = { start: 2, ids: [id('a', leaf), id('b', 1)] };
    const doc = { _id: 'many', _rev: `2-${id('a', leaf)}`, _revisions, type: 'data_record', n: leaf };
    yield Buffer.from(`${leaf === 0 ? '' : ','}${JSON.stringify(doc)}`);
  }
}

function* generations(records: number, count: number): Generator<Buffer> {
  for (let record = 0; record < records; record += 1) {
    const ids = Array.from({ length: count }, (_, at) => id(`c${record.toString(16)}e`, count - at));
    const doc = {
      _id: `old-${record}`,
      _rev: `${count}-${ids[0] ?? ''}`,
      _revisions: { start: count, ids },
      type: 'data_record',
    };
    yield Buffer.from(`${record === 0 ? '' : ','}${JSON.stringify(doc)}`);
  }
}

/** What is packed, by what it is. */
const BOMBS: Readonly<Record<string, () => Iterable<Buffer>>> = {
  'a manifest and 3 GB of line ends': () => all(`${manifest()}\n`, times('\n', 3072 * MB)),
  'a manifest and 1.5 million damaged lines': () => all(`${manifest()}\n`, times('x\n', 3_000_000)),
  '300 MB of opening brackets': () => all('{"docs":[', times('[', 300 * MB)),
  '1.5 GB of blanks in a list': () => all('{"docs":[', times(' ', 1536 * MB), ']}'),
  '1.5 GB of zeros after a list': () => all('{"docs":[]}', times('\0', 1536 * MB)),
  'one record of 8 million empty objects': () =>
    all(
      '{"docs":[{"_id":"p","_rev":"1-a","type":"data_record","fields":{"x":[{}',
      times(',{}', 24_000_000),
      ']}}]}',
    ),
  '1,500 versions of one document': () => all('{"docs":[', leaves(1500), ']}'),
  '20 records with 10,000 generations each': () => all('{"docs":[', generations(20, 10_000), ']}'),
};

/** The small import beside it. */
const BESIDE = [report('beside-1'), report('beside-2')];

/** In a process of its own: one bomb, and a small import beside it. */
async function explode(bomb: string, file: string): Promise<BombMeasured> {
  const started = performance.now();
  const station = await openTestStation();
  try {
    const job = await station.start(file);
    const beside = await station.take(stationDump(BESIDE), 'beside.chtdump');
    const end = await station.wait(job);
    const { user, system } = process.cpuUsage();
    const first = end.kind === 'imported' ? end.imports[0] : undefined;
    const peakMB = process.resourceUsage().maxRSS / 1024;
    const opening = await openOne(station);
    return {
      bomb,
      cpu: (user + system) / 1e6,
      peakMB,
      seconds: (performance.now() - started) / 1000,
      end:
        first === undefined
          ? `${end.kind}${end.kind === 'failed' ? ` ${end.code}` : ''}`
          : [first.outcome, ...new Set(first.problems.map(({ code }) => code))].slice(0, 4).join(' '),
      besideIsTaken: beside.outcome === 'taken',
      opening,
    };
  } finally {
    await station.close();
  }
}

async function openOne({ ask }: TestStation): Promise<number | null> {
  const { rows } = await ask('changes.list', { text: '', limit: 100 });
  const row = rows.find(({ id: one }) => !one.startsWith('beside'));
  if (row === undefined) return null;
  const before = process.cpuUsage();
  await ask('change.get', { id: row.id, rev: row.rev });
  await ask('difference.get', { id: row.id, rev: row.rev });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** All of them, one after another. `only`: those whose name holds it. */
export async function explodeAll(say: (line: string) => void, only = ''): Promise<BombMeasured[]> {
  const folder = await mkdtemp(join(tmpdir(), 'station-bombs-'));
  const measured: BombMeasured[] = [];
  try {
    for (const [bomb, parts] of Object.entries(BOMBS)) {
      if (!bomb.includes(only)) continue;
      const file = join(folder, 'bomb.json.gz');
      await pipeline(Readable.from(parts()), createGzip(), createWriteStream(file));
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [fileURLToPath(import.meta.url), '--one', bomb, file],
        { timeout: 900_000 },
      );
      const one = JSON.parse(stdout) as BombMeasured;
      say(
        `  ${bomb}: ${one.cpu.toFixed(1)} s CPU, ${Math.round(one.peakMB)} MB, ${one.seconds.toFixed(1)} s: ${one.end}${one.opening === null ? '' : `; a record opened in ${one.opening.toFixed(2)} s CPU`}${one.besideIsTaken ? '' : '; THE IMPORT BESIDE IT WAS NOT TAKEN'}`,
      );
      measured.push(one);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return measured;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [way, bomb = '', file = ''] = process.argv.slice(2);
  if (way === '--one') process.stdout.write(`${JSON.stringify(await explode(bomb, file))}\n`);
  else await explodeAll((line) => process.stderr.write(`${line}\n`), bomb);
}

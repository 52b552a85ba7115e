/**
 * `npm run bench -- [--documents N] [--photos N] [--rounds N] [--sizes MB,MB,…] [--rows N] [--no-write]`
 * Measures the station against stock PouchDB, raw LevelDB, pouchdb-replication-stream, pouchdb-load and
 * `replicate.to`, in rounds that take turns, and writes docs/bench.md. Each way runs in a process of its own.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { CONFIGURATION_NAMES } from '../../electron/practice/configurations/index.ts';
import { canonicalContent } from '../../shared/content.ts';
import { explodeAll } from './bombs.ts';
import { writeBenchDump, type BenchFormat, type DumpPlan } from './dump.ts';
import type { DeskMeasured } from './desk.ts';
import type { LedgerMeasured } from './ledger.ts';
import { reportOf, type Mark, type Report } from './report.ts';
import type { UploadMeasured } from './upload.ts';
import type { Measured, Way } from './way.ts';

const run = promisify(execFile);
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const MB = 1024 * 1024;

const { values } = parseArgs({
  options: {
    documents: { type: 'string', default: '100000' },
    photos: { type: 'string', default: '500' },
    rounds: { type: 'string', default: '3' },
    sizes: { type: 'string', default: '100,1024' },
    rows: { type: 'string', default: '1000000' },
    'no-write': { type: 'boolean', default: false },
  },
});
const rounds = Math.max(1, Number(values.rounds));
const folder = await mkdtemp(join(tmpdir(), 'station-bench-'));

/** One run of one way. `null`: it failed, as ways that hold the whole file in memory do. */
async function measure(way: Way, file: string, keep?: string): Promise<Measured | null> {
  const at = keep ?? (await mkdtemp(join(folder, 'run-')));
  try {
    const { stdout } = await run(process.execPath, [here('./way.ts'), way, file, at], { timeout: 900_000 });
    return JSON.parse(stdout) as Measured;
  } catch {
    return null;
  } finally {
    if (keep === undefined) await rm(at, { recursive: true, force: true });
  }
}

/** CPU seconds for the canonical form of documents with forty fields. */
function canonicalSeconds(documents: number): number {
  const fields = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`field_${n}`, `value ${n}`]));
  const started = process.cpuUsage();
  for (let count = 0; count < documents; count += 1)
    canonicalContent({ type: 'data_record', form: 'home_visit', fields }, false, {});
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1e6;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function middle(runs: readonly (Measured | null)[]): Measured | null {
  const done = runs.filter((one) => one !== null);
  if (done.length === 0) return null;
  return {
    seconds: median(done.map((one) => one.seconds)),
    cpu: median(done.map((one) => one.cpu)),
    peakMB: median(done.map((one) => one.peakMB)),
    documents: done[0]?.documents ?? 0,
    stillest: Math.max(...done.map((one) => one.stillest ?? 0)),
  };
}

async function dumpOf(format: BenchFormat, plan: DumpPlan): Promise<string> {
  const file = join(folder, `${format}-${plan.configuration ?? 'any'}-${plan.documents}-${plan.photos}.dump`);
  const bytes = await writeBenchDump(file, format, plan);
  say(`${format}: ${plan.documents} documents, ${plan.photos} photos, ${Math.round(bytes / MB)} MB`);
  return file;
}

/** Every way once in each round, so that what disturbs the machine disturbs all of them. */
async function contest(
  jobs: readonly (readonly [name: string, way: Way, file: string])[],
): Promise<Map<string, Measured | null>> {
  const all = new Map<string, (Measured | null)[]>(jobs.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, way, file] of jobs) {
      const measured = await measure(way, file);
      say(
        `  round ${round + 1} ${name}: ${measured === null ? 'failed' : `${measured.seconds.toFixed(1)} s, ${measured.cpu.toFixed(1)} s CPU, ${Math.round(measured.peakMB)} MB`}`,
      );
      all.get(name)?.push(measured);
    }
  }
  return new Map([...all].map(([name, runs]) => [name, middle(runs)]));
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function ratio(a: Measured | null | undefined, b: Measured | null | undefined): number | null {
  return a && b ? a.seconds / b.seconds : null;
}

const marks: Mark[] = [];
const tables: Report['tables'][number][] = [];
try {
  const plain = { documents: Number(values.documents), photos: 0, seed: 1 };
  const photos = { documents: Number(values.documents) / 5, photos: Number(values.photos), seed: 2 };
  const small = { documents: 10_000, photos: 50, seed: 3 };

  const file = await dumpOf('all-docs', plain);
  const results = await contest([
    ['station', 'station', file],
    ['stock bulkDocs, streamed', 'stock', file],
    ['raw LevelDB', 'raw', file],
    ['reading only', 'parse', file],
  ]);
  tables.push({ title: `Import of ${plain.documents} documents, no photos (all-docs)`, rows: results });
  marks.push({
    what: 'import against stock streamed bulkDocs',
    mark: 1.5,
    got: ratio(results.get('stock bulkDocs, streamed'), results.get('station')),
    unit: 'x',
    least: true,
  });
  marks.push({
    what: 'share of raw LevelDB’s speed',
    mark: 0.7,
    got: ratio(results.get('raw LevelDB'), results.get('station')),
    unit: 'x',
    least: true,
  });

  const stream = await dumpOf('replication-stream', photos);
  const withPhotos = await contest([
    ['station', 'station', stream],
    ['pouchdb-replication-stream', 'replication-stream', stream],
  ]);
  tables.push({
    title: `${photos.documents} documents with ${photos.photos} photos (replication-stream)`,
    rows: withPhotos,
  });
  marks.push({
    what: 'against pouchdb-replication-stream, with photos',
    mark: 2,
    got: ratio(withPhotos.get('pouchdb-replication-stream'), withPhotos.get('station')),
    unit: 'x',
    least: true,
  });

  const little = await dumpOf('replication-stream', small);
  const load = await contest([
    ['station', 'station', little],
    ['pouchdb-load', 'pouchdb-load', little],
  ]);
  tables.push({
    title: `${small.documents} documents with ${small.photos} photos (replication-stream)`,
    rows: load,
  });
  marks.push({
    what: 'against pouchdb-load, 10k with photos',
    mark: 2,
    got: ratio(load.get('pouchdb-load'), load.get('station')),
    unit: 'x',
    least: true,
  });

  const deployments: (readonly [string, Way, string])[] = [];
  for (const configuration of CONFIGURATION_NAMES) {
    const plan = { documents: Number(values.documents) / 5, photos: 0, seed: 5, configuration };
    deployments.push([configuration, 'station', await dumpOf('all-docs', plan)]);
  }
  tables.push({
    title: `Import of ${Number(values.documents) / 5} documents of each practice deployment (all-docs)`,
    rows: await contest(deployments),
  });

  say('The same records again, in another file');
  const again = new Map<string, Measured | null>();
  const other = await dumpOf('ndjson', plain);
  const kept = await mkdtemp(join(folder, 'kept-'));
  again.set('first time', await measure('station', file, kept));
  again.set('the same file', await measure('station', file, kept));
  again.set('the same records in another file', await measure('station', other, kept));
  tables.push({ title: 'Again', rows: again });
  marks.push({
    what: 'importing the same dump again',
    mark: 5,
    got: ratio(again.get('first time'), again.get('the same file')),
    unit: 'x',
    least: true,
  });
  marks.push({
    what: 'the same records in another file (no mark)',
    mark: 1,
    got: ratio(again.get('first time'), again.get('the same records in another file')),
    unit: 'x',
    least: true,
  });
  await rm(kept, { recursive: true, force: true });

  const sizes = new Map<string, Measured | null>();
  for (const megabytes of values.sizes.split(',').map(Number)) {
    // 200 kB of base64 for a photo, one for every 12 documents of 1.7 kB: about nine tenths are photos.
    const documents = Math.round((megabytes * MB) / 18_500);
    const big = await dumpOf('all-docs', { documents, photos: Math.round(documents / 12), seed: 4 });
    const measured = await measure('station', big);
    say(
      `  ${megabytes} MB: ${measured === null ? 'failed' : `${measured.seconds.toFixed(1)} s, ${Math.round(measured.peakMB)} MB, still for ${measured.stillest?.toFixed(1)} s at most`}`,
    );
    sizes.set(`${megabytes} MB`, measured);
    await rm(big);
  }
  tables.push({ title: 'Memory by size, with photos', rows: sizes });
  const peaks = [...sizes.values()].flatMap((one) => (one === null ? [] : [one.peakMB]));
  marks.push({
    what: 'peak memory of the importing process',
    mark: 400,
    got: Math.max(...peaks),
    unit: ' MB',
    least: false,
  });
  marks.push({
    what: 'growth of peak memory from the smallest to the largest',
    mark: 10,
    got: peaks.length < 2 ? null : 100 * ((peaks.at(-1) ?? 0) / (peaks[0] ?? 1) - 1),
    unit: ' %',
    least: false,
  });
  marks.push({
    what: 'longest time the progress stood still',
    mark: 2,
    got: Math.max(...[...sizes.values()].map((one) => one?.stillest ?? 0)),
    unit: ' s',
    least: false,
  });

  say('Bombs');
  for (const { bomb, cpu, peakMB, besideIsTaken, opening } of await explodeAll(say)) {
    marks.push({ what: `${bomb}, CPU`, mark: 10, got: cpu, unit: ' s', least: false });
    // Not measured counts as missed: the small import beside it did not go through.
    marks.push({
      what: `${bomb}, memory`,
      mark: 300,
      got: besideIsTaken ? peakMB : null,
      unit: ' MB',
      least: false,
    });
    if (opening !== null)
      marks.push({
        what: `${bomb}, opening a record, CPU`,
        mark: 1,
        got: opening,
        unit: ' s',
        least: false,
      });
  }

  say('Uploads');
  const uploads = await run(process.execPath, [here('./upload.ts'), '--rounds', String(rounds), '--json'], {
    timeout: 900_000,
  });
  for (const { place, mark, records, station, replicate } of JSON.parse(uploads.stdout) as UploadMeasured[]) {
    say(`  to ${place}: ${station.toFixed(1)} s, replicate.to ${replicate.toFixed(1)} s`);
    marks.push({
      what: `upload of ${records} to ${place}, against replicate.to`,
      mark,
      got: replicate / station,
      unit: 'x',
      least: true,
    });
  }

  say(`The ledger at ${values.rows} changes`);
  const ledgerFolder = await mkdtemp(join(folder, 'ledger-'));
  const { stdout } = await run(process.execPath, [here('./ledger.ts'), values.rows, ledgerFolder], {
    timeout: 900_000,
  });
  const ledger = JSON.parse(stdout) as LedgerMeasured;
  marks.push({
    what: 'classing 100,000 changes, CPU',
    mark: 3,
    got: ledger.classing,
    unit: ' s',
    least: false,
  });
  marks.push({
    what: 'a decision about 50,000 records of a batch, and undoing it, the slowest, CPU',
    mark: 2,
    got: ledger.deciding,
    unit: ' s',
    least: false,
  });
  marks.push({
    what: 'bringing 20,000 documents into their canonical form, CPU',
    mark: 3,
    got: canonicalSeconds(20_000),
    unit: ' s',
    least: false,
  });
  marks.push({
    what: `slowest page of any table (${ledger.slowestName})`,
    mark: 100,
    got: ledger.slowestPage,
    unit: ' ms',
    least: false,
  });

  say('The review desk at 100,000 records');
  const deskFolder = await mkdtemp(join(folder, 'desk-'));
  const told = await run(process.execPath, [here('./desk.ts'), deskFolder], { timeout: 900_000 });
  const desk = JSON.parse(told.stdout) as DeskMeasured;
  marks.push(
    {
      what: `slowest search, filter or choice of the review desk (${desk.slowestName})`,
      mark: 300,
      got: desk.slowestFind,
      unit: ' ms',
      least: false,
    },
    {
      what: `approving ${desk.approved} ordinary records at once, CPU for 50,000`,
      mark: 2,
      got: (desk.approving * 50_000) / desk.approved,
      unit: ' s',
      least: false,
    },
  );

  const report = reportOf({
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}, ${process.platform}`,
    rounds,
    marks,
    tables,
  });
  process.stdout.write(report);
  if (!values['no-write'])
    await writeFile(fileURLToPath(new URL('../../docs/bench.md', import.meta.url)), report);
} finally {
  await rm(folder, { recursive: true, force: true });
}

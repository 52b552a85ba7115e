/**
 * The upload marks (docs: speed): 10,000 records sent by the station and by PouchDB's `replicate.to` with its
 * defaults, to the same server, near and 100 ms away. `node test/bench/upload.ts [--records N] [--rounds N]`; with
 * `--json` for `run.ts`. Each way begins with a fresh server and a full replica; what is measured is the sending and
 * the proof.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { report } from '../../electron/practice/documents.ts';
import type { Doc } from '../../electron/practice/pouch.ts';
import { openTestStation } from '../support/station.ts';

const PLACES = { near: 'a near server', far: 'a server 100 ms away' } as const;
const MARKS = { near: 2, far: 4 } as const;
type Place = keyof typeof PLACES;

/** Medians, in seconds. */
export interface UploadMeasured {
  readonly place: string;
  readonly mark: number;
  readonly records: number;
  readonly station: number;
  readonly replicate: number;
}

const CHW1 = { user: 'chw1', password: 'Mango-tree-1' };
const BY = { _id: 'hc1-chw1', parent: { _id: 'hc1', parent: { _id: 'district' } } };

interface Server {
  readonly near: string;
  readonly far: string;
  stop(): Promise<void>;
}

function startServer(): Promise<Server> {
  const child: ChildProcess = spawn(
    process.execPath,
    [fileURLToPath(new URL('upload-server.ts', import.meta.url))],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (!text.includes('\n')) return;
      const addresses = JSON.parse(text) as { near: string; far: string };
      resolve({
        ...addresses,
        stop: async () => {
          child.kill('SIGTERM');
          await ended;
        },
      });
    });
  });
}

/** Reports of about 1.5 kB, each with a revision as a phone makes it. */
function documents(count: number): Doc[] {
  return Array.from({ length: count }, (_, n) => {
    const about = `hc1-area-${1 + (n % 2)}-home-${1 + (n % 3)}-person-1`;
    const fields = Object.fromEntries(
      Array.from({ length: 18 }, (__, field) => [
        `question_${field}`,
        `answer ${n} to ${field}, in some words`,
      ]),
    );
    const doc = report({
      id: randomUUID(),
      form: 'home_visit',
      by: BY,
      about,
      reportedAt: 1_760_000_000_000 + n,
      fields,
    });
    const id = createHash('md5').update(doc._id).digest('hex');
    return { ...doc, _rev: `1-${id}`, _revisions: { start: 1, ids: [id] } };
  });
}

function dumpOf(docs: readonly Doc[], server: string): Buffer {
  const manifest = {
    format: 'station',
    version: 1,
    user: CHW1.user,
    userContactId: BY._id,
    facilityId: 'hc1',
    device: 'bench',
    server,
    database: 'medic',
    exportedAt: new Date().toISOString(),
    since: '0',
  };
  const lines = [manifest, ...docs.map((doc) => ({ doc }))].map((line) => JSON.stringify(line));
  const before = Buffer.from(`${lines.join('\n')}\n`);
  const sha256 = createHash('sha256').update(before).digest('hex');
  const end = { end: { docs: docs.length, attachments: 0, bytes: before.length, sha256 } };
  return Buffer.concat([before, Buffer.from(`${JSON.stringify(end)}\n`)]);
}

async function byStation(docs: readonly Doc[], url: string): Promise<number> {
  const station = await openTestStation();
  try {
    await station.ask('server.set', { url });
    const { batch } = await station.take(dumpOf(docs, url), 'bench.chtdump');
    await station.wait((await station.ask('compare.start', CHW1)).job);
    await station.ask('decide.approve', { batch: batch ?? '' });
    const begun = performance.now();
    const end = await station.wait((await station.ask('upload.start', CHW1)).job);
    const seconds = (performance.now() - begun) / 1000;
    if (end.kind !== 'uploaded' || end.upload.accepted !== docs.length)
      throw new Error(`the upload ended as ${JSON.stringify(end).slice(0, 500)}`);
    return seconds;
  } finally {
    await station.close();
  }
}

interface Pouch {
  bulkDocs(docs: readonly Doc[], options: { new_edits: false }): Promise<unknown>;
  close(): Promise<void>;
  readonly replicate: { to(other: Pouch): Promise<{ docs_written: number }> };
}

async function byReplicate(docs: readonly Doc[], url: string): Promise<number> {
  const PouchDB = createRequire(import.meta.url)('pouchdb-node') as new (
    name: string,
    options?: object,
  ) => Pouch;
  const folder = await mkdtemp(join(tmpdir(), 'station-bench-'));
  const local = new PouchDB(join(folder, 'local'));
  try {
    await local.bulkDocs(docs, { new_edits: false });
    const remote = new PouchDB(`${url}/medic`, {
      auth: { username: CHW1.user, password: CHW1.password },
      skip_setup: true,
    });
    const begun = performance.now();
    const { docs_written } = await local.replicate.to(remote);
    const seconds = (performance.now() - begun) / 1000;
    if (docs_written !== docs.length) throw new Error(`replicate.to wrote ${docs_written}`);
    return seconds;
  } finally {
    await local.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function timed(way: typeof byStation, docs: readonly Doc[], place: Place): Promise<number> {
  const server = await startServer();
  try {
    return await way(docs, server[place]);
  } finally {
    await server.stop();
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const docs = documents(Number(values.records));
const measured: UploadMeasured[] = [];
for (const place of ['near', 'far'] as const) {
  const station: number[] = [];
  const replicate: number[] = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    station.push(await timed(byStation, docs, place));
    replicate.push(await timed(byReplicate, docs, place));
  }
  measured.push({
    place: PLACES[place],
    mark: MARKS[place],
    records: docs.length,
    station: median(station),
    replicate: median(replicate),
  });
}
if (values.json) console.log(JSON.stringify(measured));
else {
  for (const { place, mark, records, station, replicate } of measured)
    console.log(
      `${records} records to ${place}: station ${station.toFixed(1)} s, replicate.to ${replicate.toFixed(1)} s, ${(replicate / station).toFixed(2)} times as fast (mark ${mark})`,
    );
  const missed = measured.filter(({ mark, station, replicate }) => replicate / station < mark).length;
  console.log(`${measured.length - missed} passed, ${missed} failed`);
  process.exitCode = missed === 0 ? 0 : 1;
}

/**
 * One way of importing a dump, in a process of its own: `node test/bench/way.ts WAY FILE FOLDER`. Prints one
 * JSON line: seconds, CPU seconds and peak memory, measured from the first byte to the last sync.
 */
import { createReadStream, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import PouchDB from 'pouchdb-node';
import { openDump } from '../../electron/intake/formats/open.ts';
import { openTestStation } from '../support/station.ts';

const require = createRequire(import.meta.url);

export const WAYS = ['station', 'stock', 'raw', 'replication-stream', 'pouchdb-load', 'parse'] as const;
export type Way = (typeof WAYS)[number];

export interface Measured {
  readonly seconds: number;
  readonly cpu: number;
  readonly peakMB: number;
  readonly documents: number;
  /** The longest time in which the progress stood still, in seconds; only of the station. */
  readonly stillest?: number;
}

/** Documents of a dump, as the station's own reader gives them, in the form PouchDB takes. */
async function* chunksOf(file: string): AsyncGenerator<Record<string, unknown>[]> {
  const dump = await openDump(file, { name: 'bench' });
  for await (const { items } of dump.chunks) {
    const docs: Record<string, unknown>[] = [];
    for (const item of items) {
      if (item.kind !== 'record') continue;
      const attachments = Object.entries(item.attachments).map(([name, { content_type, data }]) => [
        name,
        { content_type, data: Buffer.from(data).toString('base64') },
      ]);
      docs.push({
        ...item.body,
        _id: item.id,
        _rev: item.rev,
        ...(attachments.length > 0 ? { _attachments: Object.fromEntries(attachments) as unknown } : {}),
      });
    }
    yield docs;
  }
}

const RUN: Record<Way, (file: string, folder: string) => Promise<{ documents: number; stillest?: number }>> =
  {
    station: async (file, folder) => {
      const station = await openTestStation({ dataDir: join(folder, 'data') });
      start();
      let last = performance.now();
      let stillest = 0;
      let before = '';
      station.station.on('job', ({ step, done }) => {
        const now = `${step} ${done}`;
        if (now === before) return;
        before = now;
        stillest = Math.max(stillest, performance.now() - last);
        last = performance.now();
      });
      const { documents } = await station.take(file);
      await station.close();
      return { documents: documents.new + documents.known, stillest: stillest / 1000 };
    },
    stock: async (file, folder) => {
      const pouch = new PouchDB(join(folder, 'stock'), { adapter: 'leveldb' });
      let documents = 0;
      for await (const docs of chunksOf(file)) {
        documents += docs.length;
        await pouch.bulkDocs({ docs: docs as never }, { new_edits: false });
      }
      await pouch.close();
      return { documents };
    },
    raw: async (file, folder) => {
      const leveldown = require('leveldown') as (path: string) => {
        open: (options: object, done: (error?: Error) => void) => void;
        batch: (operations: object[], options: object, done: (error?: Error) => void) => void;
        close: (done: (error?: Error) => void) => void;
      };
      const store = leveldown(join(folder, 'raw'));
      const done = (work: (end: (error?: Error) => void) => void): Promise<void> =>
        new Promise((resolve, reject) => work((error) => (error ? reject(error) : resolve())));
      await done((end) => store.open({ writeBufferSize: 32 << 20 }, end));
      let documents = 0;
      for await (const docs of chunksOf(file)) {
        documents += docs.length;
        const operations = docs.map((doc) => ({
          type: 'put',
          key: String(doc['_id']),
          value: JSON.stringify(doc),
        }));
        await done((end) => store.batch(operations, { sync: false }, end));
      }
      await done((end) => store.close(end));
      return { documents };
    },
    'replication-stream': async (file, folder) => {
      const stream = require('pouchdb-replication-stream') as {
        plugin: object;
        adapters: { writableStream: unknown };
      };
      const Plain = require('pouchdb-node') as typeof PouchDB & {
        plugin(p: unknown): void;
        adapter(n: string, a: unknown): void;
      };
      Plain.plugin(stream.plugin);
      Plain.adapter('writableStream', stream.adapters.writableStream);
      const pouch = new Plain(join(folder, 'stream'), { adapter: 'leveldb' }) as PouchDB & {
        load(s: unknown): Promise<unknown>;
      };
      await pouch.load(createReadStream(file));
      const { doc_count: documents } = await pouch.info();
      await pouch.close();
      return { documents };
    },
    'pouchdb-load': async (file, folder) => {
      const Plain = require('pouchdb-node') as typeof PouchDB & { plugin(p: unknown): void };
      Plain.plugin(require('pouchdb-load'));
      const pouch = new Plain(join(folder, 'load'), { adapter: 'leveldb' }) as PouchDB & {
        load(dump: string): Promise<unknown>;
      };
      await pouch.load(readFileSync(file, 'utf8'));
      const { doc_count: documents } = await pouch.info();
      await pouch.close();
      return { documents };
    },
    parse: async (file) => {
      let documents = 0;
      const dump = await openDump(file, { name: 'bench' });
      for await (const { items } of dump.chunks) documents += items.length;
      return { documents };
    },
  };

const [way, file, folder] = process.argv.slice(2);
const run = WAYS.find((known) => known === way);
if (run === undefined || file === undefined || folder === undefined)
  throw new Error('way.ts WAY FILE FOLDER');
let begun = 0;
let before = process.cpuUsage();
/** A station is opened in the morning; what counts begins with the dump. */
function start(): void {
  begun = performance.now();
  before = process.cpuUsage();
}
start();
const result = await RUN[run](file, folder);
const { user, system } = process.cpuUsage(before);
const measured: Measured = {
  ...result,
  seconds: (performance.now() - begun) / 1000,
  cpu: (user + system) / 1e6,
  peakMB: process.resourceUsage().maxRSS / 1024,
};
process.stdout.write(`${JSON.stringify(measured)}\n`);

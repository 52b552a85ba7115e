/** Dumps made by other people's programs, which are really run here. */
import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attachment, document, type Json, without } from '../support/documents.ts';
import { temporaryFolder } from '../support/folder.ts';
import { asDocument, codesOf, readFile, recordsOf } from '../support/reading.ts';

interface Database {
  bulkDocs(docs: readonly Json[], options: { new_edits: boolean }): Promise<unknown>;
  allDocs(options: Json): Promise<unknown>;
  changes(options: Json): Promise<{ results: Json[]; last_seq: number }>;
  bulkGet(options: Json): Promise<unknown>;
  info(): Promise<Json>;
  close(): Promise<void>;
  dump(to: Writable): Promise<unknown>;
}
interface DatabaseClass {
  new (name: string): Database;
  plugin(plugin: unknown): DatabaseClass;
  adapter(name: string, adapter: unknown): void;
}

const require = createRequire(import.meta.url);
const Pouch = require('pouchdb-node') as DatabaseClass;
const stream = require('pouchdb-replication-stream') as {
  plugin: unknown;
  adapters: { writableStream: unknown };
};
const Dumping = Pouch.plugin(stream.plugin);
Dumping.adapter('writableStream', stream.adapters.writableStream);

const run = promisify(execFile);
const folder = temporaryFolder();
const databasePath = join(folder.path, 'medic-user-chw');

/** New, edited, deleted, with a losing leaf, with attachments small and large. */
const DOCUMENTS: readonly Json[] = [
  document('new', { note: 'Ünï "漢字" 🙂 \\ }{', list: [{ a: [] }] }),
  document('edited', { note: 'x' }, { generations: 4 }),
  document('deleted', { _deleted: true, reason: 'moved away' }, { generations: 3 }),
  document('photo', {
    _attachments: {
      'user-file/photo': attachment(Buffer.alloc(60_000, 'pixels')),
      note: attachment('just text', 'text/plain'),
    },
  }),
  document('forked', { side: 'winner' }, { generations: 3 }),
  document('forked', { side: 'loser' }, { history: 'xy' }),
];
const WINNERS = DOCUMENTS.filter((one) => one['_deleted'] !== true && one['side'] !== 'loser');

let database: Database;

beforeAll(async () => {
  database = new Dumping(databasePath);
  await database.bulkDocs(DOCUMENTS, { new_edits: false });
});
afterAll(async () => {
  await database.close();
  folder.remove();
});

const byRevision = (documents: readonly Json[]) =>
  documents.toSorted((a, b) =>
    `${String(a['_id'])} ${String(a['_rev'])}`.localeCompare(`${String(b['_id'])} ${String(b['_rev'])}`),
  );
/** What a database writes beside the document is not what a test is about. */
const comparable = (documents: readonly Json[], history: boolean) =>
  byRevision(documents.map((one) => (history ? one : without(one, '_revisions'))));

async function read(name: string, text: string | Uint8Array) {
  const result = await readFile(folder.put(name, text));
  return { ...result, format: result.dump.format, documents: recordsOf(result.items).map(asDocument) };
}

/** A generation-1 revision has no ancestors to tell of, so PouchDB sometimes leaves its `_revisions` out. */
function expectLeaves(documents: readonly Json[]): void {
  expect(comparable(documents, false)).toEqual(comparable(DOCUMENTS, false));
  for (const one of documents) {
    const wanted = DOCUMENTS.find((other) => other['_rev'] === one['_rev'] && other['_id'] === one['_id']);
    if (String(one['_rev']).startsWith('1-') && one['_revisions'] === undefined) continue;
    expect(one['_revisions']).toEqual(wanted?.['_revisions']);
  }
}

describe('PouchDB itself', () => {
  it('allDocs: winners without history', async () => {
    const result = await database.allDocs({ include_docs: true, attachments: true });
    const { documents, items, format } = await read('all.json', JSON.stringify(result));
    expect([format, codesOf(items)]).toEqual(['all-docs', []]);
    expect(comparable(documents, true)).toEqual(comparable(WINNERS, false));
  });

  it('allDocs by key: deletions without body, and errors', async () => {
    const result = await database.allDocs({ keys: ['deleted', 'nobody', 'new'], include_docs: true });
    const { items } = await read('keys.json', JSON.stringify(result));
    expect(items).toMatchObject([
      { kind: 'problem', code: 'body-missing', id: 'deleted', names: { deleted: true } },
      { kind: 'problem', code: 'row-error', id: 'nobody', ordinal: 2 },
      { kind: 'record', id: 'new' },
      {
        kind: 'problem',
        code: 'fewer-than-said',
        message: expect.stringContaining('said, 3 here') as string,
      },
    ]);
  });

  it('rows in the place of documents', async () => {
    const { rows } = (await database.allDocs({ include_docs: true, attachments: true })) as { rows: Json[] };
    const { documents, format } = await read('wrapped.json', JSON.stringify({ docs: rows }));
    expect(format).toBe('wrapped-docs');
    expect(comparable(documents, true)).toEqual(comparable(WINNERS, false));
  });

  it('allDocs without attachments: the document that has some is unreadable', async () => {
    const result = await database.allDocs({ include_docs: true });
    const { items } = await read('stubs.json', JSON.stringify(result));
    expect(codesOf(items)).toEqual(['attachment-missing']);
    expect(recordsOf(items)).toHaveLength(WINNERS.length - 1);
  });

  it('changes: winners and deletions, and a word about the leaves that are missing', async () => {
    const result = await database.changes({ include_docs: true, attachments: true, style: 'all_docs' });
    const { documents, items, format, flags } = await read('changes.json', JSON.stringify(result));
    expect([format, codesOf(items), flags]).toEqual(['changes', ['versions-missing'], ['maybe-incomplete']]);
    const wanted = DOCUMENTS.filter((one) => one['side'] !== 'loser');
    expect(comparable(documents, true)).toEqual(comparable(wanted, false));
    const lines = result.results.map((one) => JSON.stringify(one)).join('\n');
    const continuous = await read('continuous.json', `${lines}\n\n{"last_seq":6,"pending":0}\n`);
    expect([continuous.format, codesOf(continuous.items)]).toEqual(['changes', ['versions-missing']]);
    expect(continuous.documents).toEqual(documents);
  });
});

describe('pouchdb-replication-stream', () => {
  it('gives every leaf with its history, and attachments, which it writes as buffers', async () => {
    let text = '';
    const to = new Writable({
      write(chunk: Buffer, _encoding, done) {
        text += chunk.toString();
        done();
      },
    });
    await database.dump(to);
    expect(text).toContain('"type":"Buffer"');
    const { documents, items, format } = await read('stream.txt', text);
    expect([format, codesOf(items)]).toEqual(['replication-stream', []]);
    expectLeaves(documents);
  });
});

describe('pouchdb-dump-cli', () => {
  const program = require.resolve('pouchdb-dump-cli/index.js');

  it('gives every leaf with its history, in one file or several', async () => {
    // A LevelDB database can be open in one program only.
    await database.close();
    try {
      const whole = join(folder.path, 'dump.txt');
      await run(process.execPath, [program, databasePath, '-o', whole]);
      const { items, dump } = await readFile(whole);
      expect([dump.format, codesOf(items)]).toEqual(['replication-stream', []]);
      expectLeaves(recordsOf(items).map(asDocument));

      await run(process.execPath, [program, databasePath, '-s', '2', '-o', join(folder.path, 'split.txt')]);
      const parts = readdirSync(folder.path).filter((name) => name.startsWith('split_'));
      expect(parts.length).toBeGreaterThan(1);
      const all = await Promise.all(parts.map((name) => readFile(join(folder.path, name))));
      expectLeaves(all.flatMap((part) => recordsOf(part.items).map(asDocument)));
    } finally {
      database = new Dumping(databasePath);
    }
  });
});

describe('@cloudant/couchbackup', () => {
  const program = join(require.resolve('@cloudant/couchbackup'), '../bin/couchbackup.bin.js');

  /** As much of CouchDB's HTTP as couchbackup asks for. */
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://localhost');
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const packed = request.headers['content-encoding'] === 'gzip';
    const sent = packed ? gunzipSync(Buffer.concat(parts)) : Buffer.concat(parts);
    const body = (sent.length === 0 ? {} : JSON.parse(sent.toString())) as Json;
    let value: unknown = await database.info();
    if (url.pathname === '/medic/_changes') {
      const since = Number(url.searchParams.get('since') ?? body['since'] ?? 0);
      value = { ...(await database.changes({ since, style: 'all_docs' })), pending: 0 };
    } else if (url.pathname === '/medic/_bulk_get') {
      // Asked by id alone, CouchDB gives all leaves.
      const asked = (body['docs'] as readonly Json[]).map(({ id }) => id);
      const { results } = await database.changes({ style: 'all_docs' });
      const docs = results
        .filter(({ id }) => asked.includes(id))
        .flatMap(({ id, changes }) => (changes as Json[]).map(({ rev }) => ({ id, rev })));
      const attachments = url.searchParams.get('attachments') === 'true';
      value = docs.length === 0 ? { results: [] } : await database.bulkGet({ docs, revs: true, attachments });
    }
    response.setHeader('content-type', 'application/json');
    response.end(request.method === 'HEAD' ? undefined : JSON.stringify(value));
  }

  async function backUp(...options: readonly string[]): Promise<string> {
    const server = createServer((request, response) => {
      answer(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    const path = join(folder.path, 'backup.txt');
    try {
      const args = [
        '--url',
        `http://127.0.0.1:${port}`,
        '--db',
        'medic',
        '--output',
        path,
        '--quiet',
        ...options,
      ];
      await run(process.execPath, [program, ...args]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
    return path;
  }

  it('gives every leaf with its history and attachments', async () => {
    const { items, dump } = await readFile(await backUp('--attachments'));
    expect([dump.format, codesOf(items)]).toEqual(['couchbackup', []]);
    expectLeaves(recordsOf(items).map(asDocument));
  });

  it('without attachments: the document that has some is unreadable, the others are taken', async () => {
    const { items, dump } = await readFile(await backUp());
    expect([dump.format, codesOf(items)]).toEqual(['couchbackup', ['attachment-missing']]);
    expect(recordsOf(items)).toHaveLength(DOCUMENTS.length - 1);
  });
});

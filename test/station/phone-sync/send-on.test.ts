/**
 * What of a page's writing requests reaches the server: the records that were reviewed, the app's checkpoints, and what
 * its own user's database is for. Nothing else.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digest } from '../../../electron/host/digest.ts';
import { report } from '../../../electron/practice/documents.ts';
import { openDatabase, type Database } from '../../../electron/practice/pouch.ts';
import { startPracticeServer } from '../../../electron/practice/server.ts';
import type { AppRequest } from '../../../electron/sources/live/paused-request.ts';
import { RequestsOfPhone } from '../../../electron/station/phone-sync/send-on.ts';
import { goingKey } from '../../../electron/station/phone-sync/writing.ts';
import type { Reviewed } from '../../../electron/station/phone-sync/as-reviewed.ts';
import { Gate } from '../../../electron/upload/gate.ts';
import { contentDigest } from '../../../shared/derived-revisions.ts';

interface Http {
  bulkDocs(docs: object[], options: object): Promise<unknown>;
  put(doc: object): Promise<unknown>;
}
interface Replicating extends Database {
  readonly replicate: {
    to(remote: Http, options: object): Promise<{ docs_written: number; doc_write_failures: number }>;
  };
}
const PouchDB = createRequire(import.meta.url)('pouchdb-node') as new (name: string, options: object) => Http;

let undo: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  undo = [];
});
afterEach(async () => {
  for (const step of undo.reverse()) await step();
});

function requestsTo(server: string, reviewed: readonly Reviewed[] = []) {
  const log: string[] = [];
  const left: string[] = [];
  const requests = new RequestsOfPhone({
    server,
    user: 'chw1',
    fetch,
    gate: new Gate(() => {}),
    signal: new AbortController().signal,
    mayGo: new Map(reviewed.map((one) => [goingKey(one), one])),
    leaving: (written) => left.push(...written.map(({ id }) => id)),
    refused: () => {},
    altered: () => {},
    log: (line) => log.push(line),
    changed: () => {},
  });
  return { requests, log, left };
}

/** A server that notes what arrives and says yes to all of it. */
async function recorder(): Promise<{ url: string; arrived: string[] }> {
  const arrived: string[] = [];
  const server: Server = createServer((asked, answer) => {
    arrived.push(`${asked.method} ${asked.url}`);
    asked.resume();
    asked.on('end', () => answer.writeHead(201, { 'content-type': 'application/json' }).end('[]'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, arrived };
}

/** PouchDB's own HTTP client, whose requests the station sends on. */
function pouchAt(url: string, requests: RequestsOfPhone, headers: Record<string, string> = {}): Http {
  return new PouchDB(url, {
    skip_setup: true,
    fetch: async (to: string, options: { method?: string; headers: Headers; body?: string }) => {
      const { origin } = new URL(url);
      const sent = await requests.sendOn({
        method: options.method ?? 'GET',
        path: to.slice(origin.length),
        headers: [...new Headers(options.headers), ...Object.entries(headers)],
        body: options.body === undefined ? null : Buffer.from(options.body),
        writes: null,
      });
      if (sent.kind !== 'answer') throw new TypeError('Failed to fetch');
      const { status, body } = sent.answer;
      return new Response(status === 304 ? null : Buffer.from(body), {
        status,
        headers: sent.answer.headers.map(([name, value]): [string, string] => [name, value]),
      });
    },
  });
}

test('a real replication passes, its checkpoints on the server included', async () => {
  const practice = await startPracticeServer();
  undo.push(() => practice.close());
  const phone = openDatabase('phone') as Replicating;
  undo.push(() => phone.destroy());
  const by = { _id: 'hc1-chw1', parent: { _id: 'hc1', parent: { _id: 'district' } } };
  const about = 'hc1-area-1-home-1-person-1';
  const doc = report({ id: 'visit', form: 'home_visit', by, about, reportedAt: 1, fields: { n: 1.5 } });
  const { rev } = await phone.put(doc);
  const { _id, ...body } = doc as Record<string, unknown>;
  const reviewed = { id: 'visit', rev, contents: [contentDigest(digest, body, false, {})], history: [rev] };
  const { requests, left, log } = requestsTo(practice.url, [reviewed]);
  const password = practice.users.find(({ user }) => user === 'chw1')?.password ?? '';
  const authorization = `Basic ${Buffer.from(`chw1:${password}`).toString('base64')}`;
  const remote = pouchAt(`${practice.url}/medic`, requests, { authorization });
  const first = await phone.replicate.to(remote, { batch_size: 100 });
  expect([first.docs_written, first.doc_write_failures, left, log]).toEqual([1, 0, ['visit'], []]);
  // The checkpoint is there: a second one has nothing to send.
  expect((await phone.replicate.to(remote, { batch_size: 100 })).docs_written).toBe(0);
  expect(left).toEqual(['visit']);
  expect(requests.ended).toBeNull();
});

test('what the app keeps in the database of its own user passes', async () => {
  const { url, arrived } = await recorder();
  const { requests } = requestsTo(url);
  const meta = pouchAt(`${url}/medic-user-chw1-meta`, requests);
  const docs = [
    { _id: 'read:report:visit', _rev: '1-a' },
    {
      _id: 'feedback-2026-11-01T10:00:00.000Z-x',
      _rev: '1-b',
      type: 'feedback',
      info: { message: 'broken' },
    },
    { _id: 'telemetry-2026-11-chw1', _rev: '1-c', type: 'telemetry', metrics: {} },
    { _id: 'read:message:m', _rev: '2-d', _deleted: true },
  ];
  await meta.bulkDocs(docs, { new_edits: false });
  expect(arrived).toEqual(['POST /medic-user-chw1-meta/_bulk_docs']);
});

describe('a writing request that is none of a sync', () => {
  const JSON_TYPE: AppRequest['headers'] = [['content-type', 'application/json']];
  const asked = (method: string, path: string, body: unknown, headers = JSON_TYPE): AppRequest => ({
    method,
    path,
    headers,
    body: body === undefined ? null : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    writes: null,
  });
  const record = { _id: 'visit', _rev: '1-a', type: 'data_record', form: 'visit' };
  const bulk = (docs: unknown) => ({ docs, new_edits: false });
  const META = '/medic-user-chw1-meta/_bulk_docs';
  const AT = { last_seq: '5-g1AAA', session_id: 'S' };
  const POINT = { session_id: 'S', history: [AT], replicator: 'pouchdb', version: 1, last_seq: 5 };

  test('checkpoints pass, as PouchDB writes them', async () => {
    const { url, arrived } = await recorder();
    const { requests } = requestsTo(url);
    for (const path of ['/medic/_local/Qx.1%3D%3D', '/medic-user-chw1-meta/_local/Qx.1%3D%3D'])
      for (const more of [{}, { _id: '_local/Qx.1==', _rev: '0-1' }])
        expect(await requests.sendOn(asked('PUT', path, { ...POINT, ...more }))).toMatchObject({
          kind: 'answer',
        });
    expect(arrived).toHaveLength(4);
  });

  test.each<[string, AppRequest]>([
    ['a record', asked('PUT', '/medic/visit', record)],
    ['a record without a name', asked('POST', '/medic', record)],
    ['a deletion', asked('DELETE', '/medic/visit?rev=1-a', undefined)],
    ['a copy', asked('COPY', '/medic/visit', undefined)],
    ['an attachment', asked('PUT', '/medic/visit/photo?rev=1-a', 'x')],
    ['a part of the app', asked('PUT', '/medic/_design/medic-client', {})],
    ['rights', asked('PUT', '/medic/_security', {})],
    ['a purge', asked('POST', '/medic/_purge', { visit: ['1-a'] })],
    ['the limit of histories', asked('PUT', '/medic/_revs_limit', '1')],
    ['a compaction', asked('POST', '/medic/_compact', {})],
    ['a new database', asked('PUT', '/medic', undefined)],
    ['the end of a database', asked('DELETE', '/medic', undefined)],
    ['the end of the own one', asked('DELETE', '/medic-user-chw1-meta', undefined)],
    ['a replication of the server', asked('POST', '/_replicate', { source: 'medic', target: 'x' })],
    ['a login', asked('PUT', '/_users/org.couchdb.user:x', {})],
    ['a user', asked('POST', '/api/v1/users', {})],
    ['a place', asked('POST', '/api/v1/places', {})],
    ['a record by the api', asked('POST', '/api/v2/records', {})],
    ['a message', asked('POST', '/api/sms', {})],
    ['settings', asked('PUT', '/api/v1/settings', {})],
    ['a form', asked('PUT', '/api/v1/forms/x', {})],
    ['an upgrade', asked('POST', '/api/v1/upgrade', {})],
    ['the end of the session', asked('DELETE', '/_session', undefined)],
    ['a record of another one', asked('POST', '/medic-user-chw2-meta/_bulk_docs', bulk([]))],
    ['a read mark as a record of its own', asked('PUT', '/medic-user-chw1-meta/read:report:x', {})],
    ['a record among read marks', asked('POST', META, bulk([{ _id: 'read:report:x', _rev: '1-a' }, record]))],
    ['a record by the id of a read mark', asked('POST', META, bulk([{ ...record, _id: 'read:report:x' }]))],
    ['a part of an app in the own database', asked('POST', META, bulk([{ _id: '_design/x', _rev: '1-a' }]))],
    ['edits in the own database', asked('POST', META, { docs: [{ _id: 'read:report:x' }] })],
    ['no documents in the own database', asked('POST', META, bulk('x'))],
    ['read marks with a query', asked('POST', `${META}?x=1`, bulk([]))],
    [
      'read marks in other signs',
      asked('POST', META, bulk([]), [['content-type', 'application/json; charset=utf-7']]),
    ],
    [
      'two lists of read marks',
      asked('POST', META, '{"docs":[{"_id":"visit"}],"docs":[],"new_edits":false}'),
    ],
    ['a record as a checkpoint', asked('PUT', '/medic/_local/x', { ...POINT, fields: { name: 'x' } })],
    ['a record as a position', asked('PUT', '/medic/_local/x', { ...POINT, last_seq: record })],
    [
      'a record in the history of a checkpoint',
      asked('PUT', '/medic/_local/x', { ...POINT, history: [{ ...AT, ...record }] }),
    ],
    [
      'a checkpoint of any length',
      asked('PUT', '/medic/_local/x', { ...POINT, session_id: 'x'.repeat(70_000) }),
    ],
    ['an attachment of a checkpoint', asked('PUT', '/medic/_local/x/y', 'x')],
    ['nothing as a checkpoint', asked('PUT', '/medic/_local/x', undefined)],
  ])('%s does not arrive, and ends nothing', async (_what, request) => {
    const { url, arrived } = await recorder();
    const { requests, left } = requestsTo(url);
    expect(await requests.sendOn(request)).toEqual({ kind: 'failed' });
    expect([arrived, left, requests.ended]).toEqual([[], [], null]);
  });

  test('records that were not reviewed end it, whatever else they are called', async () => {
    for (const path of [
      '/medic/_bulk_docs',
      '/medic/%5Fbulk_docs',
      '/medic/_bulk_docs/',
      '/medic/_bulk_docs?x=1',
    ]) {
      const { url, arrived } = await recorder();
      const { requests, left } = requestsTo(url);
      expect(await requests.sendOn(asked('POST', path, bulk([record])))).toEqual({ kind: 'close' });
      expect([arrived, left, requests.ended]).toEqual([[], [], 'sync-unreviewed']);
      expect(await requests.sendOn(asked('GET', '/medic/visit', undefined))).toEqual({ kind: 'close' });
    }
  });
});

describe('an answer', () => {
  const KB = 1024;

  /** Asks a server that answers with these bytes, some at a time. */
  async function answerOf(bytes: Buffer, step: number) {
    const server: Server = createServer((_asked, answer) => {
      Readable.from(steps(bytes, step)).pipe(answer);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    undo.push(() => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
    const { requests } = requestsTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const path = '/medic/_local/x';
    return requests.sendOn({ method: 'GET', path, headers: [], body: null, writes: null });
  }

  function* steps(bytes: Buffer, step: number): Generator<Buffer> {
    for (let from = 0; from < bytes.length; from += step) yield bytes.subarray(from, from + step);
  }

  test.each([
    [0, 1],
    [1, 1],
    [64 * KB, 1000],
    [64 * KB + 1, 64 * KB],
    [128 * KB + 1, 7777],
    [3_000_001, 100_000],
    [3_000_001, 3_000_001],
  ])('of %i bytes that comes %i at a time is as the server gave it', async (length, step) => {
    const bytes = randomBytes(length);
    const sent = await answerOf(bytes, step);
    const body = sent.kind === 'answer' ? sent.answer.body : null;
    expect(body === null ? -1 : Buffer.compare(body, bytes)).toBe(0);
  });

  test('that is larger than any can be is none', async () => {
    expect(await answerOf(Buffer.alloc(64 * KB * KB + 1), KB * KB)).toEqual({ kind: 'failed' });
  });
});

/** What the server is proven to hold leaves this computer when its time is over, and nothing else does. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import PouchDB from 'pouchdb-node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startPracticeServer, type PracticeServer } from '../../../electron/practice/server.ts';
import { Database } from '../../../electron/ledger/database.ts';
import { retireDocuments } from '../../../electron/ledger/retention.ts';
import { setSetting } from '../../../electron/ledger/settings.ts';
import { document, type Json } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { ManualTimers } from '../../support/manual-timers.ts';
import { openTestStation, type TestStation, type TestStationOptions } from '../../support/station.ts';
import { compareAs, signInAs, uploadAs } from '../../support/uploads.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 10, 30, 9);
const HOME = 'hc1-area-2-home-1';
const PARENT = {
  _id: HOME,
  parent: { _id: 'hc1-area-2', parent: { _id: 'hc1', parent: { _id: 'district' } } },
};
const SENT = 'Zebulonia Quackenbush';
const HELD = 'Thessaly Umbridgewater';

let server: PracticeServer;
let station: TestStation;
let now = START;
/** Of the server; its own where a test sets one. */
let serverNow: (() => number) | null = null;
const opened: TestStation[] = [];

const person = (id: string, name: string, more: Json = {}) =>
  document(id, { type: 'person', name, phone: '+25570099887', parent: PARENT, ...more });

beforeEach(async () => {
  now = START;
  serverNow = null;
  server = await startPracticeServer({ clock: () => serverNow?.() ?? now });
  await open();
});
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
  await server.close();
});

async function open(more: TestStationOptions = {}): Promise<void> {
  station = await openTestStation({ practice: server, clock: () => now, ...more });
  opened.push(station);
}

/** Closes it and opens it once more over the same data. */
async function reopen(more: TestStationOptions = {}): Promise<void> {
  const { dataDir } = station;
  await station.station.close();
  station = await openTestStation({ practice: server, clock: () => now, dataDir, ...more });
  opened.push(station);
  await waitForAll();
}

const dumpOf = (docs: readonly Json[], device = 'phone-1') => stationDump(docs, { device });

/** Imports, compares, approves and sends. Answers the batch. */
async function deliver(dump: Uint8Array | string, held: readonly string[] = []): Promise<string> {
  const { batch } = await station.take(dump);
  await compareAs(station, server, 'chw1');
  if (held.length > 0)
    await station.ask('decide.hold', { batch: batch ?? '', ids: [...held], reason: `ask ${HELD}` });
  await station.ask('decide.approve', { batch: batch ?? '' });
  expect(await uploadAs(station, server, 'chw1')).toMatchObject({ outcome: 'done' });
  return batch ?? '';
}

async function apply() {
  const { job } = await station.ask('retention.apply', {});
  const end = await station.wait(job);
  if (end.kind !== 'given-up') throw new Error(`it ended as ${JSON.stringify(end)}`);
  return { records: end.records, copies: end.copies };
}

/** The files of the data folder that hold the text. */
async function filesWith(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(station.dataDir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    // A backup of the ledger may be under way.
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    if (bytes.includes(text)) found.push(path.slice(station.dataDir.length + 1));
  }
  return found.sort();
}

async function waitForAll(): Promise<void> {
  for (const { job } of (await station.ask('jobs.list', {})).jobs) await station.wait(job);
}

/** The end of the job that the station starts by itself. */
async function endByItself() {
  const find = async () =>
    (await station.ask('jobs.list', {})).jobs.find(
      ({ kind, end }) => kind === 'retention' && end?.kind !== 'stopped',
    )?.job;
  await expect.poll(find).toBeDefined();
  return station.wait((await find()) ?? '');
}

async function receiptOf(batch: string) {
  const { content } = await station.ask('receipt.get', { batch, format: 'json' });
  const { records } = JSON.parse(content) as { records: unknown };
  return records;
}

it('goes once it is proven for so many days: no name of it is left, and what happened to it is', async () => {
  const dump = dumpOf([person('zebra-1', SENT), person('zebra-2', 'Copper Acacia')]);
  const batch = await deliver(dump);
  const before = await receiptOf(batch);
  now += 89 * DAY;
  expect((await station.ask('retention.get', {})).going).toEqual({ records: 0, copies: 0, bytes: 0 });
  // The search finds what is there.
  expect((await filesWith(SENT)).some((name) => name.startsWith('dumps/'))).toBe(true);
  expect((await filesWith(SENT)).some((name) => name.startsWith('replica/'))).toBe(true);
  expect((await filesWith(SENT)).some((name) => name.startsWith('ledger.sqlite'))).toBe(true);
  now += 2 * DAY;
  const { going } = await station.ask('retention.get', {});
  expect(going).toMatchObject({ records: 2, copies: 1 });
  expect(await apply()).toEqual({ records: 2, copies: 1 });
  for (const name of [SENT, SENT.toLowerCase(), 'quackenbush', 'Copper Acacia', '70099887'])
    expect(await filesWith(name), name).toEqual([]);

  expect(await receiptOf(batch)).toEqual(before);
  const { rows } = await station.ask('changes.list', { batch, offset: 0, limit: 10 });
  expect(rows.map(({ id, state }) => [id, state])).toEqual(
    expect.arrayContaining([
      ['zebra-1', 'accepted'],
      ['zebra-2', 'accepted'],
    ]),
  );
  const detail = await station.ask('change.get', { id: 'zebra-1' });
  expect(detail).toMatchObject({ raw: {}, shown: null, difference: { notCompared: 'given-up', fields: [] } });
  const { rows: history } = await station.ask('ledger.list', { offset: 0, limit: 100, descending: true });
  expect(
    history
      .filter(({ what }) => what.endsWith('given-up'))
      .map(({ what, detail: d }) => [what, d['records'] ?? d['copies']]),
  ).toEqual([
    ['copies-given-up', 1],
    ['records-given-up', 2],
  ]);
  expect(await station.ask('ledger.verify', {})).toMatchObject({ brokenAt: null });
  expect(await station.ask('retention.get', {})).toMatchObject({
    going: { records: 0, copies: 0 },
    gone: { records: 2, copies: 1 },
  });
});

it('is known when it comes again: not new, not written, not sent, not missed', async () => {
  const dump = dumpOf([person('zebra-1', SENT)]);
  await deliver(dump);
  now += 91 * DAY;
  expect(await apply()).toEqual({ records: 1, copies: 1 });
  // The same record from another phone, and then the very same file.
  const again = await station.take(dumpOf([person('zebra-1', SENT)], 'phone-2'));
  expect(again.documents).toMatchObject({ read: 1, new: 0, known: 1 });
  await station.take(dump);
  expect(await station.ask('station.status', {})).toMatchObject({
    onlyHere: 0,
    toReview: 0,
    conflicts: 0,
    bodiesGone: 0,
    outbox: { toSend: 0 },
  });
  await reopen();
  const { jobs } = await station.ask('health.repair', {});
  for (const job of jobs) expect(await station.wait(job)).toMatchObject({ kind: 'restored', gone: 0 });
  expect((await station.ask('health.get', {})).copies.missing).toEqual([]);
  expect((await station.ask('change.get', { id: 'zebra-1' })).raw).toEqual({});
  await compareAs(station, server, 'chw1');
  expect((await station.ask('station.status', {})).toReview).toBe(0);
  // Once the copies that came since have had their time, too, nothing is left.
  now += 91 * DAY;
  expect(await apply()).toEqual({ records: 0, copies: 1 });
  expect(await filesWith(SENT)).toEqual([]);

  await station.station.close();
  const pouch = new PouchDB(join(station.dataDir, 'replica'));
  expect((await pouch.allDocs({ include_docs: true })).rows).toEqual([]);
  await expect(pouch.get('zebra-1', {})).rejects.toMatchObject({ status: 404 });
  await pouch.close();
});

it('leaves what waits, whom it is about, and the copy in which it came', async () => {
  const patient = person('zebra-1', SENT);
  const held = document('report-1', {
    type: 'data_record',
    form: 'visit',
    fields: { patient_id: 'zebra-1', patient_name: HELD },
    contact: { _id: 'chw1-contact' },
    reported_date: START,
  });
  await deliver(dumpOf([patient, person('zebra-2', 'Copper Acacia'), held]), ['report-1']);
  now += 200 * DAY;
  expect((await station.ask('retention.get', {})).going).toMatchObject({ records: 1, copies: 0 });
  expect(await apply()).toEqual({ records: 1, copies: 0 });
  expect((await station.ask('change.get', { id: 'zebra-1' })).raw).toMatchObject({ name: SENT });
  expect((await station.ask('change.get', { id: 'report-1' })).raw).toMatchObject({ form: 'visit' });
  expect((await station.ask('change.get', { id: 'zebra-2' })).raw).toEqual({});

  // The store is lost, and written anew from the copy, which has it all.
  await station.station.close();
  await rm(join(station.dataDir, 'replica'), { recursive: true });
  await reopen();
  expect((await station.ask('change.get', { id: 'zebra-1' })).raw).toMatchObject({ name: SENT });
  expect((await station.ask('change.get', { id: 'zebra-2' })).raw).toEqual({});
  expect((await filesWith('Copper Acacia')).map((name) => name.split('/')[0])).toEqual(['dumps']);
  expect((await station.ask('station.status', {})).bodiesGone).toBe(0);
});

it('a new version of what went is an update, and is sent', async () => {
  const first = person('zebra-1', SENT);
  await deliver(dumpOf([first]));
  now += 91 * DAY;
  await apply();
  const { _rev: rev } = first as { _rev: string };
  const next = person('zebra-1', 'Zebulonia Renamed', {
    _rev: '2-b',
    _revisions: { start: 2, ids: ['b', rev.slice(2)] },
  });
  const { batch } = await station.take(dumpOf([next], 'phone-2'));
  await compareAs(station, server, 'chw1');
  const { rows } = await station.ask('changes.list', { batch: batch ?? '', offset: 0, limit: 10 });
  expect(rows.map(({ class: of }) => of)).toEqual(['update']);
  const { difference } = await station.ask('change.get', { id: 'zebra-1', rev: '2-b' });
  expect(difference.fields.map(({ path }) => path.join('.'))).toContain('name');
  await station.ask('decide.approve', { batch: batch ?? '' });
  expect(await uploadAs(station, server, 'chw1')).toMatchObject({ accepted: 1 });
});

it('what the server was only seen to have goes so many days after that was seen', async () => {
  const dump = dumpOf([person('zebra-1', SENT)]);
  await deliver(dump);
  await station.close();
  opened.splice(0);
  // Another station, which sent nothing.
  await open();
  const { batch } = await station.take(dump);
  now += 200 * DAY;
  expect((await station.ask('retention.get', {})).going.records).toBe(0);
  await compareAs(station, server, 'chw1');
  expect((await station.ask('retention.get', {})).going.records).toBe(0);
  const before = await receiptOf(batch ?? '');
  now += 91 * DAY;
  expect(await apply()).toEqual({ records: 1, copies: 1 });
  expect(await receiptOf(batch ?? '')).toEqual(before);
  expect(await filesWith(SENT)).toEqual([]);
});

it('goes by itself once a day, and goes on where it was killed', async () => {
  await deliver(dumpOf([person('zebra-1', SENT)]));
  await deliver(dumpOf([person('zebra-2', 'Copper Acacia')], 'phone-2'));
  now += 91 * DAY;
  await station.station.close();
  // Killed after the ledger was told of one, and before anything else.
  const db = Database.open(join(station.dataDir, 'ledger.sqlite'));
  db.transaction(() => {
    retireDocuments(db, ['zebra-1'], new Date(now).toISOString(), new Date(now).toISOString());
    setSetting(db, 'retention.unfinished', 'yes');
  });
  db.close();
  const timers = new ManualTimers();
  await reopen({ timers });
  expect(await filesWith(SENT)).not.toEqual([]);
  await timers.pass(61_000);
  expect(await endByItself()).toMatchObject({ kind: 'given-up', records: 1, copies: 2 });
  for (const name of [SENT, 'Copper Acacia']) expect(await filesWith(name)).toEqual([]);
  const started = (await station.ask('jobs.list', {})).jobs.length;
  await timers.pass(5 * 60 * 60_000);
  expect((await station.ask('jobs.list', {})).jobs).toHaveLength(started);
});

it('a rule that lets nothing go', async () => {
  await deliver(dumpOf([person('zebra-1', SENT)]));
  now += 1000 * DAY;
  expect(await station.ask('retention.set', { days: null })).toMatchObject({
    days: null,
    going: { records: 0 },
  });
  expect(await apply()).toEqual({ records: 0, copies: 0 });
  expect(await station.ask('retention.set', { days: 30 })).toMatchObject({ days: 30, going: { records: 1 } });
});

it('a copy that is brought again goes with the next look', async () => {
  const dump = dumpOf([person('zebra-1', SENT)]);
  await deliver(dump);
  now += 91 * DAY;
  await apply();
  const name = (await readdir(join(station.dataDir, 'dumps'))).find((one) => one.endsWith('.dump'));
  expect(name).toBeUndefined();
  await writeFile(join(station.folder, 'again.chtdump'), dump);
  await station.take(join(station.folder, 'again.chtdump'));
  await apply();
  expect(await filesWith(SENT)).toEqual([]);
});

it('nothing goes by a clock that the server does not agree with, and the administrator is told', async () => {
  await deliver(dumpOf([person('zebra-1', SENT)]));
  const right = now;
  serverNow = () => right;
  // Set ahead by hand, or by an empty battery.
  now += 400 * DAY;
  const { job } = await station.ask('retention.apply', {});
  expect(await station.wait(job)).toEqual({ kind: 'failed', code: 'clock-not-sure' });
  const timers = new ManualTimers();
  await reopen({ timers });
  await timers.pass(61_000);
  await expect.poll(async () => (await station.ask('retention.get', {})).waitsForClock).toBe(true);
  expect((await station.ask('jobs.list', {})).jobs.filter(({ kind }) => kind === 'retention')).toEqual([]);
  expect((await station.ask('change.get', { id: 'zebra-1' })).raw).toMatchObject({ name: SENT });

  // The day really has come: the server says so too.
  serverNow = null;
  await timers.pass(60 * 60_000);
  expect(await endByItself()).toMatchObject({ kind: 'given-up', records: 1, copies: 1 });
  expect((await station.ask('retention.get', {})).waitsForClock).toBe(false);
  expect(await filesWith(SENT)).toEqual([]);
});

it('a clock that goes on as clocks do needs no server, and one that leaps where there is none is not believed', async () => {
  await deliver(dumpOf([person('zebra-1', SENT)]));
  // Believed once, for what goes of another.
  now += 91 * DAY;
  await apply();
  await deliver(dumpOf([person('zebra-2', 'Copper Acacia')], 'phone-2'));
  server.withhold('/api/info', 404);
  const timers = new ManualTimers();
  await reopen({ timers });
  for (let day = 0; day < 88; day += 1) {
    now += DAY;
    await timers.pass(60 * 60_000);
  }
  expect((await station.ask('retention.get', {})).gone.records).toBe(1);
  now += 3 * DAY;
  await timers.pass(60 * 60_000);
  await expect.poll(async () => (await station.ask('retention.get', {})).gone.records).toBe(2);
  await waitForAll();
  now += 8 * DAY;
  const { job } = await station.ask('retention.apply', {});
  expect(await station.wait(job)).toEqual({ kind: 'failed', code: 'clock-not-sure' });
});

it('what was proven while the clock stood years back has its days from when the clock is right', async () => {
  serverNow = () => START;
  now = Date.UTC(2010, 0, 2);
  await deliver(dumpOf([person('zebra-1', SENT, { reported_date: Date.UTC(2010, 0, 1) })]));
  now = START + DAY;
  serverNow = null;
  expect((await station.ask('retention.get', {})).going).toMatchObject({ records: 0, copies: 0 });
  now += 89 * DAY;
  expect((await station.ask('retention.get', {})).going).toMatchObject({ records: 0, copies: 0 });
  now += 2 * DAY;
  expect(await apply()).toEqual({ records: 1, copies: 1 });
  expect(await filesWith(SENT)).toEqual([]);
});

it('what a person waits for goes first: giving up stops, and goes on with a later look', async () => {
  await deliver(dumpOf([person('zebra-1', SENT)]));
  const timers = new ManualTimers();
  await reopen({ timers });
  now += 91 * DAY;
  const file = join(station.folder, 'next.chtdump');
  await writeFile(file, dumpOf([person('zebra-2', 'Copper Acacia')], 'phone-2'));
  const source = await station.station.addPath(file);
  const ways = {
    compared: () => station.ask('compare.start', signInAs(server, 'chw1')),
    imported: () => station.ask('intake.start', { source }),
  };
  for (const [kind, way] of Object.entries(ways)) {
    // In the same instant, and nothing is refused.
    const [giving, other] = await Promise.all([station.ask('retention.apply', {}), way()]);
    expect(await station.wait(giving.job)).toEqual({ kind: 'stopped' });
    expect(await station.wait(other.job)).toMatchObject({ kind });
  }
  expect(await filesWith(SENT)).not.toEqual([]);
  await timers.pass(61_000);
  expect(await endByItself()).toMatchObject({ kind: 'given-up' });
  expect((await station.ask('retention.get', {})).gone.records).toBe(1);
  expect(await filesWith(SENT)).toEqual([]);
});

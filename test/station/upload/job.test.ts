/** What people do and dumps bring while an upload runs: requests overlap, and what leaves is what was looked at. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startFaultProxy, type FaultProxy } from '../../faults/proxy.ts';
import { attachment, document, type Json } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { edited, editOnServer, leavesAt } from '../../support/edits.ts';
import { compareAs, signInAs } from '../../support/uploads.ts';
import { startPracticeServer, type PracticeServer } from '../../../electron/practice/server.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

const CLI = fileURLToPath(new URL('../../../electron/cli.ts', import.meta.url));
/** So little at once that two pieces are looked at ahead. */
const PACE = { firstDocuments: 2, mostDocuments: 2, firstPauseMs: 1, longestPauseMs: 4, tries: 3 };
const HOME = 'hc1-area-2-home-1';
const PARENT = {
  _id: HOME,
  parent: { _id: 'hc1-area-2', parent: { _id: 'hc1', parent: { _id: 'district' } } },
};
const BY = { _id: 'hc1-chw1', parent: { _id: 'hc1', parent: { _id: 'district' } } };

let server: PracticeServer;
let proxy: FaultProxy;
let station: TestStation;
/** How far the station's clock is off. */
let skew = 0;
beforeEach(async () => {
  server = await startPracticeServer();
  proxy = await startFaultProxy({ target: server.url });
  skew = 0;
  station = await openTestStation({ practice: server, pace: PACE, clock: () => Date.now() + skew });
  await station.ask('server.set', { url: proxy.url });
});
afterEach(async () => {
  await station.close();
  await proxy.close();
  await server.close();
});

const person = (id: string, parent: Json = PARENT) =>
  document(id, { type: 'person', name: `Invented ${id}`, parent });
const visit = (id: string, about: string) =>
  document(id, { type: 'data_record', form: 'home_visit', contact: BY, fields: { patient_id: about } });

async function bring(docs: readonly Json[], device = 'phone-1'): Promise<string> {
  const { batch } = await station.take(stationDump(docs, { device }));
  return batch ?? '';
}

async function approved(docs: readonly Json[]): Promise<string> {
  const batch = await bring(docs);
  await compareAs(station, server, 'chw1');
  await station.ask('decide.approve', { batch });
  return batch;
}

/** Uploads; `what` happens when the request with documents of that number (from 0) arrives. */
async function upload(at: number, what: () => Promise<unknown>) {
  let requests = 0;
  const count = async (n: number): Promise<void> => {
    if (!proxy.seen[n]?.includes('_bulk_docs')) return;
    requests += 1;
    if (requests - 1 === at) await what();
  };
  proxy.plan(new Map(Array.from({ length: 200 }, (_, n) => [n, { kind: 'first', what: () => count(n) }])));
  const { job } = await station.ask('upload.start', signInAs(server, 'chw1'));
  const end = await station.wait(job);
  if (end.kind !== 'uploaded') throw new Error(`it ended as ${JSON.stringify(end)}`);
  return end.upload;
}

const isThere = async (id: string): Promise<boolean> =>
  (await leavesAt(server, id).catch(() => ({ live: [] }))).live.length > 0;
const stateOf = async (batch: string, id: string) =>
  (await station.ask('changes.list', { batch, limit: 1000 })).rows.find((row) => row.id === id)?.state;

it('a patient that is held while the piece before is on its way keeps the visit here', async () => {
  const others = ['a', 'b', 'c', 'd'].map((id) => person(id));
  const batch = await approved([...others, person('newborn'), visit('visit', 'newborn')]);
  const result = await upload(0, () =>
    station.ask('decide.hold', { batch, ids: ['newborn'], reason: 'twice?' }),
  );
  expect(result.lapsed).toMatchObject([{ id: 'newborn' }]);
  expect(result.waiting).toMatchObject([{ id: 'visit', reason: 'needs-held' }]);
  expect([await isThere('newborn'), await isThere('visit')]).toEqual([false, false]);
  expect([await stateOf(batch, 'newborn'), await stateOf(batch, 'visit')]).toEqual(['held', 'approved']);
  expect(result).toMatchObject({ sent: 4, accepted: 4 });

  await station.ask('decide.release', { batch, ids: ['newborn'] });
  await station.ask('decide.approve', { batch });
  expect(await upload(-1, async () => {})).toMatchObject({ sent: 2, accepted: 2, waiting: [] });
});

it('what is released and approved again while it is looked ahead goes', async () => {
  const batch = await approved(['a', 'b', 'c', 'd', 'e', 'f'].map((id) => person(id)));
  const result = await upload(0, async () => {
    await station.ask('decide.release', { batch, ids: ['d', 'e'] });
    await station.ask('decide.approve', { batch, ids: ['d', 'e'] });
  });
  expect(result).toMatchObject({ sent: 6, accepted: 6, outcome: 'done' });
});

it('an older version that was looked ahead stays when a newer dump comes', async () => {
  const docs = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => person(id));
  const batch = await approved(docs);
  const newer = document('e', { type: 'person', name: 'Newer', parent: PARENT }, { history: 'ab' });
  const result = await upload(0, () => bring([newer]));
  expect(result.lapsed).toMatchObject([{ id: 'e', reason: 'newer-arrived' }]);
  expect(await isThere('e')).toBe(false);
  expect(await stateOf(batch, 'f')).toBe('accepted');
});

it('what turns out to be in conflict with another phone while it is looked ahead is looked at again', async () => {
  const docs = await Promise.all(
    ['1', '2', '3'].map((n) =>
      edited(server, `${HOME}-person-${n}`, { name: `one ${n}`, fields: { name: 'Blue' } }),
    ),
  );
  const last = `${HOME}-person-3`;
  const batch = await approved([person('a'), person('b'), ...docs]);
  const theirs = await edited(server, last, { name: 'other 3', fields: { name: 'Green' } });
  const before = await leavesAt(server, last);
  const result = await upload(0, () => bring([theirs], 'phone-2'));
  expect(result.lapsed).toMatchObject([{ id: last, reason: 'server-moved' }]);
  expect(await leavesAt(server, last)).toEqual(before);
  expect(await stateOf(batch, last)).toBe('open');
  expect((await station.ask('conflicts.list', {})).rows.map(({ id }) => id)).toEqual([last]);
});

it('after a long pause the station makes no conflict of what was edited on the server meanwhile', async () => {
  const target = `${HOME}-person-1`;
  const edit = await edited(server, target, { name: 'ours', fields: { name: 'Blue' } });
  const batch = await approved([...['a', 'b', 'c', 'd'].map((id) => person(id)), edit]);
  let job = '';
  const unlisten = station.station.on('job', (told) => (job = told.job));
  const ended = upload(0, () => station.ask('job.pause', { job }));
  await expect.poll(() => isThere('b')).toBe(true);
  // What was under way comes to its end while others are served; the proof of what was sent waits with the rest.
  for (let count = 0; count < 10; count += 1) await (await fetch(`${proxy.url}/api/info`)).text();
  expect(await stateOf(batch, 'b')).toBe('sent');
  unlisten();
  await editOnServer(server, target, { name: 'Green' });
  skew = 3_600_000;
  await station.ask('job.resume', { job });
  const result = await ended;
  expect(result.lapsed).toMatchObject([{ id: target, reason: 'server-moved' }]);
  expect((await leavesAt(server, target)).live).toHaveLength(1);
  expect(result).toMatchObject({ sent: 4, accepted: 4 });
  expect(await stateOf(batch, target)).toBe('open');
});

it('a household that the server refuses holds its people, and they hold their visits, pieces later', async () => {
  const elsewhere = { _id: 'hc2-area-1', parent: { _id: 'hc2', parent: { _id: 'district' } } };
  const home = document('new-home', { type: 'clinic', name: 'New home', parent: elsewhere });
  const inside = person('inhabitant', { _id: 'new-home', parent: elsewhere });
  const docs = [home, person('a'), inside, person('b'), person('c'), person('d')];
  const batch = await approved([...docs, visit('visit', 'inhabitant'), visit('other', 'a')]);
  const result = await upload(-1, async () => {});
  expect(result.refused.map(({ id }) => id)).toEqual(['new-home']);
  expect(result.waiting?.map(({ id, reason }) => `${id} ${reason}`).toSorted()).toEqual([
    'inhabitant needs-refused',
    'visit needs-unsent',
  ]);
  expect([await isThere('inhabitant'), await isThere('visit'), await isThere('other')]).toEqual([
    false,
    false,
    true,
  ]);
  expect(await stateOf(batch, 'visit')).toBe('approved');
});

it('closing the station in the middle loses nothing and sends nothing twice', async () => {
  const ids = Array.from({ length: 12 }, (_, n) => `p${n}`);
  await approved(ids.map((id) => person(id)));
  const { dataDir } = station;
  const closing: Promise<void>[] = [];
  upload(2, async () => void closing.push(station.station.close())).catch(() => {});
  await expect.poll(() => closing).toHaveLength(1);
  await Promise.all(closing);

  const again = await openTestStation({ pace: PACE, dataDir });
  try {
    const { job } = await again.ask('upload.start', signInAs(server, 'chw1'));
    expect(await again.wait(job)).toMatchObject({ kind: 'uploaded', upload: { outcome: 'done' } });
    for (const id of ids) expect((await leavesAt(server, id)).live).toHaveLength(1);
    expect((await again.ask('station.status', {})).outbox.waiting).toBe(0);
  } finally {
    await again.close();
  }
});

it('conflicts that were settled close only after what was kept, also where pieces part them', async () => {
  const ids = ['1', '2', '3'].map((n) => `${HOME}-person-${n}`);
  const settled = new Map<string, { ours: string; theirs: string }>();
  for (const id of ids) {
    const ours = await edited(server, id, { name: `ours ${id}`, fields: { name: 'Blue' } });
    const theirs = await editOnServer(server, id, { name: 'Green' });
    await bring([ours]);
    settled.set(id, { ours: String(ours['_rev']), theirs });
  }
  await approved([person('a')]);
  for (const [id, { ours, theirs }] of settled)
    await station.ask('conflict.resolve', { id, seen: [ours, theirs], keep: ours });
  // Before the last kept side is taken nothing is closed.
  let closed: number[] = [];
  const closings = async () =>
    Promise.all(ids.map(async (id) => (await leavesAt(server, id)).deleted.length));
  const result = await upload(1, async () => void (closed = await closings()));
  expect(closed).toEqual([0, 0, 0]);
  // Three settled records and a new one, however many revisions of them went.
  expect(result).toMatchObject({ outcome: 'done', accepted: 4 });
  for (const [id, { ours, theirs }] of settled) {
    const { live } = await leavesAt(server, id);
    const onTop: unknown = expect.stringMatching(/^3-/);
    expect(live).toEqual([ours < theirs ? onTop : ours]);
    expect((await server.database().get(id))['name']).toBe('Blue');
  }
  expect(await closings()).toEqual([1, 1, 1]);
});

it('photos near the limit go after their patient; one over it is refused, and holds up nothing else', async () => {
  const photo = (id: string, megabytes: number) => ({
    ...visit(id, 'patient'),
    _attachments: { photo: attachment(randomBytes(megabytes * 1024 * 1024)) },
  });
  await approved([photo('huge', 25), photo('large', 6), photo('small', 1), person('patient')]);
  const result = await upload(-1, async () => {});
  expect(result).toMatchObject({ accepted: 3, refused: [{ id: 'huge' }], outcome: 'partly' });
  expect(await leavesAt(server, 'huge')).toEqual({ live: [], deleted: [] });
  const bulk = server.requests.filter(({ path }) => path.includes('_bulk_docs'));
  expect(Math.max(...bulk.map(({ bytes }) => bytes))).toBeLessThan(32 * 1024 * 1024);
});

it('killed at one request after the other it goes on, and nothing is there twice or missing', async () => {
  const docs = Array.from({ length: 250 }, (_, n) => person(`p${n}`));
  await approved(docs);
  const { dataDir } = station;
  await station.station.close();
  const { user, password } = signInAs(server, 'chw1');
  let killed = 0;
  let code: number | null = null;
  let said = '';
  for (let at = 2; code === null; at += 2) {
    const child = spawn(process.execPath, [CLI, 'upload', '--as', user, '--data', dataDir], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, STATION_PASSWORD: password },
    });
    said = '';
    child.stderr.setEncoding('utf8').on('data', (part: string) => (said += part));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    proxy.plan(new Map([[at, { kind: 'first', what: async () => void child.kill('SIGKILL') }]]));
    code = await ended;
    if (code === null) killed += 1;
  }
  // 3: everything had arrived before the last kill.
  expect([0, 3], said).toContain(code);
  expect(killed).toBeGreaterThan(1);
  const again = await openTestStation({ dataDir });
  try {
    expect((await again.ask('station.status', {})).outbox.waiting).toBe(0);
    const { rows } = await again.ask('changes.list', { states: ['accepted'], limit: 1000 });
    expect(rows).toHaveLength(docs.length);
    for (const { _id, _rev } of docs)
      expect(await leavesAt(server, String(_id))).toEqual({ live: [_rev], deleted: [] });
  } finally {
    await again.close();
  }
});

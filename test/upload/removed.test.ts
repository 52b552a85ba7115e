/**
 * What the server took away is not brought back to life: archived (from CHT 5.3), purged for this user, deleted.
 * An archived document leaves no trace, so the server itself would take it as new.
 */
import { afterEach, expect, test } from 'vitest';
import type { Receipt } from '../../shared/receipt.ts';
import { report } from '../../electron/practice/documents.ts';
import { Phone } from '../../electron/practice/phone.ts';
import type { PracticeServer } from '../../electron/practice/server.ts';
import { openTestStation, type TestStation } from '../support/station.ts';

const CHW1 = { user: 'chw1', password: 'Mango-tree-1' };
const SUP = { user: 'sup_online', password: 'Acacia-tree-2' };
const ACCOUNT = { ...SUP, account: true };
const BY = { _id: 'hc1-chw1', parent: { _id: 'hc1', parent: { _id: 'district' } } };
const PERSON = 'hc1-area-2-home-2-person-1';

let station: TestStation;
let phone: Phone;
afterEach(async () => {
  await phone.destroy();
  await station.close();
});

function serverOf(): PracticeServer {
  if (station.server === null) throw new Error('no server');
  return station.server;
}

/** A phone that was in step with the server and then went offline. The station first saw an older server. */
async function begin(version = '5.3.0'): Promise<void> {
  station = await openTestStation({ practice: true });
  await serverOf().setVersion(version);
  phone = new Phone({ user: 'chw1', device: 'phone-1', server: serverOf() });
  for (const id of ['old-archived', 'old-deleted', 'old-purged', 'old-unchanged'])
    await serverOf()
      .database()
      .put(report({ id, form: 'home_visit', by: BY, about: PERSON, reportedAt: Date.UTC(2026, 8, 1) }));
  await phone.firstSync();
}

const edit = (id: string) => phone.edit(id, () => ({ edited_offline: true }));

const file = (id: string) =>
  phone.put(report({ id, form: 'home_visit', by: BY, about: PERSON, reportedAt: Date.UTC(2026, 9, 2) }));

async function take(since = phone.lastReplicatedSeq): Promise<string> {
  const { name, bytes } = await phone.exportStation({ since });
  const { batch } = await station.take(bytes, name);
  if (batch === null) throw new Error('no batch');
  return batch;
}

async function ended(asked: Promise<{ readonly job: string }>) {
  const end = await station.wait((await asked).job);
  if (end.kind === 'failed') throw new Error(end.code);
  return end;
}

async function upload(who: { user: string; password: string; account?: boolean } = CHW1) {
  const end = await ended(station.ask('upload.start', who));
  if (end.kind !== 'uploaded') throw new Error(end.kind);
  return end.upload;
}

async function receipt(batch: string): Promise<Receipt> {
  const { content } = await station.ask('receipt.get', { batch, format: 'json' });
  return JSON.parse(content) as Receipt;
}

/** Whether the server's database has the document, and it is not deleted. */
async function isThere(id: string): Promise<boolean> {
  return (await serverOf().database().allDocs()).rows.some((row) => row.id === id);
}

const NAMES = ['new-visit', 'old-archived', 'old-deleted', 'old-purged', 'old-unchanged'];

async function rowsOf(batch: string) {
  const { rows } = await station.ask('changes.list', { batch, sort: 'id', limit: 500 });
  return rows
    .filter(({ id }) => NAMES.includes(id))
    .map((row) => [row.id, row.class, row.state, row.refusal ?? row.reason]);
}

/** Three of the four old records go, each in its way. */
async function removeOnServer(): Promise<void> {
  const server = serverOf();
  await server.archive(['old-archived']);
  const database = server.database();
  await database.put({ ...(await database.get('old-deleted')), _deleted: true });
  server.purge(['old-purged'], ['chw']);
}

async function editAll(): Promise<void> {
  for (const id of ['old-archived', 'old-deleted', 'old-purged']) await edit(id);
  await file('new-visit');
}

test('removed after the approval: archived is refused, deleted goes back to the review, purged is alive', async () => {
  await begin();
  await editAll();
  const batch = await take(0);
  await ended(station.ask('compare.start', CHW1));
  await station.ask('decide.approve', { batch });
  await removeOnServer();

  const sent = await upload();
  expect(sent).toMatchObject({ sent: 2, accepted: 2, failed: [], waiting: [], outcome: 'partly' });
  expect(sent.refused).toMatchObject([{ id: 'old-archived', reason: 'removed-on-server' }]);
  expect(sent.lapsed).toMatchObject([{ id: 'old-deleted', reason: 'server-moved' }]);
  expect(await isThere('old-archived')).toBe(false);
  expect(await isThere('old-deleted')).toBe(false);
  // Purged is kept from the phone only: what was edited there before is work, and the record never went away.
  expect(await serverOf().database().get('old-purged')).toMatchObject({ edited_offline: true });
  expect(await rowsOf(batch)).toEqual([
    ['new-visit', 'new', 'accepted', null],
    ['old-archived', 'new', 'approved', 'removed-on-server'],
    ['old-deleted', 'conflict', 'open', 'deleted-on-server'],
    ['old-purged', 'update', 'accepted', null],
    ['old-unchanged', 'same', 'open', 'server-has-it'],
  ]);

  const printed = await receipt(batch);
  expect(printed.refused).toMatchObject([{ id: 'old-archived', reason: 'removed-on-server' }]);
  expect(printed).toMatchObject({ toSend: 4, accepted: 2, open: 2, approved: 0, held: 0 });
  const { toSend, serverHadIt, notSent, superseded, settled, broken } = printed;
  expect(toSend + serverHadIt + notSent + superseded + settled + broken).toBe(printed.read);
  const words = 'The record was deleted or archived on the server.';
  expect((await station.ask('refusals.list', {})).rows).toMatchObject([
    { id: 'old-archived', reason: 'removed-on-server' },
  ]);
  expect((await station.ask('refusals.csv', {})).content).toContain(words);
  expect((await station.ask('receipt.get', { batch, format: 'text' })).content).toContain(words);

  // A second upload leaves it as it is.
  await station.ask('decide.approve', { batch });
  expect(await upload()).toMatchObject({ sent: 0, refused: [], lapsed: [] });
  expect(await isThere('old-archived')).toBe(false);
});

test('a dry run lists what was archived and deleted, not what was purged; all of it can still be decided', async () => {
  await begin();
  await editAll();
  await removeOnServer();
  const batch = await take(0);
  const { audit } = serverOf();
  const before = audit.length;
  expect(await ended(station.ask('dry-run.start', CHW1))).toMatchObject({
    dryRun: { refused: 2, foreseen: 2, lifted: 0, notTold: [] },
  });
  expect(audit).toHaveLength(before);
  expect(await rowsOf(batch)).toEqual([
    ['new-visit', 'new', 'open', null],
    ['old-archived', 'new', 'open', 'removed-on-server'],
    ['old-deleted', 'conflict', 'open', 'removed-on-server'],
    ['old-purged', 'update', 'open', null],
    ['old-unchanged', 'same', 'open', 'server-has-it'],
  ]);
  await station.ask('decide.approve', { batch });
  expect(await upload()).toMatchObject({ sent: 2, accepted: 2, refused: [], lapsed: [], outcome: 'done' });
  expect(await isThere('old-archived')).toBe(false);
  expect((await receipt(batch)).refused.map(({ id }) => id)).toEqual(['old-archived', 'old-deleted']);

  // Somebody who looked at it may bring it back: that is a decision, not an accident.
  await station.ask('decide.approve', { batch, refused: true, ids: ['old-archived'] });
  expect(await upload()).toMatchObject({ sent: 1, accepted: 1 });
  expect(await isThere('old-archived')).toBe(true);
});

test('a deletion of what was archived has nothing to delete', async () => {
  await begin();
  await phone.remove('old-archived');
  await serverOf().archive(['old-archived']);
  const batch = await take();
  expect(await ended(station.ask('dry-run.start', CHW1))).toMatchObject({ dryRun: { refused: 1 } });
  await station.ask('decide.approve', { batch });
  expect(await upload()).toMatchObject({ sent: 0 });
});

test('what the phone dropped because the server removed it is never sent', async () => {
  await begin();
  await removeOnServer();
  expect((await phone.sync()).purged).toEqual(
    expect.arrayContaining(['old-archived', 'old-deleted', 'old-purged']),
  );
  const { name, bytes } = await phone.exportStation({ since: 0 });
  const { batch, documents } = await station.take(bytes, name);
  expect(documents.skipped).toBe(3);
  expect((await rowsOf(batch ?? '')).map(([id]) => id)).toEqual(['old-unchanged']);
  await ended(station.ask('compare.start', CHW1));
  await station.ask('decide.approve', { batch: batch ?? '' });
  expect(await upload()).toMatchObject({ sent: 0 });
  expect(await isThere('old-purged')).toBe(true);
});

test('accepted long ago and archived since: it stays accepted, is told, and does not come back', async () => {
  await begin();
  await file('new-visit');
  const batch = await take();
  await ended(station.ask('compare.start', CHW1));
  await station.ask('decide.approve', { batch });
  expect(await upload()).toMatchObject({ accepted: 1 });
  await serverOf().archive(['new-visit']);

  // The phone has been offline all the time and still holds it.
  const again = await take(0);
  expect(await ended(station.ask('compare.start', CHW1))).toMatchObject({ lost: 0 });
  expect(await rowsOf(batch)).toEqual([['new-visit', 'new', 'accepted', 'removed-on-server']]);
  expect(await receipt(batch)).toMatchObject({ accepted: 1, refused: [] });
  await station.ask('decide.approve', { batch: again });
  expect(await upload()).toMatchObject({ sent: 0, refused: [] });
  expect(await isThere('new-visit')).toBe(false);

  // It is asked about once, not at every comparison for ever.
  const told = async () =>
    (await station.ask('ledger.list', { limit: 1000 })).rows.filter(({ what }) => what === 'gone-from-server')
      .length;
  expect(await told()).toBe(1);
  await ended(station.ask('compare.start', CHW1));
  expect(await told()).toBe(1);

  // An edit of it is another record, and that one is not sent.
  await edit('new-visit');
  const edited = await take();
  await station.ask('decide.approve', { batch: edited });
  await ended(station.ask('compare.start', CHW1));
  await station.ask('decide.approve', { batch: edited });
  expect((await upload()).refused).toMatchObject([{ id: 'new-visit', reason: 'removed-on-server' }]);
  expect(await isThere('new-visit')).toBe(false);
});

test('a report about a patient who was archived is refused, and says so', async () => {
  await begin();
  await file('new-visit');
  await serverOf().archive([PERSON]);
  const batch = await take();
  await ended(station.ask('compare.start', CHW1));
  await station.ask('decide.approve', { batch });
  expect((await upload()).refused).toMatchObject([{ id: 'new-visit', reason: 'subject-deleted' }]);
});

test('a station account is not told what was archived: what is not new waits for a decision', async () => {
  await begin();
  await editAll();
  await removeOnServer();
  const batch = await take(0);
  expect(await ended(station.ask('dry-run.start', ACCOUNT))).toMatchObject({
    dryRun: { refused: 2, foreseen: 2, notTold: [] },
  });
  expect((await rowsOf(batch)).slice(1, 3)).toEqual([
    ['old-archived', 'new', 'open', 'perhaps-removed'],
    ['old-deleted', 'conflict', 'open', 'removed-on-server'],
  ]);
  // Neither is only a guess to be tried: sent by an account it would come back to life.
  const listed = (await station.ask('refusals.list', {})).rows;
  expect(listed.map(({ mayTry }) => mayTry)).toEqual([false, false]);
  // The health worker is told, and what is known then is not forgotten.
  await ended(station.ask('dry-run.start', CHW1));
  expect((await rowsOf(batch))[1]?.[3]).toBe('removed-on-server');
  expect(await ended(station.ask('dry-run.start', ACCOUNT))).toMatchObject({
    dryRun: { refused: 2, foreseen: 0, lifted: 0 },
  });
  expect((await rowsOf(batch))[1]?.[3]).toBe('removed-on-server');

  await station.ask('decide.approve', { batch });
  expect(await upload(ACCOUNT)).toMatchObject({ sent: 2, accepted: 2, refused: [], lapsed: [] });
  expect(await isThere('old-archived')).toBe(false);
  expect(await isThere('old-deleted')).toBe(false);
});

test('a station account, approved before it was archived and without a dry run', async () => {
  await begin();
  await editAll();
  const batch = await take();
  await ended(station.ask('compare.start', SUP));
  await station.ask('decide.approve', { batch });
  await removeOnServer();
  const end = await ended(station.ask('upload.start', ACCOUNT));
  // The deleted one is foreseen as well: the author could not have sent it.
  expect(end).toMatchObject({ upload: { sent: 2, accepted: 2 }, asked: { foreseen: 2 } });
  expect(await isThere('old-archived')).toBe(false);
  expect(await isThere('old-deleted')).toBe(false);
});

test('accepted and gone, and nobody tells whether it was archived or lost: a person decides', async () => {
  await begin();
  await file('new-visit');
  const batch = await take();
  await ended(station.ask('compare.start', CHW1));
  await station.ask('decide.approve', { batch });
  await upload();
  await serverOf().archive(['new-visit']);
  expect(await ended(station.ask('compare.start', SUP))).toMatchObject({ lost: 1 });
  expect(await rowsOf(batch)).toEqual([['new-visit', 'new', 'open', 'perhaps-removed']]);
  await station.ask('decide.approve', { batch });
  expect(await upload(ACCOUNT)).toMatchObject({ sent: 0 });
  expect(await isThere('new-visit')).toBe(false);
});

test('seen on the server, archived, and sent by a station account: that it was there is remembered', async () => {
  await begin();
  await file('new-visit');
  const batch = await take(0);
  await ended(station.ask('compare.start', SUP));
  await serverOf().archive(['old-unchanged']);
  await ended(station.ask('compare.start', SUP));
  // Never edited, and of itself no different from a new one.
  expect((await rowsOf(batch)).filter(([, , , reason]) => reason === 'gone-from-server')).toEqual([
    ['old-unchanged', 'new', 'open', 'gone-from-server'],
  ]);
  await station.ask('decide.approve', { batch });
  expect(await upload(ACCOUNT)).toMatchObject({ sent: 1, accepted: 1 });
  expect((await rowsOf(batch)).at(-1)).toEqual(['old-unchanged', 'new', 'approved', 'perhaps-removed']);
  expect(await isThere('old-unchanged')).toBe(false);
});

test('a database admin is told by the archive itself', async () => {
  await begin();
  await file('new-visit');
  await edit('old-archived');
  await serverOf().archive(['old-archived', 'old-unchanged']);
  const batch = await take(0);
  const { user, password } = serverOf().admin;
  await ended(station.ask('compare.start', { user, password }));
  await station.ask('decide.approve', { batch });
  // Never edited, so nothing but the archive tells that it is old.
  const sent = await upload({ user, password, account: true });
  expect(sent).toMatchObject({ sent: 1, accepted: 1 });
  expect((await rowsOf(batch)).map(([id, , state, reason]) => [id, state, reason])).toEqual([
    ['new-visit', 'accepted', null],
    ['old-archived', 'approved', 'removed-on-server'],
    ['old-deleted', 'open', 'server-has-it'],
    ['old-purged', 'open', 'server-has-it'],
    ['old-unchanged', 'approved', 'removed-on-server'],
  ]);

  // What was taken out of the archive again is listed there as deleted: it is not archived any more.
  serverOf().takeOutOfArchive(['old-archived']);
  await ended(station.ask('dry-run.start', { user, password, account: true }));
  await station.ask('decide.approve', { batch });
  expect(await upload({ user, password, account: true })).toMatchObject({ sent: 1, accepted: 1 });
  expect(await isThere('old-archived')).toBe(true);
});

test.each([403, 404] as const)(
  'a server that does not offer get-deletes (%i): as for an account',
  async (status) => {
    await begin();
    await editAll();
    await serverOf().archive(['old-archived']);
    serverOf().withhold('/api/v1/replication/get-deletes', status);
    const batch = await take();
    await ended(station.ask('compare.start', CHW1));
    await station.ask('decide.approve', { batch });
    const sent = await upload();
    expect(sent).toMatchObject({ sent: 3, accepted: 3, outcome: 'partly' });
    expect(sent.refused).toMatchObject([{ id: 'old-archived', reason: 'perhaps-removed' }]);
    expect(await isThere('old-archived')).toBe(false);
  },
);

test('before 5.3 nothing is archived: it is asked all the same, and what is absent goes, also by a station account', async () => {
  await begin('5.2.0');
  await file('new-visit');
  await edit('new-visit');
  const batch = await take();
  await ended(station.ask('compare.start', SUP));
  await station.ask('decide.approve', { batch });
  expect(await upload(ACCOUNT)).toMatchObject({ sent: 1, accepted: 1, refused: [] });
  // Once a session: what is not offered is not asked for again.
  const asked = serverOf().requests.map(({ path, status }) => [path, status]);
  expect(asked.filter(([path]) => /get-deletes|medic-archive/.test(String(path)))).toEqual([
    ['/api/v1/replication/get-deletes', 404],
    ['/medic-archive/_all_docs', 404],
  ]);
});

test.each([
  ['by the app’s own document', ['/api/deploy-info'], '5.2.0', { sent: 1, accepted: 1 }],
  [
    'nowhere: it may archive',
    ['/api/deploy-info', '/medic/_design/medic-client'],
    null,
    { sent: 0, accepted: 0 },
  ],
] as const)('a server that tells its version %s', async (_where, withheld, version, result) => {
  await begin('5.2.0');
  for (const path of withheld) serverOf().withhold(path, 404);
  await file('new-visit');
  await edit('new-visit');
  const batch = await take();
  await ended(station.ask('compare.start', SUP));
  expect((await station.ask('server.get', {})).version).toBe(version);
  await station.ask('decide.approve', { batch });
  expect(await upload(ACCOUNT)).toMatchObject(result);
  expect((await rowsOf(batch)).map(([, , , reason]) => reason)).toEqual([
    version === null ? 'perhaps-removed' : null,
  ]);
});

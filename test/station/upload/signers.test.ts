/** Who sends what: nothing leaves under a name that is not the author's, unless by an account that is marked. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PracticeServer } from '../../../electron/practice/server.ts';
import { document } from '../../support/documents.ts';
import { allDocsDump, stationDump } from '../../support/dumps.ts';
import { deletionsOf, phoneOf } from '../../support/harms.ts';
import { leavesAt } from '../../support/edits.ts';
import { compareAs, signInAs } from '../../support/uploads.ts';
import { openTestStation, type ServedStation } from '../../support/station.ts';

let server: PracticeServer;
let station: ServedStation;
beforeEach(async () => {
  station = await openTestStation({ practice: true });
  ({ server } = station);
});
afterEach(() => station.close());

const visit = (id: string, who: 'chw1' | 'chw2') => {
  const place = who === 'chw1' ? 'hc1' : 'hc2';
  return document(id, {
    type: 'data_record',
    form: 'home_visit',
    reported_date: Date.now(),
    contact: { _id: `${place}-${who}` },
    fields: { patient_id: `${place}-area-1-home-1-person-1` },
  });
};

/** Takes and approves two visits of each. */
async function twoPeople(): Promise<string[]> {
  const batches: string[] = [];
  for (const who of ['chw1', 'chw2'] as const) {
    const contact = who === 'chw1' ? 'hc1-chw1' : 'hc2-chw2';
    const dump = stationDump([visit(`${who}-a`, who), visit(`${who}-b`, who)], {
      user: who,
      userContactId: contact,
    });
    batches.push((await station.take(dump, `${who}.chtdump`)).batch ?? '');
  }
  await compareAs(station, server, 'sup_online');
  for (const batch of batches) await station.ask('decide.approve', { batch, classes: ['new'] });
  return batches;
}

async function send(user: string, more: { account?: true; batches?: string[] } = {}) {
  const { job } = await station.ask('upload.start', { ...signInAs(server, user), ...more });
  const end = await station.wait(job);
  if (end.kind !== 'uploaded') throw new Error(JSON.stringify(end));
  return end;
}

const isThere = async (id: string): Promise<boolean> =>
  (await leavesAt(server, id).catch(() => ({ live: [] }))).live.length > 0;

describe('as the health worker', () => {
  it('goes only what is that person’s own, and what stays is said with its owner', async () => {
    await twoPeople();
    const { upload, others } = await send('chw1');
    expect(upload).toMatchObject({ outcome: 'done', sent: 2, accepted: 2, account: false });
    expect(others).toEqual([{ user: 'chw2', records: 2, signsIn: 'password' }]);
    expect(await isThere('chw2-a')).toBe(false);
    expect(await station.ask('outbox.owners', {})).toEqual({
      owners: [{ user: 'chw2', records: 2, signsIn: 'password' }],
    });
  });

  it('goes nothing of others, although this person owns no batch here, and although their batches are named', async () => {
    const batches = await twoPeople();
    for (const named of [{}, { batches }]) {
      const { upload, others } = await send('chw3', named);
      expect(upload).toMatchObject({ outcome: 'nothing', sent: 0, accepted: 0 });
      expect(others).toEqual([
        { user: 'chw1', records: 2, signsIn: 'password' },
        { user: 'chw2', records: 2, signsIn: 'password' },
      ]);
    }
    for (const id of ['chw1-a', 'chw1-b', 'chw2-a', 'chw2-b']) expect(await isThere(id)).toBe(false);
    expect((await station.ask('station.status', {})).outbox.waiting).toBe(4);
  });

  it('goes nothing of which nobody has said whose it is', async () => {
    const { batch } = await station.take(allDocsDump([visit('nobodys', 'chw1')]), 'listing.json');
    await compareAs(station, server, 'chw1');
    await station.ask('decide.approve', { batch: batch ?? '', classes: ['new'] });
    expect((await send('chw1')).others).toEqual([{ user: null, records: 1 }]);
    expect(await isThere('nobodys')).toBe(false);
    await station.ask('batch.assign', { batch: batch ?? '', user: 'chw1' });
    expect((await send('chw1')).upload).toMatchObject({ outcome: 'done', accepted: 1 });
  });
});

describe('an account is what the server says it is', () => {
  it('an unrestricted login is a station account, whatever was chosen: as a health worker it sends nothing', async () => {
    const [batch = ''] = await twoPeople();
    const before = await station.ask('station.status', {});
    for (const more of [{}, { account: false }, { batches: [batch] }, { deleting: 1000 }]) {
      const { job } = await station.ask('upload.start', { ...signInAs(server, 'sup_online'), ...more });
      expect(await station.wait(job)).toMatchObject({ kind: 'failed', code: 'is-account' });
    }
    for (const id of ['chw1-a', 'chw1-b', 'chw2-a', 'chw2-b']) expect(await isThere(id)).toBe(false);
    expect((await station.ask('uploads.list', {})).total).toBe(0);
    expect((await station.ask('station.status', {})).outbox).toEqual(before.outbox);

    const { upload } = await send('sup_online', { account: true });
    expect(upload).toMatchObject({ account: true, accepted: 4 });
    const receipt = await station.ask('receipt.get', { batch, format: 'json' });
    expect(JSON.parse(receipt.content)).toMatchObject({ stationAccounts: ['sup_online'] });
    const { rows } = await station.ask('ledger.list', {});
    expect(rows.find(({ what }) => what === 'uploaded')?.detail).toMatchObject({ account: true });
  });

  it('one that was typed as a health worker deletes nothing of which nobody was told', async () => {
    const dumps = [await deletionsOf(server, ['to-delete']), phoneOf('chw1', [visit('beside', 'chw1')])];
    const batches: string[] = [];
    for (const [at, dump] of dumps.entries())
      batches.push((await station.take(dump, `${at}.chtdump`)).batch ?? '');
    await compareAs(station, server, 'sup_online');
    for (const batch of batches)
      await station.ask('decide.approve', { batch, ids: ['to-delete', 'beside'], deleting: 1 });

    const typed = { user: 'sup_online', account: false };
    // Of what would be this person's own nothing is deleted, so there is nothing to be told of.
    expect(await station.ask('outbox.deletions', typed)).toMatchObject({ records: 0 });
    const { job } = await station.ask('upload.start', { ...signInAs(server, 'sup_online') });
    expect(await station.wait(job)).toMatchObject({ kind: 'failed', code: 'is-account' });
    expect(await isThere('to-delete')).toBe(true);
    expect(await isThere('beside')).toBe(false);
    expect((await station.ask('uploads.list', {})).total).toBe(0);

    const { records } = await station.ask('outbox.deletions', { ...typed, account: true });
    const again = await station.ask('upload.start', {
      ...signInAs(server, 'sup_online'),
      account: true,
      deleting: records,
    });
    expect(await station.wait(again.job)).toMatchObject({
      kind: 'uploaded',
      upload: { account: true, accepted: 2 },
    });
    expect(await isThere('to-delete')).toBe(false);
  });

  it.each([null, 403, 404] as const)('a restricted login is none (get-ids answers %j)', async (status) => {
    // Servers before CHT 4.3 do not have it.
    if (status !== null) server.withhold('/api/v1/replication/get-ids', status);
    await twoPeople();
    const { job } = await station.ask('upload.start', { ...signInAs(server, 'chw1'), account: true });
    expect(await station.wait(job)).toMatchObject({ kind: 'failed', code: 'account-restricted' });
    for (const id of ['chw1-a', 'chw2-a']) expect(await isThere(id)).toBe(false);
  });
});

it('an upload with nothing approved says so', async () => {
  const { upload, others } = await send('chw1');
  expect(upload).toMatchObject({ outcome: 'nothing', sent: 0 });
  expect(others).toEqual([]);
});

it('settings of an account never go by a station account', async () => {
  const settings = document('org.couchdb.user:newadmin', {
    type: 'user-settings',
    name: 'newadmin',
    roles: ['_admin'],
    facility_id: 'district',
  });
  // The settings stand in a batch of the person whom they name.
  const { batches } = await station.take(stationDump([visit('mine', 'chw1'), settings]));
  await compareAs(station, server, 'chw1');
  for (const batch of batches)
    await station.ask('decide.approve', { batch, ids: ['mine', 'org.couchdb.user:newadmin'] });
  const { upload } = await send('sup_online', { account: true });
  expect(upload.accepted).toBe(1);
  expect(upload.waiting).toMatchObject([{ id: 'org.couchdb.user:newadmin', reason: 'own-login-only' }]);
  expect(await isThere('org.couchdb.user:newadmin')).toBe(false);
});

it('what belongs to a person of whom the server tells nothing waits', async () => {
  const stranger = stationDump([visit('strangers', 'chw1')], {
    user: 'stranger',
    userContactId: 'nobody',
  });
  const { batch } = await station.take(stranger);
  await compareAs(station, server, 'sup_online');
  // Nobody but the file says that there is such a person.
  expect((await station.ask('decide.approve', { batch: batch ?? '' })).changed).toBe(0);
  await station.ask('decide.approve', { batch: batch ?? '', ids: ['strangers'] });
  const { upload, asked } = await send('sup_online', { account: true });
  expect(asked?.notTold).toEqual(['stranger']);
  expect(upload.waiting).toMatchObject([{ id: 'strangers', reason: 'person-not-told' }]);
  expect(await isThere('strangers')).toBe(false);
});

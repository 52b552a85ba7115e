/** What one person alone may not decide, and what is sent only by somebody who shows once more who they are. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Receipt } from '../../../shared/receipt.ts';
import type { PracticeServer } from '../../../electron/practice/server.ts';
import { deletionsOf, liveAt, names, phoneOf, visit } from '../../support/harms.ts';
import { ACCOUNT, CHW1 } from '../../support/health-worker.ts';
import { STAFF, staffed, type Staffed } from '../../support/staff.ts';
import type { TestStation } from '../../support/station.ts';

const IDS = names('gone', 6);
const MANY = { classes: ['deletion' as const], unusual: ['many-deletions' as const], deleting: 6 };
const { admin, clerk, service } = STAFF;

let staff: Staffed;
let station: TestStation;
const kept = new Map<string, string>();

beforeEach(async () => {
  kept.clear();
  staff = await staffed({
    practice: true,
    carrier: 'browser',
    signIn: admin,
    secrets: {
      mayKeep: () => Promise.resolve({ kind: 'yes' }),
      keep: (name, password) => Promise.resolve(void kept.set(name, password)),
      read: (name) => Promise.resolve(kept.get(name) ?? null),
      forget: (name) => Promise.resolve(void kept.delete(name)),
    },
  });
  station = staff.station;
});
afterEach(() => staff.close());

function server(): PracticeServer {
  if (station.server === null) throw new Error('no server');
  return station.server;
}

/** A dump of the health worker, taken and compared; the clerk works. */
async function brought(bytes: Uint8Array): Promise<string> {
  await staff.signIn('clerk');
  const { batch } = await station.take(bytes, 'a phone.chtdump');
  await station.wait((await station.ask('compare.start', CHW1)).job);
  if (batch === null) throw new Error('no batch');
  return batch;
}

async function sent(more: object, who: { user: string; password?: string; account?: boolean } = CHW1) {
  const end = await station.wait((await station.ask('upload.start', { ...who, ...more })).job);
  if (end.kind !== 'uploaded') throw new Error(JSON.stringify(end));
  return end.upload;
}

const receipt = async (batch: string): Promise<Receipt> =>
  JSON.parse((await station.ask('receipt.get', { batch, format: 'json' })).content) as Receipt;

test('many deletions are approved by two, and both stand in the history and on the receipt', async () => {
  const batch = await brought(await deletionsOf(server(), IDS));
  const alone = { batch, ...MANY };
  await expect(station.ask('decide.approve', alone)).rejects.toMatchObject({
    code: 'second-needed',
    detail: '6',
  });
  // Nor one by one: the batch is what is above the mark.
  await expect(
    station.ask('decide.approve', { batch, ids: IDS.slice(0, 1), deleting: 1 }),
  ).rejects.toMatchObject({ code: 'second-needed', detail: '1' });
  const refused = async (second: { name: string; secret: string }) =>
    expect(station.ask('decide.approve', { ...alone, second })).rejects.toMatchObject({
      code: expect.any(String) as string,
    });
  await refused({ ...admin, secret: 'not her passphrase' });
  await refused(clerk);
  await refused(service);
  expect((await station.ask('batch.get', { batch })).decided).toMatchObject({ approved: 0 });

  await station.ask('decide.approve', { ...alone, second: { ...admin, name: 'amina kato' } });
  const { rows } = await station.ask('ledger.list', { limit: 1000 });
  const approved = rows.filter(({ what }) => what === 'approved');
  expect(approved).toHaveLength(6);
  for (const entry of approved)
    expect(entry).toMatchObject({ person: clerk.name, detail: { second: admin.name } });
  expect((await receipt(batch)).approvedBy).toEqual([{ person: clerk.name, second: admin.name }]);
  const { content } = await station.ask('receipt.get', { batch, format: 'text' });
  expect(content).toMatch(/^Approved by +Joseph with Amina Kato$/m);

  // Once approved by two, the person's own upload asks for nothing more.
  expect(await sent({ deleting: 6 })).toMatchObject({ accepted: 6 });
  for (const id of IDS) expect(await liveAt(server(), id)).toEqual([]);
  expect((await receipt(batch)).approvedBy).toEqual([{ person: clerk.name, second: admin.name }]);
});

test('few deletions need one person, and so do many where an administrator said so or nobody else works here', async () => {
  const batch = await brought(await deletionsOf(server(), IDS));
  const told = async (): Promise<string | undefined> => {
    const answer = await station.station.ask('decide.approve', { batch, ...MANY });
    if (answer.ok)
      await station.ask('decide.undo', { decision: (answer.value as { decision: string }).decision });
    return answer.ok ? undefined : answer.code;
  };
  expect(await told()).toBe('second-needed');
  await expect(station.ask('rules.set', { fourEyes: false })).rejects.toMatchObject({ code: 'not-allowed' });
  await staff.signIn('admin');
  expect(await station.ask('rules.set', { fourEyes: false })).toMatchObject({ fourEyes: false });
  expect(await told()).toBeUndefined();
  await station.ask('rules.set', { fourEyes: true });
  expect(await told()).toBe('second-needed');
  // A script is no second person.
  await station.ask('staff.change', { name: clerk.name, left: true });
  expect(await told()).toBeUndefined();
});

test('a station account sends only for whoever shows a PIN again, and beyond its author only for two', async () => {
  const batch = await brought(
    phoneOf('chw1', [visit('mine'), visit('theirs', 'hc1-chw1', 'hc2-area-1-home-1-person-1')]),
  );
  await station.wait((await station.ask('dry-run.start', CHW1)).job);
  expect((await station.ask('refusals.list', { batch })).rows.map(({ id }) => id)).toEqual(['theirs']);
  await station.ask('decide.approve', { batch });

  const ask = (more: object) => station.ask('upload.start', { ...ACCOUNT, ...more });
  await expect(ask({})).rejects.toMatchObject({ code: 'unlock-needed' });
  await expect(ask({ unlock: admin.secret })).rejects.toMatchObject({ code: 'wrong-secret' });
  expect(await sent({ unlock: clerk.secret }, ACCOUNT)).toMatchObject({ accepted: 1 });

  await staff.signIn('admin');
  await station.ask('decide.approve', { batch, ids: ['theirs'], refused: true });
  const unlock = { unlock: admin.secret };
  await expect(ask(unlock)).rejects.toMatchObject({ code: 'second-needed', detail: '1' });
  expect(await liveAt(server(), 'theirs')).toEqual([]);
  expect(await sent({ ...unlock, second: clerk }, ACCOUNT)).toMatchObject({ accepted: 1 });
  const { rows } = await station.ask('ledger.list', { limit: 1000 });
  expect(rows.findLast(({ what }) => what === 'uploaded')).toMatchObject({
    person: admin.name,
    detail: { account: true, second: clerk.name },
  });
});

test('a kept login sends only for whoever shows a PIN again, each time', async () => {
  await station.ask('logins.keep', { ...CHW1, account: false });
  const batch = await brought(phoneOf('chw1', [visit('one'), visit('two')]));
  const who = { user: CHW1.user };
  for (const id of ['one', 'two']) {
    await station.ask('decide.approve', { batch, ids: [id] });
    await expect(station.ask('upload.start', who)).rejects.toMatchObject({ code: 'unlock-needed' });
    expect(await sent({ unlock: clerk.secret }, who)).toMatchObject({ accepted: 1 });
  }
});

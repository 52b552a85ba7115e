/** What must hold in the model after whatever was done, seen from the server and from the phones, not from the station. */
import { expect } from 'vitest';
import type { Receipt } from '../../../shared/receipt.ts';
import type { ChangeRow } from '../../../shared/review.ts';
import { isOneOf, OUTBOX_STATES, REPLACED_STATES } from '../../../shared/states.ts';
import { openReplica } from '../../../electron/replica/replica.ts';
import { revisionTree } from '../../../electron/practice/pouch.ts';
import { missingRevisions } from '../../../electron/practice/revision-tree.ts';
import { disagreements } from '../../support/numbers.ts';
import { approveOrdinary, batches, changes, keyOf } from './clerk.ts';
import { ACCOUNT, type World } from './world.ts';

/**
 * Everything that `work` sends to the server is the station's doing, signed in as `user`. It must be what was approved, under
 * its owner's name, and leave no document with more versions, or deleted, unasked. Then sentinel works on it.
 */
export async function watched(world: World, user: string, work: () => Promise<unknown>): Promise<void> {
  const story = (): string => `\n${world.story.join('\n')}`;
  const approved = new Map((await changes(world)).map((row) => [keyOf(row), row]));
  const live = await world.liveLeaves();
  const { offered, audit } = world.server;
  const [from, written] = [offered.length, audit.length];
  await work();
  world.takenFromStation.push(...audit.slice(written));
  const sent = offered.slice(from);
  world.sentByStation.push(...sent);

  const now = new Map((await changes(world)).map((row) => [keyOf(row), row]));
  for (const one of sent) {
    const said = `${one.user} sent ${keyOf(one)}${story()}`;
    expect(one.user, said).toBe(user);
    // What is not there before was made on the way, of versions that were approved.
    const state = approved.get(keyOf(one))?.state ?? 'approved';
    expect(OUTBOX_STATES, said).toContain(state);
    // Nobody has said yet which of its contents is true.
    expect(approved.get(keyOf(one))?.class, said).not.toBe('contradiction');
    if (user === ACCOUNT) continue;
    expect(now.get(keyOf(one))?.user, said).toBe(user);
    expect([...(world.carriers.get(one.id) ?? [])], said).toContain(user);
  }
  for (const [id, count] of await world.liveLeaves()) {
    const before = live.get(id) ?? 0;
    expect(count, `the station made a conflict of ${id}${story()}`).toBeLessThanOrEqual(Math.max(1, before));
    if (count === 0 && before > 0)
      expect(world.mayBeDeleted, `the station deleted ${id} unasked${story()}`).toContain(id);
  }
  await world.server.sentinel.settle();
}

/** The one button approves nothing of which a person has to take a look. Answers how many it approved. */
export async function approveWhatIsOrdinary(world: World): Promise<number> {
  const approved = await approveOrdinary(world);
  for (const { id, class: kind, deleted, refusal, unusual } of approved) {
    const said = `${id} is ordinary\n${world.story.join('\n')}`;
    expect(['new', 'update'], said).toContain(kind);
    expect({ deleted, refusal, unusual }, said).toEqual({ deleted: false, refusal: null, unusual: [] });
  }
  return approved.length;
}

export async function checkNumbers(world: World): Promise<void> {
  const wrong = await disagreements(world.station.ask, world.server, null);
  expect(wrong, world.story.join('\n')).toEqual([]);
}

/** Whoever sent for others stands on the receipt as an account, and nobody else than the owner does otherwise. */
async function checkReceipts(world: World, rows: readonly ChangeRow[]): Promise<void> {
  const { rows: uploads } = await world.station.ask('uploads.list', { limit: 1000 });
  for (const { user, account } of uploads) expect(account, user).toBe(user === ACCOUNT);
  const batchOf = new Map(rows.map((row) => [keyOf(row), row.batch]));
  const byAccount = world.takenFromStation.filter(({ user }) => user === ACCOUNT);
  const ofAccount = new Set(byAccount.map((one) => batchOf.get(keyOf(one))));
  for (const { batch, user } of await batches(world)) {
    const { content } = await world.station.ask('receipt.get', { batch, format: 'json' });
    const { sentAs, stationAccounts } = JSON.parse(content) as Receipt;
    const marked = ofAccount.has(batch) ? [ACCOUNT] : undefined;
    expect(stationAccounts, `accounts on the receipt of ${batch}\n${world.story.join('\n')}`).toEqual(marked);
    for (const name of sentAs) expect([user, ACCOUNT], `on the receipt of ${batch}`).toContain(name);
  }
}

/** In the end: the server holds what was approved, nothing is silent, and no number is wrong. Closes the station. */
export async function checkAll(world: World): Promise<void> {
  const story = `\n${world.story.join('\n')}`;
  const database = world.server.database();
  const rows = await changes(world);
  const serverHas = async (id: string, rev: string): Promise<boolean> =>
    missingRevisions(await revisionTree(database, id), [rev]) === undefined;

  for (const change of rows) {
    const { id, rev, state, class: kind, reason, refusal, unusual } = change;
    const name = `${id} ${rev} is ${state} ${kind} ${reason ?? ''}${story}`;
    if (state === 'accepted') expect(await serverHas(id, rev), name).toBe(true);
    const isExplained =
      refusal !== null ||
      unusual.length > 0 ||
      ['unplaced', 'same', 'older', 'never-sent', 'conflict'].includes(kind);
    expect(state !== 'open' || isExplained, name).toBe(true);
    const isSaidToBeThere = state === 'open' && kind === 'same' && reason === 'server-has-it';
    expect(!isSaidToBeThere || (await serverHas(id, rev)), name).toBe(true);
    const hasNewer = rows.some((one) => one.id === id && one.rev !== rev && one.class !== 'broken');
    expect(state !== 'superseded' || hasNewer, name).toBe(true);
  }

  const now = new Map(rows.map((row) => [keyOf(row), row]));
  for (const one of world.takenFromStation)
    expect(now.get(keyOf(one))?.state, `the station sent ${keyOf(one)}${story}`).toBe('accepted');
  for (const one of world.sentByStation) {
    if (await serverHas(one.id, one.rev)) continue;
    const row = now.get(keyOf(one));
    const isSaid = row?.refusal !== null || isOneOf(REPLACED_STATES, row.state);
    expect(isSaid, `the server did not take ${keyOf(one)}${story}`).toBe(true);
  }

  await checkReceipts(world, rows);
  await checkNumbers(world);
  await checkNoPurgeStub(world);

  // Whatever a dump carried is in the replica, or what came before was made from it.
  const dataDir = world.station.dataDir;
  await world.station.close();
  const replica = await openReplica(`${dataDir}/replica`);
  for (const dump of world.dumps) {
    for (const { id, rev } of dump.revs) {
      expect(
        await replica.lookup([{ id, rev, history: [rev] }]),
        `${id} ${rev} of ${dump.path}${story}`,
      ).not.toEqual(['new']);
    }
  }
  await replica.close();
}

async function checkNoPurgeStub(world: World): Promise<void> {
  const database = world.server.database();
  const said = `a purge stub reached the server\n${world.story.join('\n')}`;
  const { rows } = await database.allDocs({ include_docs: true });
  for (const { doc } of rows) expect(doc?.['purged'], said).not.toBe(true);
  const { results } = await database.changes({ include_docs: true });
  for (const result of results as unknown as { doc?: Record<string, unknown> }[])
    expect(result.doc?.['purged'], said).not.toBe(true);
}

/**
 * Random phones, random dumps, repeats, kills and resumes, against a server. Whatever happened in between,
 * in the end the server holds exactly what was approved, nothing that it refused is silent, and the station
 * made no conflict. `MODEL_SEEDS=100 MODEL_FROM=1` plays more.
 */
import { describe, expect, it } from 'vitest';
import { openReplica } from '../../electron/replica/replica.ts';
import { revisionTree } from '../../electron/practice/pouch.ts';
import { missingRevisions } from '../../electron/practice/revision-tree.ts';
import { BOXES } from '../../shared/upload.ts';
import type { ChangeRow } from '../../shared/review.ts';
import { World } from './model/world.ts';

const SEEDS = Number(process.env['MODEL_SEEDS'] ?? 3);
const FROM = Number(process.env['MODEL_FROM'] ?? 1);
const STEPS = 60;
const USERS = ['chw1', 'chw2', 'chw3'] as const;

/** Nothing but the station writes to the server while it uploads, so a new live leaf is the station's doing. */
async function uploadWithoutConflict(world: World, user: string): Promise<void> {
  const before = await world.liveLeaves();
  await world.watched(async () => {
    const end = await world.upload(user);
    expect(end.kind, world.story.join('\n')).toBe('uploaded');
  });
  await expectNoNewConflict(world, before);
}

async function expectNoNewConflict(world: World, before: ReadonlyMap<string, number>): Promise<void> {
  for (const [id, live] of await world.liveLeaves()) {
    const most = Math.max(1, before.get(id) ?? 0);
    expect(live, `the station made a conflict of ${id}\n${world.story.join('\n')}`).toBeLessThanOrEqual(most);
  }
}

async function step(world: World): Promise<void> {
  const phone = world.pick(world.phones);
  const path = (): string => world.pick(world.dumps).path;
  const actions: [weight: number, () => Promise<unknown>][] = [
    [4, () => world.newReport(phone)],
    [2, () => world.newPerson(phone)],
    [4, () => world.edit(phone)],
    [1, () => world.touch(phone)],
    [1, () => world.remove(phone)],
    [1, () => world.purge(phone)],
    [1, () => world.sync(phone)],
    [0.5, () => world.reset(phone)],
    [2, () => world.editOnServer()],
    [5, async () => world.take(await world.exportDump(phone))],
    [1, () => world.exportDump(phone)],
    [1, async () => (world.dumps.length > 0 ? world.take(path()) : undefined)],
    [1, async () => world.killed(['import', await world.exportDump(phone)])],
    [2, () => world.compare(phone.user)],
    [2, () => world.approveOrdinary()],
    [0.5, () => world.holdOne()],
    [1, () => world.resolveOne()],
    [1, () => world.approveBothSides()],
    [1, () => world.approveDeletions()],
    [0.5, () => world.bringBackOne()],
    [
      2,
      async () => {
        const before = await world.liveLeaves();
        await world.watched(() => world.uploadAsStranger());
        await expectNoNewConflict(world, before);
      },
    ],
    [2, () => uploadWithoutConflict(world, phone.user)],
    [
      1,
      async () => {
        const before = await world.liveLeaves();
        const batches = (await world.batches()).filter((batch) => batch.user === phone.user);
        const args = ['upload', ...batches.map((batch) => batch.batch), '--as', phone.user];
        await world.watched(() => world.killed(args, world.passwordOf(phone.user)));
        await expectNoNewConflict(world, before);
      },
    ],
  ];
  let left = world.random() * actions.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, action] of actions) {
    left -= weight;
    if (left > 0) continue;
    await action();
    return;
  }
}

/** The clerk finishes the day: everything is looked at, settled and sent until nothing moves any more. */
async function finish(world: World): Promise<void> {
  for (const phone of world.phones) await world.exportDump(phone);
  for (const dump of world.dumps) await world.take(dump.path);
  for (let round = 0; round < 8; round += 1) {
    for (const user of USERS) await world.compare(user);
    while (await world.resolveOne());
    await world.approveOrdinary();
    await world.approveDeletions();
    await world.watched(() => world.uploadAsStranger());
    for (const user of USERS) await uploadWithoutConflict(world, user);
    const waiting = (await world.changes()).filter(
      (change) => change.state === 'approved' || change.state === 'sent',
    );
    const conflicts = (await world.station.ask('conflicts.list', {})).rows.filter(
      (row) => row.leaves.length > 1,
    );
    if (waiting.length === 0 && conflicts.length === 0) return;
  }
  throw new Error(`the work does not come to an end\n${world.story.join('\n')}`);
}

/** Nothing left under another name than the author's, or that of an account which is marked as one. */
async function checkNames(world: World, changes: readonly ChangeRow[]): Promise<void> {
  const owners = new Map(changes.map((change) => [`${change.id} ${change.rev}`, change.user]));
  const { rows: uploads } = await world.station.ask('uploads.list', { limit: 1000 });
  for (const { user, account } of uploads) expect(account, user).toBe(user === 'sup_online');
  for (const { user, id, rev } of world.sentByStation)
    if (user !== 'sup_online')
      expect(user, `${id} ${rev} left\n${world.story.join('\n')}`).toBe(owners.get(`${id} ${rev}`));
}

/** Every number is as long as the list that it opens. */
async function checkCounts(world: World): Promise<void> {
  const status = await world.station.ask('station.status', {});
  const listed: Record<string, number> = {};
  for (const box of BOXES) listed[box] = (await world.station.ask('changes.list', { box, limit: 1 })).total;
  expect(listed).toEqual(Object.fromEntries(BOXES.map((box) => [box, status.outbox[box]])));
  const conflicts = await world.station.ask('conflicts.list', { limit: 1000 });
  expect([status.conflicts, conflicts.total]).toEqual([conflicts.rows.length, conflicts.rows.length]);
  for (const { batch, ordinary } of await world.batches())
    expect((await world.station.ask('changes.list', { batch, ordinary: true, limit: 1 })).total).toBe(
      ordinary,
    );
}

async function check(world: World): Promise<void> {
  const story = `\n${world.story.join('\n')}`;
  const database = world.server.database();
  const changes = await world.changes();
  const serverHas = async (id: string, rev: string): Promise<boolean> =>
    missingRevisions(await revisionTree(database, id), [rev]) === undefined;

  const accepted = changes.filter((change) => change.state === 'accepted');
  for (const { id, rev } of accepted)
    expect(await serverHas(id, rev), `${id} ${rev} was said to be accepted${story}`).toBe(true);

  for (const change of changes) {
    const { id, rev, state, class: kind, reason, refusal, unusual } = change;
    const name = `${id} ${rev} is ${state} ${kind} ${reason ?? ''}${story}`;
    const isExplained =
      refusal !== null ||
      unusual.length > 0 ||
      ['unplaced', 'same', 'older', 'never-sent', 'conflict'].includes(kind);
    expect(state !== 'open' || isExplained, name).toBe(true);
    const isSaidToBeThere = state === 'open' && kind === 'same' && reason === 'server-has-it';
    expect(!isSaidToBeThere || (await serverHas(id, rev)), name).toBe(true);
    const hasNewer = changes.some((one) => one.id === id && one.rev !== rev && one.class !== 'broken');
    expect(state !== 'superseded' || hasNewer, name).toBe(true);
  }

  // The station sent what was approved, all of it is known as accepted, and nothing else went out.
  const states = new Map(changes.map((change) => [`${change.id} ${change.rev}`, change.state]));
  for (const { id, rev } of world.sentByStation) {
    expect(states.get(`${id} ${rev}`), `the station sent ${id} ${rev}${story}`).toBe('accepted');
  }

  await checkNames(world, changes);
  await checkCounts(world);

  const { rows } = await database.allDocs({ include_docs: true });
  for (const { doc } of rows) expect(doc?.['purged'], 'a purge stub reached the server').not.toBe(true);
  for (const { id } of (await database.changes()).results) {
    const doc = await database.get(id).catch(() => null);
    expect(doc?.['purged']).not.toBe(true);
  }
  const { results } = await database.changes({ include_docs: true });
  for (const result of results as unknown as { doc?: Record<string, unknown> }[]) {
    expect(result.doc?.['purged'], `a purge stub reached the server${story}`).not.toBe(true);
  }

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

describe('random phones, dumps, kills and uploads', () => {
  for (let seed = FROM; seed < FROM + SEEDS; seed += 1) {
    it(`end with the server holding exactly what was approved (seed ${seed})`, async () => {
      const world = await World.make(seed);
      try {
        for (let at = 0; at < STEPS; at += 1) await step(world);
        await finish(world);
        await check(world);
        if (process.env['MODEL_STORY'] !== undefined) process.stderr.write(`${world.story.join('\n')}\n`);
      } finally {
        await world.end();
      }
    });
  }
});

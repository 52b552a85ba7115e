/** What people do at the station of the model: they compare, decide, settle and send, and some of it is wrong. */
import type { JobEnd } from '../../../shared/contract.ts';
import type { BatchRow, ChangeRow } from '../../../shared/review.ts';
import { STATES } from '../../../shared/states.ts';
import { UNUSUAL_RULES } from '../../../shared/unusual.ts';
import { revisionTree } from '../../../electron/practice/pouch.ts';
import type { World } from './world.ts';

export async function batches(world: World): Promise<readonly BatchRow[]> {
  return (await world.station.ask('batches.list', { limit: 1000 })).rows;
}

/** Every revision, in whatever state it is. */
export async function changes(world: World): Promise<ChangeRow[]> {
  const found: ChangeRow[] = [];
  for (;;) {
    const { rows, total } = await world.station.ask('changes.list', {
      states: [...STATES],
      revisions: true,
      offset: found.length,
      limit: 1000,
      sort: 'id',
    });
    found.push(...rows);
    if (found.length >= total || rows.length === 0) return found;
  }
}

export async function compare(world: World, user: string): Promise<void> {
  const { job } = await world.station.ask('compare.start', { user, password: world.passwordOf(user) });
  const end = await world.station.wait(job);
  if (end.kind !== 'compared')
    throw new Error(`compare ended as ${JSON.stringify(end)}: ${world.station.log.at(-1) ?? ''}`);
  world.tell(`compared as ${user}`);
}

/** The one button. Answers what it approved. */
export async function approveOrdinary(world: World): Promise<ChangeRow[]> {
  const before = new Set((await changes(world)).filter((row) => row.state === 'open').map(keyOf));
  for (const { batch } of await batches(world)) await world.station.ask('decide.approve', { batch });
  world.tell('the clerk approves the ordinary ones');
  return (await changes(world)).filter((row) => row.state === 'approved' && before.has(keyOf(row)));
}

export const keyOf = ({ id, rev }: { readonly id: string; readonly rev: string }): string => `${id} ${rev}`;

export async function holdOne(world: World): Promise<void> {
  const open = (await changes(world)).filter((change) => change.state === 'open' && change.class === 'new');
  if (open.length === 0) return;
  const { batch, id } = world.pick(open);
  await world.station.ask('decide.hold', { batch, ids: [id], reason: 'ask her' });
  world.tell(`the clerk holds ${id}`);
}

/** Settles one conflict by keeping any of its sides. `false`: there was none. */
export async function resolveOne(world: World): Promise<boolean> {
  const { rows } = await world.station.ask('conflicts.list', { limit: 1000 });
  const settled = rows.filter((row) => row.leaves.length > 1);
  if (settled.length === 0) return false;
  const { id, leaves } = world.pick(settled);
  const keep = world.pick(
    leaves
      .filter((leaf) => !leaf.deleted)
      .map((leaf) => leaf.rev)
      .concat(leaves[0]?.rev ?? []),
  );
  const { losses } = await world.station.ask('conflict.losses', { id, keep });
  const losing = losses.map(({ path }) => [...path]);
  world.mayBeDeleted.add(id);
  const deleting = leaves.some((leaf) => leaf.rev === keep && leaf.deleted) ? 1 : 0;
  const seen = leaves.map((leaf) => leaf.rev);
  await world.station.ask('conflict.resolve', { id, seen, keep, losing, deleting });
  world.tell(`the clerk keeps ${keep} of ${id}`);
  return true;
}

/** Of the contents of one revision any is chosen. `false`: there was none, or nothing can be chosen now. */
export async function chooseOne(world: World): Promise<boolean> {
  const doubtful = (await changes(world)).filter(
    ({ class: kind, state }) => kind === 'contradiction' && (state === 'open' || state === 'held'),
  );
  if (doubtful.length === 0) return false;
  const { id, rev } = world.pick(doubtful);
  const { sides } = await world.station.ask('contradiction.get', { id, rev });
  const { content, deleted, origin } = world.pick(sides.filter(({ body }) => body !== null));
  if (deleted) world.mayBeDeleted.add(id);
  const seen = sides.map((side) => side.content);
  const done = await world.station
    .ask('decide.choose', { id, rev, content, seen })
    .catch((error: unknown) => error);
  world.tell(`the clerk chooses a content of ${id} ${rev}, from the ${origin}: ${JSON.stringify(done)}`);
  return !(done instanceof Error);
}

/** A hasty person approves each version of every record that has several, over every rule and every refusal. */
export async function approveAllVersions(world: World): Promise<void> {
  const open = (await changes(world)).filter((row) => row.state === 'open' || row.state === 'approved');
  const database = world.server.database();
  for (const [id, rows] of Map.groupBy(open, (row) => row.id)) {
    if (rows.length < 2 || rows.some(({ deleted }) => deleted)) continue;
    // To send a version of unknown place beside the server's is what a person may want, and is asked about.
    if (
      rows.some((row) => row.class === 'unplaced') &&
      (await revisionTree(database, id).catch(() => [])).length > 0
    )
      continue;
    for (const batch of new Set(rows.map((row) => row.batch)))
      await world.station
        .ask('decide.approve', { batch, ids: [id], refused: true, unplaced: rows.length })
        .catch((error: unknown) => world.tell(String(error)));
    world.tell(`the clerk approves ${rows.length} versions of ${id}`);
  }
  const conflicts = [...new Set(open.filter((row) => row.class === 'conflict').map(({ id }) => id))];
  if (conflicts.length === 0) return;
  for (const { batch } of await batches(world))
    for (const refused of [false, true])
      await world.station.ask('decide.approve', { batch, ids: conflicts, classes: ['conflict'], refused });
  world.tell(`the clerk approves all sides of ${conflicts.join(', ')}`);
}

/** What is of unknown place goes on top of the server's version. */
export async function placeOne(world: World): Promise<void> {
  const open = (await changes(world)).filter((row) => row.state === 'open' && row.class === 'unplaced');
  if (open.length === 0) return;
  const { id, rev } = world.pick(open);
  const detail = await world.station.ask('change.get', { id, rev });
  const { from } = detail.difference;
  if (!detail.may.rebase || from === null) return;
  await world.station
    .ask('decide.rebase', { id, rev, on: from.rev })
    .catch((error: unknown) => world.tell(String(error)));
  world.tell(`the clerk puts ${id} ${rev} on the server's version`);
}

export async function approveDeletions(world: World): Promise<void> {
  for (const row of await changes(world)) if (row.class === 'deletion') world.mayBeDeleted.add(row.id);
  for (const { batch } of await batches(world)) {
    const approval = { batch, classes: ['deletion' as const], unusual: [...UNUSUAL_RULES] };
    const { records: deleting } = await world.station.ask('decide.deletions', approval);
    await world.station.ask('decide.approve', { ...approval, deleting });
  }
  world.tell('the clerk approves the deletions');
}

/** What was deleted is wanted again after all. */
export async function bringBackOne(world: World): Promise<void> {
  for (const { batch } of await batches(world)) {
    if ((await world.station.ask('batch.get', { batch })).mayBringBack === 0) continue;
    await world.station.ask('decide.bring-back', { batch });
    world.tell(`the clerk brings back what ${batch} deleted`);
    return;
  }
}

export interface Signer {
  readonly user: string;
  /** As a station account. */
  readonly account?: boolean;
  /** Only this person's batches are named, and the deletions in them are agreed to; else all that waits. */
  readonly ownOnly?: boolean;
}

export async function upload(world: World, { user, account, ownOnly }: Signer): Promise<JobEnd> {
  const own = (await batches(world)).filter((row) => row.user === user).map((row) => row.batch);
  const which = {
    user,
    ...(account === true ? { account } : {}),
    ...(ownOnly === true ? { batches: own } : {}),
  };
  const { records } = await world.station.ask('outbox.deletions', which);
  const { job } = await world.station.ask('upload.start', {
    ...which,
    password: world.passwordOf(user),
    deleting: ownOnly === true ? records : 0,
  });
  const end = await world.station.wait(job);
  const what = ownOnly === true ? 'the own batches' : 'all that waits';
  world.tell(
    `${user} sends ${what}${account === true ? ' as an account' : ''}: ${JSON.stringify(end).slice(0, 300)}`,
  );
  return end;
}

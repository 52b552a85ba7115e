/**
 * The replica heals itself: what the ledger says that it holds is looked for in it, and where something is missing the
 * store is set aside and written anew from the safe copies. Decisions stand in the ledger and are not touched. What no
 * safe copy has any more is called gone, so that nobody is told to send it again.
 */
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { JobEnd } from '../../../shared/contract.ts';
import { StationError } from '../../../shared/errors.ts';
import { cleanText } from '../../../shared/labels.ts';
import { dumpFile } from '../../intake/copy.ts';
import { audit } from '../../ledger/audit.ts';
import {
  countHeldBodies,
  goneBodies,
  heldBodies,
  keptDumps,
  setGoneBodies,
  type HeldBody,
} from '../../ledger/bodies.ts';
import { forgetSettings, setSetting, setting } from '../../ledger/settings.ts';
import { isShared } from '../../replica/replica.ts';
import type { Core } from '../core.ts';
import type { JobHandle } from '../jobs.ts';

export type Restored = Extract<JobEnd, { kind: 'restored' }>;

/** What the replica needs before anything is imported: to be looked through, or to be written anew. */
export type StoreNeed = 'nothing' | 'check' | 'restore';

/** Revisions looked at in one call to the worker. */
const AT_ONCE = 200;

/** The folder of the replica; `null`: it is not this station's alone, and whoever runs it looks after it. */
export function storeFolder(core: Pick<Core, 'options'>): string | null {
  const name = core.options.replica ?? join(core.options.dataDir, 'replica');
  return isShared(name) ? null : name;
}

/** From how the store was found, and from how the last run ended. */
export function storeNeed(core: Core): StoreNeed {
  const { db, replica } = core;
  if (storeFolder(core) === null || replica.found instanceof StationError) return 'nothing';
  if (setting(db, 'replica.restoring') !== null) return 'restore';
  if (replica.found.kind === 'as-it-was') return setting(db, 'replica.open') === 'yes' ? 'check' : 'nothing';
  if (countHeldBodies(db) === 0) return 'nothing';
  return replica.found.kind === 'repaired' ? 'check' : 'restore';
}

/** While it is written anew, much is missing that comes back. */
export function isRestoring(core: Pick<Core, 'db'>): boolean {
  return setting(core.db, 'replica.restoring') !== null;
}

/** Why a body that was brought is not there. */
export function missingBody(core: Pick<Core, 'db'>): StationError {
  return new StationError(isRestoring(core) ? 'replica-restoring' : 'body-gone');
}

/** The store is in use from here on: a run that ends without saying so may have left it damaged. */
export function noteStoreOpen(core: Core, isOpen: boolean): void {
  if (storeFolder(core) !== null) setSetting(core.db, 'replica.open', isOpen ? 'yes' : 'no');
}

/**
 * Looks through the replica and writes it anew where that is needed. It can be ended at any instant and begun again.
 * @throws StationError `cancelled`, `disk-full`
 */
export async function healStore(core: Core, job: JobHandle, need: StoreNeed): Promise<Restored> {
  const total = countHeldBodies(core.db);
  if (need !== 'restore') {
    const known = new Set(goneBodies(core.db).map(({ seq }) => seq));
    const wrong = await wrongBodies(core, job);
    if (wrong.every(({ seq }) => known.has(seq))) {
      if (wrong.length < known.size) setGoneBodies(core.db, wrong);
      return { kind: 'restored', checked: total, restored: 0, gone: wrong.length };
    }
  }
  return restoreStore(core, job, total);
}

async function restoreStore(core: Core, job: JobHandle, total: number): Promise<Restored> {
  const { db, replica } = core;
  // Said first: killed in the middle, it is begun again.
  if (setting(db, 'replica.restoring') !== 'from-copies') {
    const isEmpty =
      !(replica.found instanceof StationError) &&
      (replica.found.kind === 'new' || replica.found.kind === 'set-aside');
    if (setting(db, 'replica.restoring') === null) setSetting(db, 'replica.restoring', 'set-aside');
    if (!isEmpty || core.hasRestored) await replica.call('renew', null);
    setSetting(db, 'replica.restoring', 'from-copies');
  }
  core.hasRestored = true;
  core.changed('health');
  // Older versions go before newer ones, so what only the old store may have comes first.
  await salvage(core, withoutCopy(core));
  const wrongCopies = await readCopies(core, job);
  const wrong = await salvage(core, await wrongBodies(core, job));
  db.transaction(() => {
    setGoneBodies(db, wrong);
    forgetSettings(db, ['replica.restoring']);
    audit(db, { person: core.person, at: core.now() }, 'store-restored', {
      detail: { records: total, gone: wrong.length, copiesDamaged: wrongCopies },
    });
  });
  // What could not be found out while bodies were missing.
  core.joins.clear();
  // A store that was set aside is kept as long as something is missing.
  if (wrong.length === 0)
    for (const folder of await storesAside(core)) await rm(folder, { recursive: true, force: true });
  core.changed('batches', 'conflicts', 'outbox', 'health');
  return { kind: 'restored', checked: total, restored: total - wrong.length, gone: wrong.length };
}

/** What a dump brought whose safe copy is not there any more. */
function withoutCopy(core: Core): HeldBody[] {
  const { db } = core;
  return keptDumps(db)
    .filter(({ dump }) => !existsSync(dumpFile(core.folders.dumps, dump)))
    .flatMap(({ dump }) => heldBodies(db, 0, Number.MAX_SAFE_INTEGER, dump))
    .sort((a, b) => a.seq - b.seq);
}

/** Takes these out of the stores that were set aside. Answers those that none of them has. */
async function salvage(core: Core, bodies: readonly HeldBody[]): Promise<readonly HeldBody[]> {
  let wrong = bodies;
  for (const folder of bodies.length === 0 ? [] : await storesAside(core)) {
    const revisions = wrong.map(({ id, rev, content }) => ({ id, rev, content }));
    await core.replica.call('salvage', { folder, revisions });
    wrong = await stillWrong(core, wrong);
    if (wrong.length === 0) break;
  }
  return wrong;
}

/** Every safe copy, and what the station made itself. Answers how many copies could not be read to their end. */
async function readCopies(core: Core, job: JobHandle): Promise<number> {
  const { db, replica } = core;
  const copies = keptDumps(db).filter(({ read }) => read);
  let damaged = 0;
  const stop = (): void => void replica.call('stop', { job: job.id }).catch(() => {});
  job.signal.addEventListener('abort', stop);
  try {
    for (const [at, { dump, name }] of copies.entries()) {
      stopIfAsked(job);
      job.progress({
        step: 'restore',
        unit: 'files',
        done: at,
        total: copies.length,
        subject: cleanText(name),
      });
      const file = dumpFile(core.folders.dumps, dump);
      const { failed } = await replica.call('restore', { job: job.id, file, name });
      if (failed === null) continue;
      damaged += 1;
      core.log(`a safe copy could not be read to its end: ${failed}`);
    }
    await replica.call('restoreMade', { folder: core.folders.made });
  } finally {
    job.signal.removeEventListener('abort', stop);
  }
  return damaged;
}

/** What the replica does not have, or has with other content. `dump`: only of what it was the first to bring. */
export async function wrongBodies(core: Core, job: JobHandle, dump?: string): Promise<HeldBody[]> {
  const wrong: HeldBody[] = [];
  let done = 0;
  if (dump === undefined)
    job.progress({ step: 'check', unit: 'documents', done, total: countHeldBodies(core.db), subject: '' });
  for (let after = 0; ;) {
    stopIfAsked(job);
    const some = heldBodies(core.db, after, AT_ONCE, dump);
    const last = some.at(-1);
    if (last === undefined) return wrong;
    wrong.push(...(await wrongOf(core, some)));
    after = last.seq;
    done += some.length;
    if (dump === undefined) job.progress({ done });
  }
}

async function stillWrong(core: Core, bodies: readonly HeldBody[]): Promise<HeldBody[]> {
  const wrong: HeldBody[] = [];
  for (let at = 0; at < bodies.length; at += AT_ONCE)
    wrong.push(...(await wrongOf(core, bodies.slice(at, at + AT_ONCE))));
  return wrong;
}

async function wrongOf(core: Core, bodies: readonly HeldBody[]): Promise<HeldBody[]> {
  const places = await core.replica.call('check', {
    revisions: bodies.map(({ id, rev, content }) => ({ id, rev, content })),
  });
  return places.flatMap((at) => bodies[at] ?? []);
}

/** A dump that is here already was brought again: what is missing of it comes back. */
export async function healDump(core: Core, job: JobHandle, dump: string, name: string): Promise<void> {
  if (storeFolder(core) === null) return;
  const gone = goneBodies(core.db);
  const wrong = await wrongBodies(core, job, dump);
  if (gone.length + wrong.length === 0) return;
  await core.replica.call('restore', { job: job.id, file: dumpFile(core.folders.dumps, dump), name });
  const left = await stillWrong(core, [
    ...new Map([...gone, ...wrong].map((one) => [one.seq, one])).values(),
  ]);
  const known = new Set(gone.map(({ seq }) => seq));
  const own = await wrongBodies(core, job, dump);
  // What was thought to be here, and is not: the store itself is damaged. And PouchDB does not take the content of an
  // older version whose newer one is here: then all of it is written once more, in its order.
  if (own.length > 0 || left.some(({ seq }) => !known.has(seq)))
    await restoreStore(core, job, countHeldBodies(core.db));
  else setGoneBodies(core.db, left);
}

/** Where stores lie that were set aside, the newest first. */
export async function storesAside(core: Pick<Core, 'options'>): Promise<string[]> {
  const folder = storeFolder(core);
  if (folder === null) return [];
  const number = (name: string): number => Number(name.split('-').at(-1));
  const names = await readdir(dirname(folder)).catch(() => []);
  return names
    .filter((name) => name.startsWith(`${basename(folder)}-damaged-`) && /-\d+$/.test(name))
    .sort((a, b) => number(b) - number(a))
    .map((name) => join(dirname(folder), name));
}

function stopIfAsked(job: JobHandle): void {
  if (job.signal.aborted) throw new StationError('cancelled');
}

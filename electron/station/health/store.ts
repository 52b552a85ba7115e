/**
 * The replica heals itself: what the ledger says that it holds is looked for in it, and where something is missing the
 * store is set aside and written anew from the safe copies. Decisions stand in the ledger and are not touched. What no
 * safe copy has any more is called gone, so that nobody is told to send it again.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { JobEnd } from '../../../shared/contract.ts';
import { StationError } from '../../../shared/errors.ts';
import { cleanText } from '../../../shared/labels.ts';
import { tellingStop } from '../../../shared/stopping.ts';
import { removeFolderHere } from '../../disk/own-disk.ts';
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

/**
 * What the replica needs before anything is imported: to be looked through; to be filled, where it is new or has been
 * written in part; or to be written anew from nothing, because it takes no body twice for a revision that it knows.
 */
export type StoreNeed = 'nothing' | 'check' | 'fill' | 'renew';

/** Revisions looked at in one call to the worker. */
const AT_ONCE = 200;

/** The folder of the replica; `null`: it is not this station's alone, and whoever runs it looks after it. */
export function storeFolder(core: Pick<Core, 'options'>): string | null {
  const name = core.options.replica ?? join(core.options.dataDir, 'replica');
  return isShared(name) ? null : name;
}

/** From how the store was found, and from how the last run ended. @param wasClosed of `recordStoreOpening` */
export function storeNeed(core: Core, wasClosed: boolean): StoreNeed {
  const { db, replica } = core;
  if (storeFolder(core) === null || replica.found instanceof StationError) return 'nothing';
  const { kind } = replica.found;
  const isFresh = kind === 'new' || kind === 'set-aside';
  const restoring = setting(db, 'replica.restoring');
  if (restoring !== null) {
    return isFresh || (restoring === 'from-copies' && kind === 'as-it-was') ? 'fill' : 'renew';
  }
  if (kind === 'as-it-was') return wasClosed ? 'nothing' : 'check';
  if (countHeldBodies(db) === 0) return 'nothing';
  return isFresh ? 'fill' : 'check';
}

/** While it is written anew, much is missing that comes back. */
export function isRestoring(core: Pick<Core, 'db'>): boolean {
  return setting(core.db, 'replica.restoring') !== null;
}

/** Why a body that was brought is not there. */
export function missingBody(core: Pick<Core, 'db'>): StationError {
  return new StationError(isRestoring(core) ? 'replica-restoring' : 'body-gone');
}

/** `owed`: a look through it is due, and was not made to its end. */
function recordStoreState(core: Pick<Core, 'db' | 'options'>, state: 'yes' | 'owed' | 'no'): void {
  if (storeFolder(core) !== null) setSetting(core.db, 'replica.open', state);
}

/**
 * Said before LevelDB touches the store: damage can end the whole process while it is opened, and only what is said here
 * makes the next start look at all of it. Answers whether the run before this one closed it as it should be, and nothing of
 * it is in doubt.
 */
export function recordStoreOpening(core: Pick<Core, 'db' | 'options'>): boolean {
  const wasClosed = (setting(core.db, 'replica.open') ?? 'no') === 'no';
  if (wasClosed) recordStoreState(core, 'yes');
  return wasClosed;
}

/** The store is in use from here on: a run that ends without saying so may have left it damaged. */
export function recordStoreOpened(core: Core, need: StoreNeed): void {
  recordStoreState(
    core,
    need === 'nothing' && !(core.replica.found instanceof StationError) ? 'yes' : 'owed',
  );
}

/** Something is wrong with it: it is looked through, if need be at the next start. */
export function oweCheck(core: Core): void {
  recordStoreState(core, 'owed');
}

/** It was closed as it should be, or never opened. What is owed stays owed. */
export function recordStoreClosed(core: Pick<Core, 'db' | 'options'>): void {
  if (setting(core.db, 'replica.open') === 'yes') recordStoreState(core, 'no');
}

/**
 * Looks through the replica and writes it anew where that is needed. It can be ended at any instant and begun again.
 * @throws StationError `cancelled`, `disk-full`
 */
export async function healStore(core: Core, job: JobHandle, need: StoreNeed): Promise<Restored> {
  const total = countHeldBodies(core.db);
  if (need === 'check' && !isRestoring(core)) {
    const known = new Set(goneBodies(core.db).map(({ seq }) => seq));
    const wrong = await wrongBodies(core, job);
    if (wrong.every(({ seq }) => known.has(seq))) {
      if (wrong.length < known.size) setGoneBodies(core.db, wrong);
      recordStoreState(core, 'yes');
      return { kind: 'restored', checked: total, restored: 0, gone: wrong.length };
    }
  }
  // What was begun in this run goes on where it is.
  const isBegun = need === 'check' && setting(core.db, 'replica.restoring') === 'from-copies';
  return restoreStore(core, job, total, { renews: need !== 'fill' && !isBegun });
}

async function restoreStore(
  core: Core,
  job: JobHandle,
  total: number,
  { renews }: { readonly renews: boolean },
): Promise<Restored> {
  const { db, replica } = core;
  // Said first: killed in the middle, it is begun again.
  if (renews) {
    setSetting(db, 'replica.restoring', 'set-aside');
    await replica.call('renew', null);
  }
  setSetting(db, 'replica.restoring', 'from-copies');
  core.changed('health');
  // Older versions go before newer ones, so what only the old store may have comes first.
  await salvage(core, job, withoutCopy(core));
  const wrongCopies = await readCopies(core, job);
  const wrong = await salvage(core, job, await wrongBodies(core, job));
  db.transaction(() => {
    setGoneBodies(db, wrong);
    forgetSettings(db, ['replica.restoring']);
    recordStoreState(core, 'yes');
    audit(db, { person: core.person, at: core.now() }, 'store-restored', {
      detail: { records: total, gone: wrong.length, copiesDamaged: wrongCopies },
    });
  });
  // What could not be found out while bodies were missing.
  core.joins.clear();
  // A store that was set aside is kept as long as something is missing.
  if (wrong.length === 0) for (const folder of await storesAside(core)) await removeFolderHere(folder);
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
async function salvage(
  core: Core,
  job: JobHandle,
  bodies: readonly HeldBody[],
): Promise<readonly HeldBody[]> {
  let wrong = bodies;
  for (const folder of bodies.length === 0 ? [] : await storesAside(core)) {
    const revisions = wrong.map(({ id, rev, content }) => ({ id, rev, content }));
    await tellingStop(job.signal, stopper(core, job), () =>
      core.replica.call('salvage', { job: job.id, folder, revisions }),
    );
    wrong = await stillWrong(core, wrong);
    if (wrong.length === 0) break;
  }
  return wrong;
}

/** Tells the worker that the job is to end. */
function stopper({ replica }: Core, job: JobHandle): () => void {
  return () => void replica.call('stop', { job: job.id }).catch(() => {});
}

/** Every safe copy, and what the station made itself. Answers how many copies could not be read to their end. */
async function readCopies(core: Core, job: JobHandle): Promise<number> {
  const { db, replica } = core;
  const copies = keptDumps(db).filter(({ read }) => read);
  let damaged = 0;
  await tellingStop(job.signal, stopper(core, job), async () => {
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
    await replica.call('restoreMade', { job: job.id, folder: core.folders.made });
  });
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
  const wrongSeqs = new Set(wrong.map(({ seq }) => seq));
  // What was thought to be here, and is not: the store itself is damaged. And PouchDB does not take the content of an
  // older version whose newer one is here: then all of it is written once more, in its order.
  if (left.some(({ seq }) => wrongSeqs.has(seq)))
    await restoreStore(core, job, countHeldBodies(core.db), { renews: true });
  else setGoneBodies(core.db, left);
}

/** Where stores lie that were set aside, the newest first. */
export async function storesAside(core: Pick<Core, 'options'>): Promise<string[]> {
  const folder = storeFolder(core);
  if (folder === null) return [];
  const base = `${basename(folder)}-damaged-`;
  const number = (name: string): number => Number(name.slice(base.length));
  const names = await readdir(dirname(folder)).catch(() => []);
  return names
    .filter((name) => name.startsWith(base) && /^\d+$/.test(name.slice(base.length)))
    .sort((a, b) => number(b) - number(a))
    .map((name) => join(dirname(folder), name));
}

function stopIfAsked(job: JobHandle): void {
  if (job.signal.aborted) throw new StationError('cancelled');
}

/**
 * The replica heals itself: what the ledger says that it holds is looked for in it, and where something is missing the
 * store is set aside and written anew from the safe copies. Decisions stand in the ledger and are not touched. What no
 * safe copy has any more is called gone, so that nobody is told to send it again.
 */
import { existsSync } from 'node:fs';
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
import type { Core } from '../core.ts';
import type { JobHandle } from '../jobs.ts';
import { forgetAsideEndings, onAside, recordStoreLookedThrough, type StoreNeed } from './opening.ts';
import { storeFolder, storesAside } from './store-folders.ts';

export type Restored = Extract<JobEnd, { kind: 'restored' }>;

/** Revisions looked at in one call to the worker. */
const AT_ONCE = 200;

/** While it is written anew, much is missing that comes back. */
export function isRestoring(core: Pick<Core, 'db'>): boolean {
  return setting(core.db, 'replica.restoring') !== null;
}

/** Why a body that was brought is not there. */
export function missingBody(core: Pick<Core, 'db'>): StationError {
  return new StationError(isRestoring(core) ? 'replica-restoring' : 'body-gone');
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
      recordStoreLookedThrough(core);
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
    recordStoreLookedThrough(core);
    audit(db, { person: core.person, at: core.now() }, 'store-restored', {
      detail: { records: total, gone: wrong.length, copiesDamaged: wrongCopies },
    });
  });
  // What could not be found out while bodies were missing.
  core.joins.clear();
  // A store that was set aside is kept as long as something is missing.
  if (wrong.length === 0) {
    for (const folder of await storesAside(core)) await removeFolderHere(folder);
    forgetAsideEndings(core);
  }
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
    const done = await onAside(core, folder, () =>
      tellingStop(job.signal, stopper(core, job), () =>
        core.replica.call('salvage', { job: job.id, folder, revisions }),
      ),
    );
    if (done === null) core.log('a store that was set aside is not read: it ended the program');
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

function stopIfAsked(job: JobHandle): void {
  if (job.signal.aborted) throw new StationError('cancelled');
}

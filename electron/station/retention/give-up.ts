/**
 * Gives up what the server is proven to hold and whose time here is over: in the ledger first, then in the replica, then the
 * safe copies, then the space. Ended at any instant, it goes on where it was; what is not given up yet is whole.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Job, JobEnd } from '../../../shared/contract.ts';
import { StationError } from '../../../shared/errors.ts';
import { onOwnDisk } from '../../../shared/write-errors.ts';
import { removeHere, syncFolder } from '../../disk/own-disk.ts';
import { dumpFile } from '../../intake/copy.ts';
import { audit, inParts } from '../../ledger/audit.ts';
import {
  copiesGone,
  giveSpaceBack,
  goingCopies,
  goingDocuments,
  leavingDocuments,
  recordCopiesGone,
  recordLeft,
  retireDocuments,
  type Leaving,
} from '../../ledger/retention.ts';
import { forgetSettings, setSetting, setting } from '../../ledger/settings.ts';
import type { Core } from '../core.ts';
import { aboutFile } from '../health/copies.ts';
import type { JobHandle } from '../jobs.ts';
import { madeFile } from '../review/write-made.ts';
import { isClockRight } from './clock.ts';
import { goingNow, provenUntil } from './rule.ts';

/** Work that asks the server or a phone about records while they are given up, or the same work. */
export const MEETS_RETENTION = [
  'compare',
  'dry-run',
  'upload',
  'sync',
  'prepare',
  'apply',
  'confirm',
  'retention',
] as const satisfies readonly Job['kind'][];

/** Documents that leave the replica in one write. */
const AT_ONCE = 200;

/** Something was given up, and perhaps not all of what follows from it is done. */
export function isUnfinished({ db }: Pick<Core, 'db'>): boolean {
  return setting(db, 'retention.unfinished') !== null;
}

/**
 * @param renewBackups makes a backup of the ledger and forgets those from before, in which all still stands
 * @throws StationError `clock-not-sure`: nothing was given up; `cancelled`, `disk-full`, of the replica
 */
export async function giveUp(
  core: Core,
  job: JobHandle,
  renewBackups: () => Promise<void>,
): Promise<Extract<JobEnd, { kind: 'given-up' }>> {
  const { db } = core;
  let until = provenUntil(core);
  if (until !== null && !(await isClockRight(core, job.signal))) {
    if (!isUnfinished(core)) throw new StationError('clock-not-sure');
    // What was begun is ended, and nothing more is begun.
    until = null;
  }
  let [records, copies, bytes] = [0, 0, 0];
  const by = { person: core.person, at: core.now() };
  if (until !== null) {
    goingNow(core);
    const going = goingDocuments(db);
    job.progress({ step: 'give-up', unit: 'documents', done: 0, total: going.length });
    for (const some of inParts(going)) {
      stopIfAsked(job);
      db.transaction(() => {
        const went = retireDocuments(db, some, until, by.at);
        records += went;
        setSetting(db, 'retention.unfinished', 'yes');
        if (went > 0) audit(db, by, 'records-given-up', { detail: { records: went, until } });
      });
      job.progress({ done: records });
      // Others are answered in between.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  await leaveReplica(core, job);
  if (until !== null) {
    const going = goingCopies(db, until);
    copies = going.length;
    bytes = going.reduce((sum, one) => sum + one.bytes, 0);
    if (copies > 0)
      db.transaction(() => {
        recordCopiesGone(
          db,
          going.map(({ dump }) => dump),
          by.at,
        );
        setSetting(db, 'retention.unfinished', 'yes');
        audit(db, by, 'copies-given-up', { detail: { copies, bytes, until } });
      });
  }
  await removeCopies(core);
  if (isUnfinished(core)) {
    job.progress({ step: 'space', total: null });
    stopIfAsked(job);
    await core.replica.call('compact', null);
    giveSpaceBack(db);
    await renewBackups();
    forgetSettings(db, ['retention.unfinished']);
  }
  core.changed('batches', 'conflicts', 'outbox', 'health', 'settings');
  return { kind: 'given-up', records, copies, bytes };
}

/** What was given up leaves the replica, and the copies of what the station made of it. */
async function leaveReplica(core: Core, job: JobHandle): Promise<void> {
  let done = 0;
  job.progress({ step: 'clear', unit: 'documents', done, total: null });
  for (;;) {
    const documents = leavingDocuments(core.db, AT_ONCE);
    if (documents.length === 0) return;
    stopIfAsked(job);
    await core.replica.call('remove', { documents });
    await removeMade(core, documents);
    recordLeft(
      core.db,
      documents.map(({ id }) => id),
    );
    done += documents.length;
    job.progress({ done });
  }
}

async function removeMade({ folders }: Core, documents: readonly Leaving[]): Promise<void> {
  for (const { id, revs } of documents)
    for (const rev of revs) {
      const file = join(folders.made, madeFile({ id, rev }));
      if (existsSync(file)) await onOwnDisk(removeHere(file));
    }
}

/** The files of copies that were given up, also of those that were copied once more since. */
async function removeCopies({ db, folders }: Core): Promise<void> {
  let removed = 0;
  for (const dump of copiesGone(db)) {
    const file = dumpFile(folders.dumps, dump);
    for (const one of [file, `${file}.json`, aboutFile({ folders }, dump)]) {
      if (!existsSync(one)) continue;
      await onOwnDisk(removeHere(one));
      removed += 1;
    }
  }
  if (removed > 0) await onOwnDisk(syncFolder(folders.dumps));
}

function stopIfAsked(job: JobHandle): void {
  if (job.signal.aborted) throw new StationError('cancelled');
}

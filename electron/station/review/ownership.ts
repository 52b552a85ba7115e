/** Says afterwards whose a batch is, where the dump does not: everything that depends on the person follows. */
import type { DecisionMaker } from '../../ledger/keys.ts';
import type { Assigned } from '../../../shared/contract.ts';
import { StationError } from '../../../shared/errors.ts';
import { flagsAfter } from '../../../shared/ownership.ts';
import { liftRefusalsOf, namesHere, setUser } from '../../ledger/assigning.ts';
import { audit } from '../../ledger/audit.ts';
import { batchDetail } from '../../ledger/batches.ts';
import { seePerson } from '../../ledger/people.ts';
import { ruleBatches } from './unusual.ts';
import type { Core } from '../core.ts';
import { listLogins } from '../server/kept-logins.ts';

/**
 * `user` `null`: it is not known after all.
 * @throws StationError `busy`, `not-found`, `person-named`, `batch-sent`
 */
export function assignBatch(core: Core, batch: string, user: string | null, by: DecisionMaker): Assigned {
  // A comparison, a dry run or an upload took the records for the person they had when it began.
  if ((['compare', 'dry-run', 'upload', 'sync'] as const).some((kind) => core.jobs.isRunning(kind)))
    throw new StationError('busy');
  const { db } = core;
  const assigned = db.transaction(() => {
    const row = batchDetail(db, batch);
    if (row === undefined) throw new StationError('not-found');
    if (row.mayAssign === 'named') throw new StationError('person-named');
    if (row.mayAssign === 'sent') throw new StationError('batch-sent');
    const from = row.user;
    if (user === from) return { user, from, lifted: 0 };
    setUser(db, row, user, flagsAfter(row.flags, user));
    if (user !== null) seePerson(db, { user, contact: null, how: 'said', at: by.at });
    const lifted = liftRefusalsOf(db, batch);
    ruleBatches(core, [batch]);
    audit(db, by, 'owner-set', { batch, detail: { from, to: user } });
    for (const { id, rev, reason } of lifted)
      audit(db, by, 'refusal-lifted', { batch, id, rev, detail: { reason, from, to: user } });
    return { user, from, lifted: lifted.length };
  });
  core.changed('batches', 'intake', 'conflicts', 'outbox');
  return assigned;
}

/** Whom a batch may belong to, in the order of the alphabet. */
export function peopleNames(core: Core): string[] {
  const kept = listLogins(core).flatMap(({ user, account }) => (account ? [] : [user]));
  return [...new Set([...namesHere(core.db), ...kept])].sort((a, b) => a.localeCompare(b));
}

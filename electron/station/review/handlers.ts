/** Batches, their records, decisions and conflicts. One short handler for each request. */
import type { Handlers } from '../../../shared/answer.ts';
import { StationError } from '../../../shared/errors.ts';
import { batchDetail, findBatch, listBatches } from '../../ledger/batches.ts';
import { listChanges } from '../../ledger/change-lists.ts';
import { listConflicts } from '../../ledger/conflicts.ts';
import { approve, deletionsIn, unplacedIn, type Scope } from '../../ledger/decisions.ts';
import { hold, release } from '../../ledger/holds.ts';
import { RowWords } from '../labels/row-words.ts';
import { countsInWords, meantBy } from './finding.ts';
import { assignBatch, peopleNames } from './ownership.ts';
import type { Core } from '../core.ts';
import { languageOf } from '../settings.ts';
import { healthWorker, listHealthWorkers } from '../workers/health-workers.ts';
import { conflictDetail, conflictRow, toDecide } from './conflicts.ts';
import { changeDetail, changeFor, differenceInWords, picture, rebase } from './detail.ts';
import { bringBack } from './bring-back.ts';
import { chooseContent, contradictionDetail } from './contradictions.ts';
import { setUnusualRules, unusualRules } from './unusual-rules.ts';
import { undo } from './undo.ts';
import { secondPerson } from '../people/second.ts';
import { conflictLosses, resolveConflict } from './settle-conflict.ts';
import { dismissBatch } from '../server/set-aside.ts';
import type { RequestName } from '../../../shared/contract.ts';
import type { DecisionMaker } from '../../ledger/keys.ts';

type ReviewRequest = Extract<
  RequestName,
  | `attachment.${string}`
  | `batch.${string}`
  | `batches.${string}`
  | `change.${string}`
  | `changes.${string}`
  | `conflict.${string}`
  | `conflicts.${string}`
  | `contradiction.${string}`
  | `decide.${string}`
  | `difference.${string}`
  | `find.${string}`
  | `people.${string}`
  | `unusual.${string}`
  | `worker.${string}`
  | `workers.${string}`
>;

export function reviewHandlers(core: Core, by: () => DecisionMaker): Pick<Handlers, ReviewRequest> {
  const { db } = core;
  const batchOf = (batch: string): ReturnType<typeof findBatch> & {} => {
    const row = findBatch(db, batch);
    if (row === undefined) throw new StationError('not-found');
    return row;
  };

  /** @throws StationError `bad-params`: neither a batch nor a filter, or both; `not-found` */
  const scopeOf = ({ batch, filter }: Scope): Scope => {
    if ((batch === undefined) === (filter === undefined)) throw new StationError('bad-params');
    if (batch !== undefined) batchOf(batch);
    return { batch, filter };
  };

  return {
    'unusual.rules': () => unusualRules(db),
    'unusual.set-rules': ({ off }) => setUnusualRules(core, off),
    'batches.list': (query) => listBatches(db, query),
    'batch.get': ({ batch }) => {
      const row = batchDetail(db, batch);
      if (row === undefined) throw new StationError('not-found');
      return row;
    },
    'batch.assign': ({ batch, user }) => assignBatch(core, batch, user, by()),
    'batch.dismiss': ({ batch, dismissed }) => {
      dismissBatch(core, batch, dismissed, by());
      const row = batchDetail(db, batch);
      if (row === undefined) throw new StationError('not-found');
      return row;
    },
    'people.names': () => ({ users: peopleNames(core) }),
    'workers.list': (query) => listHealthWorkers(core, query),
    'worker.get': ({ user }) => healthWorker(core, user),
    'changes.list': ({ language, ...query }) => {
      const { rows, total } = listChanges(db, query);
      // Scripts ask for thousands at once, and go by the codes.
      const words = language === undefined ? null : new RowWords(db, language);
      return { rows: rows.map(({ naming, ...row }) => words?.row({ naming, ...row }) ?? row), total };
    },
    'changes.counts': ({ by: counted, language, timeZone, ...filter }) => ({
      counts: countsInWords(core, filter, counted, { language: languageOf(core, language), timeZone }),
    }),
    'find.meant': ({ find, language, timeZone }) =>
      meantBy(core, find, { language: languageOf(core, language), timeZone }),
    'change.get': ({ id, rev, language }) => changeDetail(core, id, rev, languageOf(core, language)),
    'difference.get': ({ id, rev, language }) =>
      differenceInWords(core, changeFor(core, id, rev), languageOf(core, language)),
    'attachment.get': ({ id, rev, name }) => picture(core, id, rev, name),

    'decide.approve': async ({ second, ...approval }) => {
      scopeOf(approval);
      const agreed = await secondPerson(core, second);
      return decided(core, approve(db, approval, { ...by(), ...agreed }));
    },
    'decide.deletions': (approval) => {
      scopeOf(approval);
      return deletionsIn(db, approval);
    },
    'decide.unplaced': (approval) => {
      scopeOf(approval);
      return unplacedIn(db, approval);
    },
    'decide.hold': ({ ids, reason, ...scope }) => {
      // All of a batch are never held by leaving something out.
      if (ids === undefined && scope.filter === undefined) throw new StationError('bad-params');
      if (reason.trim() === '') throw new StationError('reason-needed');
      return decided(core, hold(db, scopeOf(scope), ids, reason.trim(), by()));
    },
    'decide.release': ({ ids, ...scope }) => decided(core, release(db, scopeOf(scope), ids, by())),
    'decide.bring-back': ({ batch }) => {
      batchOf(batch);
      return bringBack(core, batch, by());
    },
    'decide.undo': ({ decision }) => undo(core, Number(decision), by()),
    'decide.rebase': async ({ second, ...change }) =>
      rebase(core, change, { ...by(), ...(await secondPerson(core, second)) }),
    'contradiction.get': ({ id, rev }) => contradictionDetail(core, id, rev),
    'decide.choose': (choice) => chooseContent(core, choice, by()),

    'conflicts.list': async ({ language, ...query }) => {
      const { ids, total } = listConflicts(db, query);
      const rows = ids.map((id) => conflictRow(core, id));
      // Scripts ask for thousands at once, and look at each by itself.
      if (language === undefined) return { rows, total };
      return {
        rows: await Promise.all(
          rows.map(async (row) => ({ ...row, ...(await toDecide(core, row, language)) })),
        ),
        total,
      };
    },
    'conflict.get': ({ id, language }) => conflictDetail(core, id, languageOf(core, language)),
    'conflict.losses': ({ language, ...ending }) => conflictLosses(core, ending, languageOf(core, language)),
    'conflict.resolve': async ({ second, ...resolution }) =>
      resolveConflict(core, { ...resolution, ...(await secondPerson(core, second)) }),
  };
}

function decided<Value>(core: Core, value: Value): Value {
  core.changed('batches', 'conflicts', 'outbox');
  return value;
}

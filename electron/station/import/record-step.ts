/**
 * The ledger's side of an import. While the replica worker reads a dump, it calls the station: each step is recorded
 * here before the worker writes anything of it to the replica (`electron/workers/replica/take.ts` makes these calls).
 */
import { addBroken, addChange, lengthenHistory } from '../../ledger/changes.ts';
import { recordBringers, recordContents } from '../../ledger/contents.ts';
import { addSecondContent, knownRevision, rowOfContent } from '../../ledger/second-contents.ts';
import type { NewChange } from '../../../shared/intake.ts';
import { recordLabelDocuments } from '../../ledger/label-documents.ts';
import { recordNamed, recordProblems, recordPurged } from '../../ledger/dumps.ts';
import type { ImportStep, RecordedStep, StationCalls } from '../../workers/replica/calls.ts';
import { replaceAside } from '../../ledger/set-aside.ts';
import { recordBroughtAgain } from '../../ledger/brought-again.ts';
import type { CallHandlers } from '../../workers/rpc.ts';
import type { Core } from '../core.ts';
import type { Jobs } from '../jobs.ts';
import { classDocuments } from '../review/reclassify.ts';

/** What there is of the station before its replica worker is started. */
type StepCore = Pick<Core, 'db' | 'joins' | 'person' | 'now' | 'clock'>;

/** The answers to everything that the replica worker asks. */
export function answersToReplicaWorker(core: StepCore, jobs: Jobs): CallHandlers<StationCalls> {
  return {
    known: ({ revisions }) => revisions.map(({ id, rev }) => knownRevision(core.db, id, rev)),
    record: (step) => recordStep(core, step),
    keep: ({ contents }) => {
      core.db.step(() => recordContents(core.db, contents));
      return null;
    },
    progress: ({ job, bytes, documents }) => {
      jobs.progress(job, { done: bytes, counts: { ...documents } });
      return null;
    },
  };
}

export function recordStep(core: StepCore, step: ImportStep): RecordedStep {
  const { db } = core;
  const by = { person: core.person, at: core.now() };
  return db.step(() => {
    let brought = 0;
    type Content = Pick<NewChange, 'id' | 'rev' | 'content' | 'ordinal'>;
    const isOurs = (one: Content): boolean => {
      const first = rowOfContent(db, one, one.content);
      return first?.dump === step.dump && first.ordinal === one.ordinal;
    };
    // If the store lost something, the worker cannot know that another content came before.
    const isHere = (one: Content): boolean => rowOfContent(db, one, one.content) !== undefined;
    const seconds = [...step.seconds];
    for (const change of step.changes) {
      const isBrought =
        addChange(db, step.dump, null, change, by) ||
        isOurs(change) ||
        replaceAside(db, step.dump, change, by);
      if (isBrought) brought += 1;
      else if (!isHere(change)) seconds.push(change);
    }
    for (const known of step.doubtful) if (isOurs(known)) brought += 1;
    recordContents(db, step.contents);
    for (const second of seconds)
      if (addSecondContent(db, step.dump, second, by) || isOurs(second)) brought += 1;
    recordBringers(db, step.dump, step.bringers);
    recordBroughtAgain(db, step.dump, step.again);
    for (const longer of step.longer) lengthenHistory(db, longer, longer.history, by);
    // The rows are those of earlier dumps, so nobody else classes them again.
    classDocuments(core, new Set([...step.longer, ...seconds].map(({ id }) => id)));
    recordProblems(db, step.dump, step.problems);
    for (const record of step.broken) addBroken(db, step.dump, record);
    recordPurged(db, step.dump, step.purges);
    recordLabelDocuments(db, step.dump, step.labels, by.at);
    recordNamed(db, step.dump, step.named);
    const missing = step.named.filter(({ id, rev }) => knownRevision(db, id, rev) === null);
    recordProblems(
      db,
      step.dump,
      missing.map(({ problem }) => problem),
    );
    for (const { id, ordinal, problem } of missing)
      addBroken(db, step.dump, { id, ordinal, code: problem.code });
    return { brought, missing: missing.length };
  });
}

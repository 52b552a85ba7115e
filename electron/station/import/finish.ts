/**
 * The end of an intake, after replica and ledger hold every record: whose dump it is, which batches it makes,
 * what a reviewer should know of it.
 */
import { StationError } from '../../../shared/errors.ts';
import type { BatchFlag } from '../../../shared/review.ts';
import { cleanText, looksLikeAnother } from '../../../shared/labels.ts';
import { isUserName } from '../../../shared/user-names.ts';
import { flagsAfter } from '../../../shared/ownership.ts';
import { addBatch, assignAuthors, assignRest, hasChanges } from '../../ledger/batches.ts';
import { lastRecord } from '../../ledger/changes.ts';
import { documentsToClass } from '../../ledger/classes.ts';
import { contradictedIn, flagContradictions } from '../../ledger/contradiction-flags.ts';
import { audit } from '../../ledger/audit.ts';
import {
  countSeveral,
  countSingle,
  documentsWithSeveral,
  recordCame,
  type CameByBatch,
} from '../../ledger/came.ts';
import {
  recordBundle,
  recordProblems,
  recordTaken,
  type DumpRow,
  hasImplausibleDates,
} from '../../ledger/dumps.ts';
import { seePerson } from '../../ledger/people.ts';
import { recordSignInWay } from '../../ledger/sign-in-ways.ts';
import { takeOver } from '../../ledger/set-aside.ts';
import { assignBroughtAgain } from '../../ledger/brought-again.ts';
import { whyAside } from '../../intake/server-address.ts';
import { classTouched, ownServers, sortDumps } from '../server/set-aside.ts';
import type { Taken } from '../../workers/replica/calls.ts';
import { classDocuments, classWithJoins } from '../review/reclassify.ts';
import { ruleBatches } from '../review/unusual.ts';
import type { Core } from '../core.ts';
import type { JobHandle } from '../jobs.ts';
import { shareOut, whoseDump } from './whose.ts';

/** Records put into batches, and documents classed, in one go: a tenth of a second at most. */
const RECORDS_AT_ONCE = 10_000;
const DOCUMENTS_AT_ONCE = 2000;

/**
 * Done in steps, between which the window is answered. Only the last says that the dump is taken; killed before
 * that, the dump is read again and every step finds the same.
 * @throws StationError `cancelled`
 */
export async function finishDump(
  core: Core,
  job: JobHandle,
  row: DumpRow,
  taken: Taken,
  begun: number,
): Promise<void> {
  const { db } = core;
  const main = row.dump.slice(0, 12);
  const whose = whoseDump(row, taken);
  const { user, origin, odd } = whose;
  const { others, rest, batchOf } = shareOut(main, whose, taken);
  const contacts = new Map([
    [main, whose.contact],
    ...others.map(({ batch, person }) => [batch, person.contact] as const),
  ]);

  const { moved } = db.step(() => {
    const aside = whyAside(taken.claims, ownServers(core)) !== null;
    const over = aside ? null : takeOver(db, row.dump, { person: core.person, at: core.now() });
    if (over !== null) classTouched(core, over);
    return { moved: over?.moved ?? 0 };
  });
  const records = lastRecord(db, row.dump) + 1;
  const came: CameByBatch = new Map();
  job.progress({ step: 'class', unit: 'documents', done: 0, total: records });
  for (let from = 0; from < records; from += RECORDS_AT_ONCE) {
    const range = { dump: row.dump, from, to: from + RECORDS_AT_ONCE };
    db.step(() => {
      if (others.length > 0 || rest !== main) assignAuthors(db, range, batchOf);
      assignRest(db, range, rest);
      countSingle(db, range, came);
    });
    await pause(job, Math.min(range.to, records));
  }
  db.step(() => assignBroughtAgain(db, row.dump, rest, batchOf));
  const several = documentsWithSeveral(db, row.dump);
  for (let at = 0; at < several.length; at += DOCUMENTS_AT_ONCE) {
    const some = several.slice(at, at + DOCUMENTS_AT_ONCE);
    db.step(() => countSeveral(db, row.dump, some, came));
    await pause(job, records);
  }
  const toClass = documentsToClass(db, row.dump);
  job.progress({ total: records + toClass.length });
  for (let at = 0; at < toClass.length; at += DOCUMENTS_AT_ONCE) {
    const some = toClass.slice(at, at + DOCUMENTS_AT_ONCE);
    db.step(() => classDocuments(core, some, contacts));
    await classWithJoins(core, some, contacts);
    await pause(job, records + Math.min(at + DOCUMENTS_AT_ONCE, toClass.length));
  }

  db.transaction(() => {
    const takenAt = core.now();
    // A dump of another server tells nothing about the people of this one.
    const isOurs = whyAside(taken.claims, ownServers(core)) === null;
    for (const { user: name, signsIn, rev } of taken.settings)
      if (isOurs && isUserName(name))
        recordSignInWay(db, { user: name, way: signsIn, rev, how: 'dump', at: takenAt });
    const device = cleanText(taken.claims.device ?? row.typedDevice ?? '') || null;
    const own = others.filter(({ batch }) => hasChanges(db, batch));
    const flags = new Set<BatchFlag>(taken.flags);
    if (device === null) flags.add('unknown-device');
    const said = origin === 'typed' ? taken.claims.proposedUser : user;
    if (row.typedUser !== null && said !== undefined && row.typedUser !== said)
      flags.add('typed-user-differs');
    if (odd !== null) flags.add('odd-name');
    if ([taken.claims.device ?? row.typedDevice ?? '', row.name].some(looksLikeAnother))
      flags.add('look-alike');
    if (taken.crowded) flags.add('too-many-people');
    if (hasImplausibleDates(db, row.dump, core.clock())) flags.add('clock-off');
    const nobodys = rest !== main && hasChanges(db, rest);
    if (own.length > 0 || nobodys) flags.add('several-users');
    const flagsOf = (of: string | null, some: readonly BatchFlag[]): BatchFlag[] =>
      of !== null && taken.handedOver.includes(of) ? [...some, 'handed-over'] : [...some];
    const mainFlags = flagsOf(user, flagsOfPerson(origin, user, [...flags]));
    // A sealed bundle holds nothing to review.
    if (taken.bundle === undefined) {
      const all = { dump: row.dump, device, takenAt };
      addBatch(db, { ...all, batch: main, user, contact: whose.contact, flags: mainFlags });
      // These people are named by their records.
      for (const { batch, person } of own)
        addBatch(db, {
          ...all,
          batch,
          user: person.user,
          contact: person.contact,
          flags: flagsOf(person.user, [...flags]),
        });
      if (nobodys)
        addBatch(db, { ...all, batch: rest, user: null, contact: null, flags: flagsAfter([...flags], null) });
      if (origin === 'typed' && user !== null)
        seePerson(db, { user, contact: null, how: 'said', at: takenAt });
      ruleBatches(core, [main, ...own.map(({ batch }) => batch), ...(nobodys ? [rest] : [])]);
      flagContradictions(db, contradictedIn(db, row.dump));
    } else recordBundle(db, row.dump, taken.bundle);

    const isBare = holdsNothing(taken);
    if (isBare) recordProblems(db, row.dump, [{ number: 1, code: 'no-records', message: '0 records' }]);
    const documents = {
      ...taken.documents,
      new: taken.documents.new + moved,
      known: taken.documents.known - moved,
    };
    recordTaken(db, {
      dump: row.dump,
      format: taken.format,
      claims: odd === null ? taken.claims : { ...taken.claims, user: odd },
      user,
      device,
      flags: mainFlags,
      documents,
      people: [
        ...others.map(({ batch, person }) => ({ batch, ...person })),
        ...(rest === main ? [] : [{ batch: rest, user: null, contact: null }]),
      ],
      attachments: taken.attachments,
      problems: taken.problems + Number(isBare),
      takenAt,
      seconds: (core.timers.now() - begun) / 1000,
    });
    if (taken.bundle === undefined) recordCame(db, row.dump, came);
    const by = { person: core.person, at: takenAt };
    audit(db, by, 'imported', {
      batch: main,
      detail: { dump: row.dump, format: taken.format, ...documents },
    });
    sortDumps(core, by, [row.dump]);
  });
}

/**
 * A phone on which somebody is signed in holds records. What the station itself read of a phone may hold nothing new, and
 * its end says so.
 */
function holdsNothing({ format, documents, problems, bundle }: Taken): boolean {
  return bundle === undefined && format !== 'station' && documents.read === 0 && problems === 0;
}

/** Lets everything else have its turn. @throws StationError `cancelled` */
async function pause(job: JobHandle, done: number): Promise<void> {
  job.progress({ done });
  await new Promise((resolve) => setImmediate(resolve));
  if (job.signal.aborted) throw new StationError('cancelled');
}

/** Where the dump itself does not say whose it is, a flag says who does. */
function flagsOfPerson(
  origin: ReturnType<typeof whoseDump>['origin'],
  user: string | null,
  flags: readonly BatchFlag[],
): BatchFlag[] {
  if (origin === 'dump') return [...flags];
  return origin === 'file-name' ? ['file-name-user', ...flags] : flagsAfter(flags, user);
}

/**
 * The end of an intake, after replica and ledger hold every record: whose dump it is, which batches it makes,
 * what a reviewer should know of it.
 */
import { StationError } from '../../../shared/errors.ts';
import type { BatchFlag } from '../../../shared/review.ts';
import { flagsAfter } from '../../../shared/ownership.ts';
import { addBatch, assignAuthor, assignRest, type Author, hasChanges } from '../../ledger/batches.ts';
import { lastRecord, documentsToClass } from '../../ledger/changes.ts';
import { audit } from '../../ledger/audit.ts';
import { noteBundle, noteTaken, type DumpRow, hasImplausibleDates } from '../../ledger/dumps.ts';
import { seePerson } from '../../ledger/people.ts';
import type { Taken } from '../../workers/replica/calls.ts';
import { classDocuments, classWithJoins } from '../review/reclassify.ts';
import { ruleBatches } from '../review/unusual.ts';
import type { Core } from '../core.ts';
import type { JobHandle } from '../jobs.ts';

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
  const { user, origin } = mainUser(row, taken);
  const contactId =
    taken.claims.userContactId ?? taken.settings.find((person) => person.user === user)?.contactId ?? null;
  // A document belongs to the person it names, where that is somebody else who works on this phone.
  const others = peopleOf(taken)
    .filter((person) => person.user !== user)
    .map((person, at) => ({ person, batch: `${main}.${at + 2}` }));

  const contacts = new Map([
    [main, contactId],
    ...others.map(({ batch, person }) => [batch, person.contact] as const),
  ]);

  const records = lastRecord(db, row.dump) + 1;
  job.progress({ step: 'class', unit: 'documents', done: 0, total: records });
  for (let from = 0; from < records; from += RECORDS_AT_ONCE) {
    const range = { dump: row.dump, from, to: from + RECORDS_AT_ONCE };
    db.step(() => {
      for (const { person, batch } of others) assignAuthor(db, range, batch, person, contactId);
      assignRest(db, range, main);
    });
    await pause(job, Math.min(range.to, records));
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
    const device = taken.claims.device ?? row.typedDevice;
    const own = others.filter(({ batch }) => hasChanges(db, batch));
    const flags = new Set<BatchFlag>(taken.flags);
    if (device === null) flags.add('unknown-device');
    if (row.typedUser !== null && origin !== 'typed' && row.typedUser !== user)
      flags.add('typed-user-differs');
    if (hasImplausibleDates(db, row.dump, core.clock())) flags.add('clock-off');
    if (own.length > 0) flags.add('several-users');
    const mainFlags = origin === 'dump' ? [...flags] : flagsAfter([...flags], user);
    // A sealed bundle holds nothing to review.
    if (taken.bundle === undefined) {
      const all = { dump: row.dump, device, takenAt };
      addBatch(db, { ...all, batch: main, user, contact: contactId, flags: mainFlags });
      // These people are named by their records.
      for (const { batch, person } of own)
        addBatch(db, { ...all, batch, user: person.user, contact: person.contact, flags: [...flags] });
      if (origin === 'typed' && user !== null)
        seePerson(db, { user, contact: null, how: 'said', at: takenAt });
      ruleBatches(core, [main, ...own.map(({ batch }) => batch)]);
    } else noteBundle(db, row.dump, taken.bundle);

    noteTaken(db, {
      dump: row.dump,
      format: taken.format,
      claims: taken.claims,
      user,
      device,
      flags: mainFlags,
      documents: taken.documents,
      attachments: taken.attachments,
      problems: taken.problems,
      takenAt,
      seconds: (core.timers.now() - begun) / 1000,
    });
    audit(db, { person: core.person, at: takenAt }, 'imported', {
      batch: main,
      detail: { dump: row.dump, format: taken.format, ...taken.documents },
    });
  });
}

/** Lets everything else have its turn. @throws StationError `cancelled` */
async function pause(job: JobHandle, done: number): Promise<void> {
  job.progress({ done });
  await new Promise((resolve) => setImmediate(resolve));
  if (job.signal.aborted) throw new StationError('cancelled');
}

/**
 * Who works on this phone. A contact may name anybody as its author, long gone ones too; only somebody whose
 * settings, tasks or targets are there counts.
 */
function peopleOf(taken: Taken): Author[] {
  const people = new Map(taken.named.map(([user]) => [user, null as string | null]));
  for (const { user, contactId } of taken.settings) people.set(user, contactId);
  return [...people].map(([user, contact]) => ({ user, contact })).sort((a, b) => (a.user < b.user ? -1 : 1));
}

/** The dump itself says whose it is; what the clerk typed is the last resort. */
function mainUser(row: DumpRow, taken: Taken): { user: string | null; origin: 'dump' | 'typed' | 'none' } {
  const only = taken.settings.length === 1 ? taken.settings[0]?.user : undefined;
  const [mostNamed] = [...taken.named].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  // The name of a file is the weakest word of a dump; formats with a manifest carry theirs inside.
  const inside = taken.format === 'station' || taken.format === 'cht-bundle';
  const said = (inside ? taken.claims.user : undefined) ?? only ?? mostNamed?.[0] ?? taken.claims.user;
  if (said !== undefined) return { user: said, origin: 'dump' };
  return row.typedUser === null ? { user: null, origin: 'none' } : { user: row.typedUser, origin: 'typed' };
}

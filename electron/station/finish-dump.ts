/**
 * The end of an intake: whose dump it is, which batches it makes, what a reviewer should know of it.
 * All of it in one transaction, after replica and ledger hold every record.
 */
import type { BatchFlag } from '../../shared/review.ts';
import { addBatch, assignAuthor, assignRest, type Author } from '../ledger/batches.ts';
import { audit } from '../ledger/audit.ts';
import { noteBundle, noteTaken, type DumpRow } from '../ledger/dumps.ts';
import { text } from '../ledger/database.ts';
import type { Taken } from '../thread/contract.ts';
import { classDocuments } from './classing.ts';
import { isOffClock } from './clock.ts';
import type { Core } from './core.ts';

export function finishDump(core: Core, row: DumpRow, taken: Taken, seconds: number): void {
  const { db } = core;
  const takenAt = core.now();
  db.transaction(() => {
    const { user, origin } = mainUser(row, taken);
    const contactId =
      taken.claims.userContactId ?? taken.settings.find((person) => person.user === user)?.contactId ?? null;
    const device = taken.claims.device ?? row.typedDevice;

    const flags = new Set<BatchFlag>(taken.flags);
    if (user === null) flags.add('unknown-user');
    if (device === null) flags.add('unknown-device');
    if (row.typedUser !== null && origin !== 'typed' && row.typedUser !== user)
      flags.add('typed-user-differs');
    if (isOffClock(db, row.dump, core.clock())) flags.add('clock-off');

    const main = row.dump.slice(0, 12);
    // A document belongs to the person it names, where that is somebody else who works on this phone.
    const others: { batch: string; user: string }[] = [];
    for (const person of peopleOf(taken)) {
      if (person.user === user) continue;
      const batch = `${main}.${others.length + 2}`;
      if (assignAuthor(db, row.dump, batch, person, contactId) > 0) others.push({ batch, user: person.user });
    }
    assignRest(db, row.dump, main);
    if (others.length > 0) flags.add('several-users');
    // A sealed bundle holds nothing to review.
    const batches = taken.bundle === undefined ? [{ batch: main, user }, ...others] : [];
    for (const batch of batches)
      addBatch(db, { ...batch, dump: row.dump, device, takenAt, flags: [...flags] });

    if (taken.bundle !== undefined) noteBundle(db, row.dump, taken.bundle);
    noteTaken(db, {
      dump: row.dump,
      format: taken.format,
      claims: taken.claims,
      user,
      device,
      flags: [...flags],
      documents: taken.documents,
      attachments: taken.attachments,
      problems: taken.problems,
      takenAt,
      seconds,
    });
    audit(db, { person: core.person, at: takenAt }, 'took', {
      batch: row.dump.slice(0, 12),
      detail: { dump: row.dump, format: taken.format, ...taken.documents },
    });
    classDocuments(core, documentsToClass(core, row.dump));
  });
}

/** Documents whose class is not plain: the server was asked about them before, or they have other revisions here. */
function documentsToClass(core: Core, dump: string): string[] {
  return core.db
    .all(
      `SELECT DISTINCT c.id FROM changes c WHERE c.dump = ? AND c.class != 'broken' AND (
         EXISTS (SELECT 1 FROM server_docs s WHERE s.id = c.id)
         OR EXISTS (SELECT 1 FROM changes o WHERE o.id = c.id AND o.rev != c.rev))`,
      dump,
    )
    .map((row) => text(row, 'id'));
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

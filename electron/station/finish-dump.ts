/**
 * The end of an intake: whose dump it is, which batches it makes, what a reviewer should know of it.
 * All of it in one transaction, after replica and ledger hold every record.
 */
import type { BatchFlag } from '../../shared/review.ts';
import { addBatch, assignBatches, authorsOf } from '../ledger/batches.ts';
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
    const authors = authorsOf(db, row.dump);
    const userOfContact = new Map(
      taken.settings.flatMap((person) =>
        person.contactId === null ? [] : [[person.contactId, person.user] as const],
      ),
    );
    const { user, origin } = mainUser(row, taken);
    // A contact may name anybody as its author, long gone ones too; only somebody who works on this phone counts.
    const people = new Set([
      ...taken.settings.map((person) => person.user),
      ...taken.named.map(([name]) => name),
    ]);
    const contactId =
      taken.claims.userContactId ?? taken.settings.find((person) => person.user === user)?.contactId ?? null;
    const device = taken.claims.device ?? row.typedDevice;

    const flags = new Set<BatchFlag>(taken.flags);
    if (user === null) flags.add('unknown-user');
    if (device === null) flags.add('unknown-device');
    if (row.typedUser !== null && origin !== 'typed' && row.typedUser !== user)
      flags.add('typed-user-differs');
    if (isOffClock(db, row.dump, core.clock())) flags.add('clock-off');

    // A document belongs to the person it names, where that is somebody other than the dump's own user.
    const ownerOf = (author: { user: string | null; contact: string | null }): string | null => {
      if (author.contact !== null && author.contact === contactId) return user;
      const named = author.contact === null ? undefined : userOfContact.get(author.contact);
      const itself = author.user !== null && people.has(author.user) ? author.user : undefined;
      return itself ?? named ?? user;
    };
    const owners = [...new Set([user, ...authors.map(ownerOf)])].filter(
      (owner) => owner !== null || user === null,
    );
    if (owners.length > 1) flags.add('several-users');
    const batchOf = new Map<string | null, string>();
    // A sealed bundle holds nothing to review.
    if (taken.bundle !== undefined) owners.length = 0;
    for (const [at, owner] of owners.entries()) {
      const batch = at === 0 ? row.dump.slice(0, 12) : `${row.dump.slice(0, 12)}.${at + 1}`;
      batchOf.set(owner, batch);
      addBatch(db, { batch, dump: row.dump, user: owner, device, takenAt, flags: [...flags] });
    }
    assignBatches(db, row.dump, (author) => batchOf.get(ownerOf(author)) ?? row.dump.slice(0, 12));

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

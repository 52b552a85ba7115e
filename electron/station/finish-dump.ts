/**
 * The end of an intake: whose dump it is, which batches it makes, what a reviewer should know of it.
 * All of it in one transaction, after replica and ledger hold every record.
 */
import type { BatchFlag } from '../../shared/review.ts';
import { addBatch, assignBatches, authorsOf } from '../ledger/batches.ts';
import { audit } from '../ledger/audit.ts';
import { noteTaken, type DumpRow } from '../ledger/dumps.ts';
import { text } from '../ledger/database.ts';
import type { Taken } from '../thread/contract.ts';
import { isOffClock, userInFileName } from './attribution.ts';
import { classDocuments } from './classing.ts';
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
    const { user, origin } = mainUser(row, taken, authors);
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
      return author.user ?? named ?? user;
    };
    const owners = [...new Set([user, ...authors.map(ownerOf)])].filter(
      (owner) => owner !== null || user === null,
    );
    if (owners.length > 1) flags.add('several-users');
    const batchOf = new Map<string | null, string>();
    for (const [at, owner] of owners.entries()) {
      const batch = at === 0 ? row.dump.slice(0, 12) : `${row.dump.slice(0, 12)}.${at + 1}`;
      batchOf.set(owner, batch);
      addBatch(db, { batch, dump: row.dump, user: owner, device, takenAt, flags: [...flags] });
    }
    assignBatches(db, row.dump, (author) => batchOf.get(ownerOf(author)) ?? row.dump.slice(0, 12));

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
    classDocuments(core, documentsOfDump(core, row.dump));
  });
}

function documentsOfDump(core: Core, dump: string): Iterable<string> {
  return core.db
    .all(`SELECT DISTINCT id FROM changes WHERE dump = ? AND class != 'broken'`, dump)
    .map((row) => text(row, 'id'));
}

/** The dump itself says whose it is; what the clerk typed is the last resort. */
function mainUser(
  row: DumpRow,
  taken: Taken,
  authors: readonly { user: string | null; changes: number }[],
): { user: string | null; origin: 'dump' | 'typed' | 'none' } {
  const only = taken.settings.length === 1 ? taken.settings[0]?.user : undefined;
  const said = taken.claims.user ?? only ?? mostNamed(authors) ?? userInFileName(row.name);
  if (said !== undefined) return { user: said, origin: 'dump' };
  return row.typedUser === null ? { user: null, origin: 'none' } : { user: row.typedUser, origin: 'typed' };
}

function mostNamed(authors: readonly { user: string | null; changes: number }[]): string | undefined {
  const totals = new Map<string, number>();
  for (const { user, changes } of authors)
    if (user !== null) totals.set(user, (totals.get(user) ?? 0) + changes);
  return [...totals].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0];
}

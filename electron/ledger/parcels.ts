/** Return parcels: what each phone was known to hold, and the newest parcel for each. The parcels themselves are files. */
import type { KnownPhone } from '../../shared/parcel.ts';
import type { Leaves } from '../../shared/web-view/protocol.ts';
import { type Database, json, number, type Row, text, textOrNull } from './database.ts';

/** A person's database on a device. */
export interface PhoneOf {
  /** Origin of the server that the app works with. */
  readonly server: string;
  readonly user: string;
  readonly device: string;
  readonly databaseId: string;
}

export interface PhoneLeaves extends PhoneOf {
  readonly sequence: number;
  /** Each document's id, then its revisions. */
  readonly leaves: Leaves['leaves'];
}

export interface ParcelRow extends PhoneOf {
  /** Of the file's bytes, and its name. */
  readonly sha256: string;
  readonly bytes: number;
  readonly documents: number;
  readonly deletes: number;
  readonly skipped: number;
  /** Of CHT on the server; `null`: it did not say. */
  readonly version: string | null;
  readonly sequence: number;
  /** ISO 8601, as `appliedAt` is. */
  readonly madeAt: string;
  readonly madeBy: string;
  readonly appliedAt: string | null;
}

/**
 * Notes what a reading found. What was known of other documents stays, unless all of them were read.
 * @param changed the leaves of the documents that changed since `since`; `null`: nothing is known of this phone any more
 */
export function recordPhoneLeaves(
  db: Database,
  { server, user, device, databaseId }: PhoneOf,
  found: { readonly since: number; readonly sequence: number; readonly changed: Leaves['leaves'] | null },
): void {
  const key = [server, user, device, databaseId];
  const before =
    found.since === 0 ? [] : (phoneLeaves(db, user, server, { device, databaseId })?.leaves ?? null);
  if (found.changed === null || before === null) {
    db.run(
      'DELETE FROM phone_leaves WHERE server = ? AND user = ? AND device = ? AND database_id = ?',
      ...key,
    );
    return;
  }
  const all = new Map([...before, ...found.changed].map((entry) => [entry[0] ?? '', entry]));
  db.run(
    `INSERT INTO phone_leaves (server, user, device, database_id, sequence, leaves) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (server, user, device, database_id)
       DO UPDATE SET sequence = excluded.sequence, leaves = excluded.leaves`,
    ...key,
    found.sequence,
    JSON.stringify([...all.values()]),
  );
}

/** What a phone of this person holds, as last read: of the phone that was read last, or of the one that is named. */
export function phoneLeaves(
  db: Database,
  user: string,
  server: string,
  of?: Pick<PhoneOf, 'device' | 'databaseId'>,
): PhoneLeaves | null {
  const row = db.get(
    `SELECT l.* FROM phone_leaves l
     LEFT JOIN phone_reads r ON r.server = l.server AND r.user = l.user AND r.device = l.device
       AND r.database_id = l.database_id
     WHERE l.server = ?1 AND l.user = ?2 AND (?3 IS NULL OR l.device = ?3) AND (?4 IS NULL OR l.database_id = ?4)
     ORDER BY r.read_at DESC, l.device, l.database_id LIMIT 1`,
    server,
    user,
    of?.device ?? null,
    of?.databaseId ?? null,
  );
  if (row === undefined) return null;
  return {
    ...phoneOf(row),
    sequence: number(row, 'sequence'),
    leaves: json<PhoneLeaves['leaves']>(row, 'leaves'),
  };
}

/** Whose phones a parcel can be made for, as `phoneLeaves` means them; the one that was read last first. */
export function knownPhones(db: Database, server: string): KnownPhone[] {
  const rows = db.all(
    `SELECT l.user, l.device, r.read_at FROM phone_leaves l
     JOIN phone_reads r ON r.server = l.server AND r.user = l.user AND r.device = l.device
       AND r.database_id = l.database_id
     WHERE l.server = ? ORDER BY r.read_at DESC, l.device, l.database_id`,
    server,
  );
  const phones = new Map<string, KnownPhone>();
  for (const row of rows) {
    const user = text(row, 'user');
    if (!phones.has(user))
      phones.set(user, { user, device: text(row, 'device'), readAt: text(row, 'read_at') });
  }
  return [...phones.values()];
}

function phoneOf(row: Row): PhoneOf {
  return {
    server: text(row, 'server'),
    user: text(row, 'user'),
    device: text(row, 'device'),
    databaseId: text(row, 'database_id'),
  };
}

/** The new parcel of a phone. Answers the file of the one that it replaces, where there was another. */
export function recordParcel(db: Database, parcel: Omit<ParcelRow, 'appliedAt'>): string | null {
  const before = parcels(db, parcel.server).find(
    ({ user, device, databaseId }) =>
      user === parcel.user && device === parcel.device && databaseId === parcel.databaseId,
  );
  db.run(
    `INSERT OR REPLACE INTO parcels (server, user, device, database_id, sha256, bytes, documents, deletes, skipped, version,
       sequence, made_at, made_by, applied_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)`,
    parcel.server,
    parcel.user,
    parcel.device,
    parcel.databaseId,
    parcel.sha256,
    parcel.bytes,
    parcel.documents,
    parcel.deletes,
    parcel.skipped,
    parcel.version,
    parcel.sequence,
    parcel.madeAt,
    parcel.madeBy,
  );
  return before === undefined || before.sha256 === parcel.sha256 ? null : before.sha256;
}

/** All parcels for phones of a server, the newest first. */
export function parcels(db: Database, server: string): ParcelRow[] {
  return db
    .all('SELECT * FROM parcels WHERE server = ? ORDER BY made_at DESC, user, device, database_id', server)
    .map((row) => ({
      ...phoneOf(row),
      sha256: text(row, 'sha256'),
      bytes: number(row, 'bytes'),
      documents: number(row, 'documents'),
      deletes: number(row, 'deletes'),
      skipped: number(row, 'skipped'),
      version: textOrNull(row, 'version'),
      sequence: number(row, 'sequence'),
      madeAt: text(row, 'made_at'),
      madeBy: text(row, 'made_by'),
      appliedAt: textOrNull(row, 'applied_at'),
    }));
}

/** The files of all parcels, whatever server they are of. */
export function knownParcels(db: Database): string[] {
  return db.all('SELECT sha256 FROM parcels ORDER BY sha256').map((row) => text(row, 'sha256'));
}

/**
 * It was gone through to its end at `at`.
 * @param isWhole the phone has all of it that it may have: from now on it is as the server was when the parcel was made
 */
export function recordParcelApplied(db: Database, sha256: string, at: string, isWhole: boolean): void {
  db.run('UPDATE parcels SET applied_at = ? WHERE sha256 = ?', at, sha256);
  if (!isWhole) return;
  db.run(
    `UPDATE phone_reads SET parcel_at = p.made_at FROM parcels p
     WHERE p.sha256 = ? AND phone_reads.server = p.server AND phone_reads.user = p.user
       AND phone_reads.device = p.device AND phone_reads.database_id = p.database_id`,
    sha256,
  );
}

/** Whether something of this person reached the server after `at`: then what was fetched before is not the latest. */
export function deliveredSince(db: Database, user: string, at: string): boolean {
  const row = db.get(
    `SELECT 1 FROM changes c LEFT JOIN batches b ON b.batch = c.batch
     WHERE c.state = 'accepted' AND c.accepted_at > ? AND (b.user = ? OR c.author_user = ?) LIMIT 1`,
    at,
    user,
    user,
  );
  return row !== undefined;
}

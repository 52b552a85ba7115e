/** Uploads in the ledger: what each session did with each change, and what is proven. */
import type { RefusedRecord, UploadResult } from '../../shared/upload.ts';
import { type Change, changeOf, oddness } from './changes.ts';
import { type Database, type Row, number, text, textOrNull } from './database.ts';

export interface NewUpload {
  readonly upload: string;
  readonly user: string;
  readonly server: string;
  readonly startedAt: string;
}

export function addUpload(db: Database, upload: NewUpload): void {
  db.run(
    `INSERT INTO uploads (upload, user, server, started_at, outcome) VALUES (?, ?, ?, ?, 'running')`,
    upload.upload,
    upload.user,
    upload.server,
    upload.startedAt,
  );
}

export function endUpload(
  db: Database,
  upload: string,
  end: {
    readonly outcome: UploadResult['outcome'];
    readonly error: string | null;
    readonly at: string;
    readonly seconds: number;
  },
): void {
  db.run(
    'UPDATE uploads SET outcome = ?, error = ?, ended_at = ?, seconds = ? WHERE upload = ?',
    end.outcome,
    end.error,
    end.at,
    end.seconds,
    upload,
  );
}

/** At the start of the station: an upload that was running when the machine went off has been stopped. */
export function endInterruptedUploads(db: Database, at: string): number {
  return db.run(`UPDATE uploads SET outcome = 'stopped', ended_at = ? WHERE outcome = 'running'`, at);
}

/** What is approved and not proven yet: of these batches, or of all. */
export function changesToSend(db: Database, batches: readonly string[] | undefined): Change[] {
  const rows =
    batches === undefined
      ? db.all(`SELECT * FROM changes WHERE state IN ('approved', 'sent') ORDER BY seq`)
      : batches.flatMap((batch) =>
          db.all(
            `SELECT * FROM changes WHERE state IN ('approved', 'sent') AND batch = ? ORDER BY seq`,
            batch,
          ),
        );
  return rows.map(changeOf);
}

type DeliveryState = 'sent' | 'accepted' | 'already' | 'refused' | 'failed' | 'lapsed';

function note(
  db: Database,
  upload: string,
  change: { id: string; rev: string },
  state: DeliveryState,
  reason: string | null,
  at: string,
): void {
  db.run(
    `INSERT INTO deliveries (upload, id, rev, state, reason, at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (upload, id, rev) DO UPDATE SET state = excluded.state, reason = excluded.reason, at = excluded.at`,
    upload,
    change.id,
    change.rev,
    state,
    reason,
    at,
  );
}

interface Key {
  readonly id: string;
  readonly rev: string;
}

/** Before the request leaves: from here on the server may hold it, whether an answer comes or not. */
export function noteSent(
  db: Database,
  upload: string,
  changes: readonly Key[],
  bytes: number,
  at: string,
): void {
  db.transaction(() => {
    for (const change of changes) {
      db.run(
        `UPDATE changes SET state = 'sent' WHERE id = ? AND rev = ? AND state = 'approved'`,
        change.id,
        change.rev,
      );
      note(db, upload, change, 'sent', null, at);
    }
    db.run(
      'UPDATE uploads SET sent = sent + ?, bytes = bytes + ? WHERE upload = ?',
      changes.length,
      bytes,
      upload,
    );
  });
}

/** Proven: the server does not report the revision missing. `already`: it had it before anything was sent. */
export function noteAccepted(
  db: Database,
  upload: string,
  changes: readonly Key[],
  already: boolean,
  at: string,
): void {
  db.transaction(() => {
    for (const change of changes) {
      const before = db.get(
        'SELECT state FROM deliveries WHERE id = ? AND rev = ? AND state IN (?, ?) LIMIT 1',
        change.id,
        change.rev,
        'sent',
        'failed',
      );
      // Found at the server although an earlier session, cut off before the proof, had sent it: then it is
      // this station's delivery that is proven now, not something the server had by itself.
      const had = already && before === undefined;
      db.run(
        `UPDATE changes SET state = 'accepted', accepted_at = ?, server_had_it = ?, refused = NULL,
           class = CASE WHEN class = 'refused' THEN coalesce(nullif(approved_class, 'refused'), 'new') ELSE class END,
           reason = CASE WHEN class = 'refused' THEN NULL ELSE reason END
         WHERE id = ? AND rev = ?`,
        at,
        had ? 1 : 0,
        change.id,
        change.rev,
      );
      note(db, upload, change, already ? 'already' : 'accepted', null, at);
    }
  });
}

/** The server has the same content under another revision: nothing to send, nothing lost. */
export function noteSameContent(db: Database, upload: string, change: Key, at: string): void {
  db.transaction(() => {
    db.run(
      `UPDATE changes SET state = 'closed', server_had_it = 1, accepted_at = ? WHERE id = ? AND rev = ?`,
      at,
      change.id,
      change.rev,
    );
    note(db, upload, change, 'already', 'same-content', at);
  });
}

/** The server will not take it from this user: kept, shown with the reason, decided on again. */
export function noteRefused(db: Database, upload: string, change: Key, reason: string, at: string): void {
  db.transaction(() => {
    db.run(
      `UPDATE changes SET state = 'open', class = 'refused', odd = ?, reason = ?, refused = ?, approved_class = NULL
       WHERE id = ? AND rev = ?`,
      oddness('refused'),
      reason,
      reason,
      change.id,
      change.rev,
    );
    note(db, upload, change, 'refused', reason, at);
  });
}

/** No proof. It stays in the outbox and goes again, under the same revision. */
export function noteFailed(
  db: Database,
  upload: string,
  changes: readonly Key[],
  reason: string,
  at: string,
): void {
  db.transaction(() => {
    for (const change of changes) note(db, upload, change, 'failed', reason, at);
  });
}

/**
 * The server's side moved after the approval: back to the review. A settled conflict lapses as a whole:
 * what the decision made is set aside, what it closed is open again.
 */
export function noteLapsed(db: Database, upload: string, change: Key, reason: string, at: string): void {
  db.transaction(() => {
    const resolution =
      db.get('SELECT resolution FROM changes WHERE id = ? AND rev = ?', change.id, change.rev)?.[
        'resolution'
      ] ?? null;
    if (resolution === null) {
      db.run(
        `UPDATE changes SET state = 'open', approved_class = NULL WHERE id = ? AND rev = ? AND state IN ('approved', 'sent')`,
        change.id,
        change.rev,
      );
    } else {
      db.run(
        `UPDATE changes SET state = 'superseded' WHERE resolution = ? AND origin IN ('closing', 'merge') AND state != 'accepted'`,
        resolution,
      );
      db.run(
        `UPDATE changes SET state = 'open', approved_class = NULL, resolution = NULL, keeps = NULL, seen = NULL
         WHERE resolution = ? AND origin NOT IN ('closing', 'merge') AND state IN ('approved', 'sent', 'closed')`,
        resolution,
      );
    }
    note(db, upload, change, 'lapsed', reason, at);
  });
}

/** At most this many records are listed one by one in each group of a result; the counts are always whole. */
const LISTED = 1000;

function recordsOf(db: Database, upload: string, state: DeliveryState): RefusedRecord[] {
  return db
    .all(
      `SELECT d.id, d.rev, d.reason, c.label FROM deliveries d LEFT JOIN changes c ON c.id = d.id AND c.rev = d.rev
       WHERE d.upload = ? AND d.state = ? ORDER BY d.id LIMIT ${LISTED}`,
      upload,
      state,
    )
    .map((row) => ({
      id: text(row, 'id'),
      rev: text(row, 'rev'),
      label: textOrNull(row, 'label') ?? '',
      reason: textOrNull(row, 'reason') ?? '',
    }));
}

function resultOf(db: Database, row: Row): UploadResult {
  const upload = text(row, 'upload');
  const count = (state: DeliveryState): number =>
    number(db.get('SELECT count(*) AS n FROM deliveries WHERE upload = ? AND state = ?', upload, state), 'n');
  return {
    upload,
    user: text(row, 'user'),
    startedAt: text(row, 'started_at'),
    endedAt: textOrNull(row, 'ended_at'),
    outcome: text(row, 'outcome') as UploadResult['outcome'],
    error: textOrNull(row, 'error'),
    sent: number(row, 'sent'),
    accepted: count('accepted'),
    already: count('already'),
    refused: recordsOf(db, upload, 'refused'),
    failed: [...recordsOf(db, upload, 'failed'), ...recordsOf(db, upload, 'sent')],
    lapsed: recordsOf(db, upload, 'lapsed'),
    bytes: number(row, 'bytes'),
    seconds: number(row, 'seconds'),
  };
}

export function uploadResult(db: Database, upload: string): UploadResult {
  const row = db.get('SELECT * FROM uploads WHERE upload = ?', upload);
  if (row === undefined) throw new Error('no such upload');
  return resultOf(db, row);
}

export function listUploads(
  db: Database,
  query: { readonly offset: number; readonly limit: number },
): { rows: UploadResult[]; total: number } {
  const rows = db.all(
    'SELECT * FROM uploads ORDER BY started_at DESC, upload LIMIT ? OFFSET ?',
    query.limit,
    query.offset,
  );
  return {
    rows: rows.map((row) => resultOf(db, row)),
    total: number(db.get('SELECT count(*) AS n FROM uploads'), 'n'),
  };
}

export function lastUploadAt(db: Database): string | null {
  const row = db.get(`SELECT max(ended_at) AS at FROM uploads WHERE outcome IN ('done', 'partly')`);
  return row === undefined ? null : textOrNull(row, 'at');
}

/** Uploads in the ledger: each session, what it takes along and what came of it. */
import { DELIVERING_OUTCOMES, LIVE_STATES, MADE_ORIGINS, OUTBOX_STATES } from '../../shared/states.ts';
import type { WaitReason } from '../../shared/refusals.ts';
import type { OthersWork, RefusedRecord, UploadResult, UploadWay } from '../../shared/upload.ts';
import { sizeIn } from './change-lists.ts';
import { signInWay } from './sign-in-ways.ts';
import { type Database, type Row, number, text, textOrNull } from './database.ts';
import { TO_SEND, oneOf } from './states.ts';
import { type Change, WHOLE } from './change-columns.ts';

export interface NewUpload {
  readonly upload: string;
  /** Who signed in. */
  readonly user: string;
  /** It is a station account, not the author of the records. */
  readonly account?: boolean;
  /** `phone`: the phone's own app sends, through this station. */
  readonly way?: UploadWay;
  readonly server: string;
  readonly startedAt: string;
}

export function addUpload(db: Database, upload: NewUpload): void {
  db.beforeEntry();
  db.run(
    `INSERT INTO uploads (upload, user, account, way, server, started_at, outcome) VALUES (?, ?, ?, ?, ?, ?, 'running')`,
    upload.upload,
    upload.user,
    upload.account === true ? 1 : 0,
    upload.way ?? 'station',
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

/** What one session sends of all that is approved and not proven yet. */
export interface ToSend {
  readonly going: readonly Change[];
  /** Approved, of the same batches, and it may not go in this session. */
  readonly waiting: readonly { readonly change: Change; readonly reason: WaitReason }[];
  /** Approved, and it waits for other people's own sign-in. */
  readonly others: readonly OthersWork[];
}

/**
 * What goes with this sign-in: a health worker sends what is that person's own and nothing else; a station account
 * (`author: null`) sends for everybody, but nothing of which nobody knows whose it is, and no account settings.
 * `batches`: only of these.
 */
export function changesToSend(
  db: Database,
  { batches, author }: { readonly batches?: readonly string[] | undefined; readonly author: string | null },
): ToSend {
  const named = batches === undefined ? null : new Set(batches);
  const going: Change[] = [];
  const waiting: { change: Change; reason: WaitReason }[] = [];
  const others = new Map<string | null, Set<string>>();
  const rows = db.all(
    `SELECT ${WHOLE.select}, b.user AS batch_user FROM changes c LEFT JOIN batches b USING (batch)
     WHERE ${TO_SEND} ORDER BY c.seq`,
  );
  for (const row of rows) {
    if (named?.has(textOrNull(row, 'batch') ?? '') === false) continue;
    const change = WHOLE.of(row);
    const owner = textOrNull(row, 'batch_user');
    if (author === null) {
      const reason = whyNotByAccount(change, owner);
      if (reason === null) going.push(change);
      else waiting.push({ change, reason });
    } else if (owner === author) {
      going.push(change);
    } else {
      const records = others.get(owner) ?? new Set();
      others.set(owner, records.add(change.id));
    }
  }
  return {
    going,
    waiting,
    others: [...others].map(([user, records]) => withWay(db, { user, records: records.size })),
  };
}

function whyNotByAccount(change: Change, owner: string | null): WaitReason | null {
  if (owner === null) return 'owner-unknown';
  return change.kind === 'user-settings' ? 'own-login-only' : null;
}

/**
 * Records that somebody approved and that the server will not take: those that stay here, and those that go because
 * they were approved all the same.
 */
export function refusedAfterApproval(
  db: Database,
  { batches, author }: { readonly batches?: readonly string[] | undefined; readonly author: string | null },
): { readonly refused: ReadonlySet<string>; readonly overruled: ReadonlySet<string> } {
  const named = batches === undefined ? null : new Set(batches);
  const rows = db.all(
    `SELECT c.id, c.batch, c.refusal_approved FROM changes c JOIN batches b USING (batch)
     WHERE b.user IS NOT NULL AND (?1 IS NULL OR b.user = ?1) AND c.state IN ${oneOf(OUTBOX_STATES)} AND c.refused IS NOT NULL
     ORDER BY c.seq`,
    author,
  );
  const refused = new Set<string>();
  const overruled = new Set<string>();
  for (const row of rows) {
    if (named?.has(text(row, 'batch')) === false) continue;
    (row['refusal_approved'] === 1 ? overruled : refused).add(text(row, 'id'));
  }
  return { refused, overruled: new Set([...overruled].filter((id) => !refused.has(id))) };
}

/** Whose approved records wait to be sent, and how many of them; `user: null`: nobody has said whose. */
export function workToSend(db: Database): OthersWork[] {
  return db
    .all(
      `SELECT b.user, count(DISTINCT c.id) AS n FROM changes c JOIN batches b USING (batch)
       WHERE ${TO_SEND} GROUP BY b.user ORDER BY b.user`,
    )
    .map((row) => withWay(db, { user: textOrNull(row, 'user'), records: number(row, 'n') }));
}

function withWay(db: Database, work: OthersWork): OthersWork {
  const signsIn = work.user === null ? null : signInWay(db, work.user);
  return signsIn === null ? work : { ...work, signsIn };
}

/** Everybody of whom something may still be sent. */
export function peopleWithWork(db: Database): string[] {
  return db
    .all(
      `SELECT DISTINCT b.user FROM batches b JOIN changes c USING (batch)
       WHERE b.user IS NOT NULL AND c.state IN ${oneOf(LIVE_STATES)} ORDER BY b.user`,
    )
    .map((row) => text(row, 'user'));
}

/** Whose work a batch holds. */
export function batchUser(db: Database, batch: string | null): string | null {
  if (batch === null) return null;
  const row = db.get('SELECT user FROM batches WHERE batch = ?', batch);
  return row === undefined ? null : textOrNull(row, 'user');
}

/** At most this many records are listed one by one in each group of a result; the counts are always whole. */
const LISTED = 1000;

/** In which one place of a result a delivery stands: the first that applies to any revision of its record. */
const PLACE = `CASE d.state WHEN 'refused' THEN 1 WHEN 'failed' THEN 2 WHEN 'sent' THEN 2 WHEN 'gone' THEN 2
  WHEN 'lapsed' THEN 3 WHEN 'waits' THEN 4 WHEN 'accepted' THEN 5 ELSE 6 END`;

const [REFUSED_PLACE, FAILED, LAPSED, WAITS, ACCEPTED, ALREADY] = [1, 2, 3, 4, 5, 6] as const;

/** One entry for each record of this place: of its revisions the one that somebody brought, if it stands there too. */
function recordsOf(db: Database, upload: string, place: number): RefusedRecord[] {
  return db
    .all(
      `SELECT id, rev, reason, label, size FROM (
         SELECT c.id, c.rev, d.reason, c.label, c.size, ${PLACE} AS place,
           row_number() OVER (PARTITION BY c.id ORDER BY ${PLACE}, c.origin IN ${oneOf(MADE_ORIGINS)}, c.seq DESC) AS first
         FROM deliveries d JOIN changes c ON c.seq = d.change WHERE d.upload = ?)
       WHERE first = 1 AND place = ? ORDER BY id LIMIT ${LISTED}`,
      upload,
      place,
    )
    .map((row) => ({
      id: text(row, 'id'),
      rev: text(row, 'rev'),
      label: text(row, 'label'),
      reason: textOrNull(row, 'reason') ?? '',
      ...sizeIn(row),
    }));
}

function resultOf(db: Database, row: Row): UploadResult {
  const upload = text(row, 'upload');
  // A record is one, however many revisions of it went.
  const places = db.all(
    `SELECT place, count(*) AS n, sum(was_sent) AS sent FROM (
       SELECT min(${PLACE}) AS place, max(d.was_sent) AS was_sent FROM deliveries d JOIN changes c ON c.seq = d.change
       WHERE d.upload = ? GROUP BY c.id) GROUP BY place`,
    upload,
  );
  const count = (place: number): number =>
    number(
      places.find((one) => one['place'] === place),
      'n',
    );
  const listed = (place: number): RefusedRecord[] => (count(place) === 0 ? [] : recordsOf(db, upload, place));
  return {
    upload,
    user: text(row, 'user'),
    account: row['account'] === 1,
    way: text(row, 'way') as UploadWay,
    startedAt: text(row, 'started_at'),
    endedAt: textOrNull(row, 'ended_at'),
    outcome: text(row, 'outcome') as UploadResult['outcome'],
    error: textOrNull(row, 'error'),
    sent: places.reduce((sum, one) => sum + number(one, 'sent'), 0),
    accepted: count(ACCEPTED),
    already: count(ALREADY),
    totals: {
      refused: count(REFUSED_PLACE),
      failed: count(FAILED),
      lapsed: count(LAPSED),
      waiting: count(WAITS),
    },
    refused: listed(REFUSED_PLACE),
    failed: listed(FAILED),
    lapsed: listed(LAPSED),
    waiting: listed(WAITS),
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
  const row = db.get(
    `SELECT max(ended_at) AS at FROM uploads WHERE outcome IN ${oneOf(DELIVERING_OUTCOMES)}`,
  );
  return row === undefined ? null : textOrNull(row, 'at');
}

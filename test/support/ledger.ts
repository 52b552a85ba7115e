/** Ledgers for tests: an empty one in a folder of its own, and rows as the stages write them. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { NewChange } from '../../shared/intake.ts';
import type { BatchFlag, ChangeClass, ChangeState } from '../../shared/review.ts';
import type { RecordRule, Unusual } from '../../shared/unusual.ts';
import { addBatch, assignRest } from '../../electron/ledger/batches.ts';
import { addBroken, addChange } from '../../electron/ledger/changes.ts';
import { setClass } from '../../electron/ledger/classes.ts';
import { Database } from '../../electron/ledger/database.ts';
import { recordCopied, recordTaken } from '../../electron/ledger/dumps.ts';
import { temporaryFolder } from './folder.ts';
import { rev } from './revisions.ts';

export interface TestLedger {
  readonly db: Database;
  readonly file: string;
  /** Closes the ledger and opens it again, as the next start of the station would. */
  reopen(): Database;
  /** The same where the test has closed it already. */
  reopenAfterClose(): Database;
  remove(): void;
}

export function openTestLedger(): TestLedger {
  const folder = temporaryFolder();
  const file = join(folder.path, 'ledger.sqlite');
  let db = Database.open(file);
  return {
    get db() {
      return db;
    },
    file,
    reopen: () => {
      db.close();
      db = Database.open(file);
      return db;
    },
    reopenAfterClose: () => (db = Database.open(file)),
    remove: () => {
      db.close();
      folder.remove();
    },
  };
}

export const BY = { person: 'clerk', at: '2026-03-01T10:00:00.000Z' } as const;

/** A sha256 from a readable name. */
export function sha256(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

/** A report of the first generation, unless said otherwise. */
export function newChange(id: string, more: Partial<NewChange> = {}): NewChange {
  const own = more.rev ?? rev(1, id);
  return {
    id,
    rev: own,
    ordinal: 1,
    origin: 'dump',
    history: [own],
    madeHere: false,
    deleted: false,
    neverSent: null,
    kind: 'report',
    label: id,
    form: null,
    reportedAt: null,
    authorUser: null,
    authorContact: null,
    needs: [],
    content: sha256(`${id} ${own}`),
    bytes: 100,
    attachments: 0,
    ...more,
  };
}

/** A change as a batch holds it after a while: its facts, and where it stands. */
export interface Standing {
  readonly change: NewChange;
  readonly class?: ChangeClass;
  readonly state?: ChangeState;
  readonly reason?: string;
  /** The server will not take it. */
  readonly refused?: string;
  readonly unusual?: readonly Unusual<RecordRule>[];
  /** With `accepted`: the server had it before anything was sent. */
  readonly serverHadIt?: boolean;
  /** With `state`: part of a settled conflict. */
  readonly resolution?: string;
}

export interface BatchToAdd {
  readonly name: string;
  readonly user?: string | null;
  readonly device?: string | null;
  readonly takenAt?: string;
  readonly flags?: readonly BatchFlag[];
  readonly changes?: readonly Standing[];
  readonly broken?: number;
  readonly skipped?: number;
  readonly known?: number;
}

/** A dump with one batch, as after its intake. Answers the batch. */
export function addTakenBatch(db: Database, add: BatchToAdd): string {
  const dump = sha256(add.name);
  const batch = dump.slice(0, 12);
  const takenAt = add.takenAt ?? '2026-03-01T09:00:00.000Z';
  const { user = 'chw1', device = 'device-1', changes = [], broken = 0, skipped = 0, known = 0 } = add;
  db.transaction(() => {
    recordCopied(db, {
      dump,
      name: `${add.name}.json`,
      bytes: 1000,
      source: 'file',
      typedUser: null,
      typedDevice: null,
      copiedAt: takenAt,
    });
    for (const { change } of changes) addChange(db, dump, null, change, BY);
    for (let at = 0; at < broken; at += 1)
      addBroken(db, dump, { ordinal: 10_000 + at, id: `broken-${at}`, code: 'not-json' });
    addBatch(db, { batch, dump, user, contact: null, device, takenAt, flags: add.flags ?? [] });
    assignRest(db, { dump, from: 0, to: Infinity }, batch);
    recordTaken(db, {
      dump,
      format: 'station',
      claims: {},
      user,
      device,
      people: [],
      flags: add.flags ?? [],
      documents: {
        read: changes.length + broken + skipped + known,
        new: changes.length,
        known,
        skipped,
        broken,
      },
      attachments: { read: 0, bytes: 0 },
      problems: broken,
      takenAt,
      seconds: 1,
    });
    for (const standing of changes) stand(db, standing);
  });
  return batch;
}

function stand(db: Database, { change, state = 'open', ...more }: Standing): void {
  const { id, rev: own } = change;
  if (more.class !== undefined)
    setClass(
      db,
      { id, rev: own },
      { class: more.class, reason: more.reason ?? null, unusual: more.unusual ?? [] },
    );
  if (more.refused !== undefined)
    db.run('UPDATE changes SET refused = ? WHERE id = ? AND rev = ?', more.refused, id, own);
  db.run(
    `UPDATE changes SET state = ?, server_had_it = ?, resolution = ?,
       approved_class = CASE WHEN ? IN ('approved', 'sent', 'accepted') THEN class END,
       held_reason = CASE WHEN ? = 'held' THEN 'look again' END
     WHERE id = ? AND rev = ?`,
    state,
    more.serverHadIt === true ? 1 : 0,
    more.resolution ?? null,
    state,
    state,
    id,
    own,
  );
}

/** Where a change stands. */
export function standingOf(
  db: Database,
  id: string,
  own = rev(1, id),
):
  | { class: unknown; state: unknown; approved: unknown; held: unknown; by: unknown; refused?: unknown }
  | undefined {
  const row = db.get('SELECT * FROM changes WHERE id = ? AND rev = ?', id, own);
  if (row === undefined) return undefined;
  return {
    class: row['class'],
    state: row['state'],
    approved: row['approved_class'],
    held: row['held_reason'],
    by: row['decided_by'],
    ...(row['refused'] === null ? {} : { refused: row['refused'] }),
  };
}

/**
 * Opens the ledger: one SQLite file in WAL mode with `synchronous=FULL`, so that what a transaction wrote
 * is on the disk when it returns. Only this process may have it open (an exclusive lock file says so to a
 * second station before any harm is done).
 */
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { backup, DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { StationError, type ErrorCode } from '../../shared/errors.ts';
import { indexedText } from '../../shared/finding.ts';
import { MIGRATIONS } from './migrations.ts';

export type Row = Record<string, SQLInputValue>;

/** A thin layer over node:sqlite: statements are prepared once, transactions nest into one. */
export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;
  #beforeEntry: (() => void) | null = null;

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /**
   * `migrations`: the steps of this program; a test gives others.
   * @throws StationError `data-too-new` when a newer station wrote the file, `data-in-use` when it is locked,
   *   `data-not-writable`
   */
  static open(file: string, migrations: readonly string[] = MIGRATIONS): Database {
    const db = asked(() => new DatabaseSync(file, { timeout: 2000 }));
    try {
      db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
      addFunctions(db);
      // With it the triggers that guard the evidence see what INSERT OR REPLACE removes, too.
      db.exec('PRAGMA recursive_triggers = ON;');
      db.exec('PRAGMA foreign_keys = ON; PRAGMA cache_size = -32000; PRAGMA temp_store = MEMORY;');
      // A larger log before it is folded in: an intake touches the same index pages again and again.
      db.exec('PRAGMA wal_autocheckpoint = 8000;');
      const database = new Database(db);
      database.#migrate(migrations);
      return database;
    } catch (error) {
      db.close();
      throw asFailure(error);
    }
  }

  /**
   * Opens the ledger of a disk that is full or cannot be written: what its log holds is read with it, and nothing is
   * written, not even beside it. SQLite's ordinary way takes a lock for writing, and makes a log where there is none;
   * the way without locks (https://www.sqlite.org/vfs.html#standard_unix_vfses) does not, and a file that is called
   * immutable has no log. Nobody may write to the file meanwhile.
   * @throws StationError `ledger-damaged`, `data-too-new`, `data-not-writable` (of an older station: it would be changed)
   */
  static openReading(file: string, migrations: readonly string[] = MIGRATIONS): Database {
    const url = pathToFileURL(file);
    const hasLog = existsSync(`${file}-wal`) && statSync(`${file}-wal`).size > 0;
    const noLocks = process.platform === 'win32' ? 'win32-none' : 'unix-none';
    url.search = hasLog ? `mode=ro&vfs=${noLocks}` : 'immutable=1';
    const db = asked(() => new DatabaseSync(url, { readOnly: true }));
    try {
      db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -32000; PRAGMA temp_store = MEMORY;');
      addFunctions(db);
      const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
      if (version > migrations.length) throw new StationError('data-too-new');
      if (version < migrations.length) throw new StationError('data-not-writable');
      return new Database(db);
    } catch (error) {
      db.close();
      throw asFailure(error);
    }
  }

  /**
   * Whether every page can be read and is linked as it must be. Indexes are not compared with their tables.
   * @throws StationError `disk-full`, `data-not-writable`: these say nothing of the pages
   */
  isSound(): boolean {
    try {
      const [first] = this.#db.prepare('PRAGMA quick_check(1)').all();
      return first?.['quick_check'] === 'ok';
    } catch (error) {
      if (isAboutWriting(asFailure(error))) throw asFailure(error);
      return false;
    }
  }

  /** Copies the whole ledger into a file, while it is in use. @throws StationError `disk-full`, `ledger-damaged` */
  async backUp(file: string): Promise<void> {
    try {
      await backup(this.#db, file, { rate: 1000 });
    } catch (error) {
      throw asFailure(error);
    }
  }

  #migrate(migrations: readonly string[]): void {
    const row = this.#db.prepare('PRAGMA user_version').get();
    const version = Number(row?.['user_version'] ?? 0);
    if (version > migrations.length) throw new StationError('data-too-new');
    for (let step = version; step < migrations.length; step += 1) {
      this.transaction(() => {
        this.#db.exec(migrations[step] ?? '');
        this.#db.exec(`PRAGMA user_version = ${step + 1}`);
      });
    }
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** The first row, or `undefined`. */
  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return asked(() => this.#prepare(sql).get(...values));
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return asked(() => this.#prepare(sql).all(...values));
  }

  /** Rows one by one, for lists too long to hold. Do not write while it runs. */
  *each(sql: string, ...values: SQLInputValue[]): Generator<Row> {
    try {
      // A statement of its own: a cached one could be started again while this one is still read.
      for (const row of this.#db.prepare(sql).iterate(...values)) yield row;
    } catch (error) {
      throw asFailure(error);
    }
  }

  /** How many rows were changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(asked(() => this.#prepare(sql).run(...values)).changes);
  }

  /** All of `work` or nothing of it. A transaction inside another belongs to the outer one. */
  transaction<Value>(work: () => Value): Value {
    if (this.#depth > 0) return work();
    this.#db.exec('BEGIN IMMEDIATE');
    this.#depth += 1;
    try {
      const value = work();
      this.#db.exec('COMMIT');
      return value;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw asFailure(error);
    } finally {
      this.#depth -= 1;
    }
  }

  /**
   * A transaction that a power cut may undo, until the next ordinary one is on the disk. A killed process loses
   * nothing of it. For the steps of work that is begun again from its start when it was not ended.
   */
  step<Value>(work: () => Value): Value {
    if (this.#depth > 0) return work();
    this.#db.exec('PRAGMA synchronous = NORMAL');
    try {
      return this.transaction(work);
    } finally {
      this.#db.exec('PRAGMA synchronous = FULL');
    }
  }

  /** `listener` is called once, before the next entry of the history is written. */
  onceBeforeEntry(listener: () => void): void {
    this.#beforeEntry = listener;
  }

  /** Called by whatever writes to the history. */
  beforeEntry(): void {
    const listener = this.#beforeEntry;
    if (listener === null) return;
    listener();
    this.#beforeEntry = null;
  }

  /** Writes what the log holds into the file itself, so that the file alone is all of it. @throws StationError `disk-full` */
  foldLog(): void {
    this.run('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }
}

function asked<Value>(work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    throw asFailure(error);
  }
}

/** What the statements and triggers of the schema call. */
function addFunctions(db: DatabaseSync): void {
  // SQLite itself knows capitals of ASCII only; people are called Élise and Ünal too.
  db.function('lower_case', { deterministic: true }, (value) => String(value).toLowerCase());
  db.function('indexed_text', { deterministic: true, varargs: true }, (...parts) =>
    indexedText(...parts.map((part) => (typeof part === 'string' ? part : null))),
  );
  // The audit trail's trigger chains its entries with it.
  db.function('sha256', { deterministic: true }, (value) =>
    createHash('sha256').update(String(value)).digest('hex'),
  );
}

/** SQLite's result codes (https://www.sqlite.org/rescode.html), and what they mean for the ledger. */
const FAILURES: Readonly<Record<number, ErrorCode>> = {
  3: 'data-not-writable', // PERM
  5: 'data-in-use', // BUSY
  6: 'data-in-use', // LOCKED
  8: 'data-not-writable', // READONLY
  // An input or output error: of writing, of locks and of the memory beside the file. It says nothing of the file itself.
  10: 'data-not-writable',
  11: 'ledger-damaged', // CORRUPT
  13: 'disk-full', // FULL
  14: 'data-not-writable', // CANTOPEN
  26: 'ledger-damaged', // NOTADB
};

/** Input or output errors (code 10) of reading: the disk cannot give back what was written to it. */
const READ_FAILURES: ReadonlySet<number> = new Set([
  266, // IOERR_READ
  522, // IOERR_SHORT_READ
  8202, // IOERR_DATA
  8458, // IOERR_CORRUPTFS
]);

/** An error of SQLite under the station's own name for it; another error as it is. */
export function asFailure(error: unknown): unknown {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : null;
  if (code === null || error instanceof StationError) return error;
  // The lowest byte is the kind, the others say more of it.
  const meant = READ_FAILURES.has(code) ? 'ledger-damaged' : FAILURES[code & 0xff];
  return meant === undefined ? error : new StationError(meant, undefined, error);
}

/** Whether it is about the room or the right to write, which says nothing of what is written there. */
export function isAboutWriting(error: unknown): error is StationError {
  return error instanceof StationError && (error.code === 'disk-full' || error.code === 'data-not-writable');
}

/** Reads a column that the schema declares TEXT NOT NULL. */
export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new TypeError(`${column} is no text`);
  return value;
}

export function textOrNull(row: Row, column: string): string | null {
  const value = row[column];
  return typeof value === 'string' ? value : null;
}

export function number(row: Row | undefined, column: string): number {
  return Number(row?.[column] ?? 0);
}

/** The parsed value of a JSON column, which only this ledger writes. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the shape that the ledger wrote
export function json<Value>(row: Row, column: string): Value {
  return JSON.parse(text(row, column)) as Value;
}

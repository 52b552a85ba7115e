/** Files that were taken, to be known again from outside. */
import type { Database } from './database.ts';

/** How a file looks from outside: enough to know it again without reading it. */
export interface SeenFile {
  readonly name: string;
  readonly bytes: number;
  /** When it was last written, in milliseconds since 1970, as its source says. */
  readonly modifiedMs: number;
}

export function recordSeen(db: Database, file: SeenFile, dump: string): void {
  db.run(
    'INSERT OR REPLACE INTO files_seen (name, bytes, modified_ms, dump) VALUES (?, ?, ?, ?)',
    file.name,
    file.bytes,
    Math.floor(file.modifiedMs),
    dump,
  );
}

/** Whether a file that looks like this was taken, to say so before it is copied again. */
export function isTaken(db: Database, file: SeenFile): boolean {
  const row = db.get(
    `SELECT 1 FROM files_seen f JOIN dumps d USING (dump)
     WHERE f.name = ? AND f.bytes = ? AND f.modified_ms = ? AND d.state = 'taken'`,
    file.name,
    file.bytes,
    Math.floor(file.modifiedMs),
  );
  return row !== undefined;
}

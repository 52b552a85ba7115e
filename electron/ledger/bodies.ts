/** What the replica must hold by the ledger's word, and what of it is gone. */
import { type Database, number, text } from './database.ts';
import { list, type Key } from './keys.ts';

/** A revision whose body the replica must hold. */
export interface HeldBody extends Key {
  readonly seq: number;
  /** Digest of the canonical content. */
  readonly content: string;
}

/** What was given up is not missed. Contents that stand beside another one are kept by the ledger itself. Of a dump that was not read to its end nothing can be said yet: it is read again. */
const HELD = `c.retired_at IS NULL AND c.class != 'broken' AND c.content != '' AND instr(c.rev, '~') = 0
  AND NOT EXISTS (SELECT 1 FROM contents k WHERE k.id = c.id AND k.rev = c.rev AND k.content = c.content)
  AND NOT EXISTS (SELECT 1 FROM dumps d WHERE d.dump = c.dump AND d.state = 'copied')`;

function held(row: Record<string, unknown>): HeldBody {
  const cells = row as Parameters<typeof text>[0];
  return {
    seq: number(cells, 'seq'),
    id: text(cells, 'id'),
    rev: text(cells, 'rev'),
    content: text(cells, 'content'),
  };
}

/** The next ones behind `after`, in the order in which they came. `dump`: only those that it was the first to bring. */
export function heldBodies(db: Database, after: number, limit: number, dump?: string): HeldBody[] {
  const rows =
    dump === undefined
      ? db.all(
          `SELECT c.seq, c.id, c.rev, c.content FROM changes c WHERE c.seq > ? AND ${HELD} ORDER BY c.seq LIMIT ?`,
          after,
          limit,
        )
      : db.all(
          `SELECT c.seq, c.id, c.rev, c.content FROM changes c WHERE c.dump = ? AND c.seq > ? AND ${HELD}
           ORDER BY c.seq LIMIT ?`,
          dump,
          after,
          limit,
        );
  return rows.map(held);
}

export function countHeldBodies(db: Database): number {
  return number(db.get(`SELECT count(*) AS n FROM changes c WHERE ${HELD}`), 'n');
}

/** Says which bodies are gone: these, and no others. */
export function setGoneBodies(db: Database, gone: readonly Key[]): void {
  db.transaction(() => {
    db.run('UPDATE changes SET body_gone = 0 WHERE body_gone = 1');
    addGoneBodies(db, gone);
  });
}

export function addGoneBodies(db: Database, gone: readonly Key[]): void {
  if (gone.length === 0) return;
  list(db, gone);
  db.run(
    `UPDATE changes SET body_gone = 1 FROM temp.listed k WHERE changes.id = k.id AND changes.rev = k.rev`,
  );
}

export function goneBodies(db: Database): HeldBody[] {
  return db.all('SELECT seq, id, rev, content FROM changes WHERE body_gone = 1 ORDER BY seq').map(held);
}

/** How many records have a body that is gone, and the dumps that brought them. */
export function countGoneBodies(db: Database): {
  readonly records: number;
  readonly dumps: readonly { readonly dump: string; readonly name: string; readonly records: number }[];
} {
  const rows = db.all(
    `SELECT c.dump, d.name, count(DISTINCT c.id) AS n FROM changes c JOIN dumps d USING (dump)
     WHERE c.body_gone = 1 GROUP BY c.dump ORDER BY d.copied_at`,
  );
  return {
    records: number(db.get('SELECT count(DISTINCT id) AS n FROM changes WHERE body_gone = 1'), 'n'),
    dumps: rows.map((row) => ({
      dump: text(row, 'dump'),
      name: text(row, 'name'),
      records: number(row, 'n'),
    })),
  };
}

/** A safe copy of which the ledger knows. */
export interface KeptDump {
  readonly dump: string;
  readonly name: string;
  /** To its end, or as far as that goes; of a zip never, because what lies in it has copies of its own. */
  readonly read: boolean;
  /** It was given up: the server has all that it brought. */
  readonly isGone: boolean;
}

/** In the order in which they came. */
export function keptDumps(db: Database): KeptDump[] {
  return db
    .all('SELECT dump, name, state, format, copy_gone_at FROM dumps ORDER BY copied_at, dump')
    .map((row) => ({
      dump: text(row, 'dump'),
      name: text(row, 'name'),
      read: text(row, 'state') !== 'copied' && row['format'] !== 'zip' && row['copy_gone_at'] === null,
      isGone: row['copy_gone_at'] !== null,
    }));
}

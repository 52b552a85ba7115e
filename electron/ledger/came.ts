/**
 * What a dump brought, by batch and as people count it (`shared/came.ts`). It is counted when the dump was read to its end, from the
 * rows that it was the first to bring: what the station held before is not so any more later.
 */
import { NOTHING_CAME, sumOf, type Came, type CameCounts } from '../../shared/came.ts';
import type { DocumentKind } from '../../shared/document-kinds.ts';
import { contactNamed } from './contact-names.ts';
import type { RecordRange } from './batches.ts';
import { type Database, type Row, json, number, text, textOrNull } from './database.ts';
import { list } from './keys.ts';
import { isAsideIn, revisionIn } from './states.ts';

/** The counts of each batch while they are being counted. */
export type CameByBatch = Map<string, CameCounts>;

/** What people write. A deletion may have lost the type of its record, and is then `other`. */
const WRITTEN: readonly DocumentKind[] = ['report', 'contact', 'message', 'other'];
const BROUGHT = `c.origin = 'dump' AND c.class != 'broken'`;

/** Records that have no other row than this dump's: new here, or deleted before they ever came. */
export function countSingle(db: Database, { dump, from, to }: RecordRange, came: CameByBatch): void {
  const rows = db.all(
    `SELECT c.batch, c.kind, c.deleted, count(*) AS n FROM changes c
     WHERE c.dump = ? AND c.ordinal >= ? AND c.ordinal < ? AND c.several = 0 AND ${BROUGHT} AND c.batch IS NOT NULL
     GROUP BY 1, 2, 3`,
    dump,
    from,
    to,
  );
  for (const row of rows) {
    const what = whatOf(text(row, 'kind') as DocumentKind, row['deleted'] === 1, false);
    addTo(came, text(row, 'batch'), what, number(row, 'n'));
  }
}

/** The records of a dump that have, or had, other rows. */
export function documentsWithSeveral(db: Database, dump: string): string[] {
  return db
    .all(`SELECT DISTINCT c.id FROM changes c WHERE c.dump = ? AND c.several = 1 AND ${BROUGHT}`, dump)
    .map((row) => text(row, 'id'));
}

/** Those records, some at a time. */
export function countSeveral(db: Database, dump: string, ids: readonly string[], came: CameByBatch): void {
  list(
    db,
    ids.map((id) => ({ id, rev: '' })),
  );
  const rows = db.all(
    `SELECT c.id, ${revisionIn('c')} AS rev, c.batch, c.kind, c.deleted, c.content, c.history, c.dump IS ?1 AND c.origin = 'dump' AS own
     FROM temp.listed k JOIN changes c ON c.id = k.id
     WHERE c.class != 'broken' AND (c.dump IS ?1 OR NOT (${isAsideIn('c')})) ORDER BY k.n, c.ordinal, c.seq`,
    dump,
  );
  for (const document of Map.groupBy(rows, (row) => text(row, 'id')).values()) countOne(document, came);
}

/** Of several rows that came of one record one stands for it; the others are versions. */
function countOne(rows: readonly Row[], came: CameByBatch): void {
  const own = rows.filter((row) => row['own'] === 1);
  const before = rows.filter((row) => row['own'] !== 1);
  const tips = tipsOf(before);
  const contents = new Set(tips.map((row) => text(row, 'content')));
  const isNew = (row: Row): boolean => row['deleted'] !== 1 && !contents.has(text(row, 'content'));
  const isDeleted = own.every((row) => row['deleted'] === 1);
  const stands = own.find((row) => isDeleted || isNew(row)) ?? own[0];
  if (stands === undefined) return;
  const isNews = isDeleted ? before.length === 0 || endsIt(own, tips) : isNew(stands);
  const what = whatOf(text(stands, 'kind') as DocumentKind, isDeleted, before.length > 0);
  for (const row of own) {
    const batch = textOrNull(row, 'batch');
    const counts = row === stands && (isNews || what === 'others');
    if (batch !== null) addTo(came, batch, counts ? what : 'versions', 1);
  }
}

/** The rows of which no other is a later version. */
function tipsOf(rows: readonly Row[]): readonly Row[] {
  const replaced = new Set(rows.flatMap((row) => historyOf(row).slice(1)));
  return rows.filter((row) => !replaced.has(text(row, 'rev')));
}

/** Whether the record was not deleted before, and no branch of it stays that is not. */
function endsIt(deletions: readonly Row[], tips: readonly Row[]): boolean {
  const living = tips.filter((row) => row['deleted'] !== 1);
  if (living.length === 0) return false;
  const histories = deletions.map(historyOf);
  // Without its history it is the winner of its phone: there was nothing beside it.
  if (histories.some((history) => history.length === 1)) return true;
  const ended = new Set(histories.flat());
  return living.every((row) => ended.has(text(row, 'rev')));
}

const historyOf = (row: Row): readonly string[] => json<string[]>(row, 'history');

function whatOf(kind: DocumentKind, isDeleted: boolean, wasHere: boolean): keyof CameCounts {
  if (!WRITTEN.includes(kind)) return 'others';
  if (isDeleted) return 'deleted';
  if (wasHere) return 'changed';
  return kind === 'report' ? 'reports' : kind === 'contact' ? 'contacts' : 'others';
}

function addTo(came: CameByBatch, batch: string, what: keyof CameCounts, n: number): void {
  const before = came.get(batch) ?? NOTHING_CAME;
  came.set(batch, { ...before, [what]: before[what] + n });
}

/** With the last step of an intake. */
export function recordCame(db: Database, dump: string, came: CameByBatch): void {
  const all = [...came].map(([batch, counts]) => ({ batch, ...counts }));
  db.run('UPDATE dumps SET came = ? WHERE dump = ?', JSON.stringify(all), dump);
}

/**
 * What a dump brought. `null`: it was not counted, or what it brought goes by another dump by now, so that the numbers
 * would not add up to `fresh`. `again`: it came once more, and brought nothing.
 */
export function cameOf(db: Database, row: Row, again: boolean): readonly Came[] | null {
  if (row['state'] !== 'taken' || row['aside'] !== null || row['came'] === null) return null;
  const counted = json<({ batch: string } & CameCounts)[]>(row, 'came');
  if (counted.reduce((sum, one) => sum + sumOf(one), 0) !== number(row, 'n_new')) return null;
  const dump = text(row, 'dump');
  const batches = db.all(
    `SELECT b.batch, b.user, coalesce(p.contact, b.contact) AS contact, p.name FROM batches b LEFT JOIN people p USING (user)
     WHERE b.dump = ? ORDER BY b.batch`,
    dump,
  );
  const countsOf = (batch: Row): CameCounts =>
    counted.find((one) => one.batch === batch['batch']) ?? NOTHING_CAME;
  const bringing = batches.filter((batch) => sumOf(countsOf(batch)) > 0);
  return (bringing.length > 0 ? bringing : batches.slice(0, 1)).map((batch): Came => {
    const contact = textOrNull(batch, 'contact');
    const named = contact === null ? undefined : contactNamed(db, contact, dump);
    return {
      batch: text(batch, 'batch'),
      user: textOrNull(batch, 'user'),
      name: named?.name ?? textOrNull(batch, 'name'),
      ...only(again ? NOTHING_CAME : countsOf(batch)),
    };
  });
}

/** Without what the row of a ledger has beside them. */
function only({ reports, contacts, changed, deleted, others, versions }: CameCounts): CameCounts {
  return { reports, contacts, changed, deleted, others, versions };
}

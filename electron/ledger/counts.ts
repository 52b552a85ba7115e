/**
 * What is counted, each number defined once (docs/rules.md §9.2). A record is a document: it counts once, however many
 * leaves, batches or revisions made here it has. Most documents have one row, and the ledger keeps how many of those
 * there are (`batch_counts`); the documents with several rows (`several = 1`) are counted one by one.
 */
import type { VisitRow } from '../../shared/receipt.ts';
import type { BatchRow, ChangeClass, ClassCounts } from '../../shared/review.ts';
import type { RecordCounts } from '../../shared/upload.ts';
import { LIVE_STATES, OUTBOX_STATES, REPLACED_STATES, UNHELD_STATES } from '../../shared/states.ts';
import type { PersonCounts } from '../../shared/health-workers.ts';
import { type Database, number, text, textOrNull } from './database.ts';
import { DECIDABLE, oneOf } from './states.ts';

/**
 * The records of each number: those with a row like this. `refused`: 0 not refused, 1 refused, 2 refused and approved
 * all the same. `origin = 'closing'`: a revision that closes the side of a conflict which nobody keeps.
 */
export const NUMBERS = {
  onlyHere: `state IN ${oneOf(LIVE_STATES)} AND ${DECIDABLE} AND origin != 'closing'`,
  toReview: `state = 'open' AND ${DECIDABLE}`,
  undecided: `state = 'open' AND ${DECIDABLE} AND refused != 1`,
  toSend: `state IN ${oneOf(OUTBOX_STATES)} AND refused != 1`,
  waiting: `state = 'approved' AND refused != 1`,
  unproven: `state = 'sent'`,
  accepted: `state = 'accepted' AND origin != 'closing'`,
  refused: `refused = 1 AND state IN ${oneOf(UNHELD_STATES)}`,
  held: `state = 'held' AND ${DECIDABLE}`,
  broken: `class = 'broken' AND state != 'superseded'`,
} as const;

/** As `NUMBERS`, of one batch. What is accepted is no longer counted as approved. */
const DECIDED = {
  approved: `state IN ${oneOf(OUTBOX_STATES)} AND ${DECIDABLE}`,
  held: NUMBERS.held,
  open: NUMBERS.toReview,
  sent: NUMBERS.unproven,
  accepted: NUMBERS.accepted,
  refused: NUMBERS.refused,
} as const;

const REFUSED_RANK = '(refused IS NOT NULL) * (1 + refusal_approved)';

/** The rows of documents that have several, with the columns of the counts that are kept. */
const SEVERAL = `(SELECT id, batch, origin, class, state, ${REFUSED_RANK} AS refused
  FROM changes INDEXED BY changes_several WHERE several = 1 AND batch IS NOT NULL)`;

/** A condition of `NUMBERS` on rows of `changes` as `alias`. */
export function rowsOf(name: keyof typeof NUMBERS, alias: string): string {
  return NUMBERS[name]
    .replaceAll(
      /\brefused\b(?=[ ]*[!=])/g,
      `((${alias}.refused IS NOT NULL) * (1 + ${alias}.refusal_approved))`,
    )
    .replaceAll(/(?<![.'\w])(state|class|origin)\b(?!')/g, `${alias}.$1`);
}

function counted<Name extends string>(
  db: Database,
  conditions: Readonly<Record<Name, string>>,
  batches: readonly string[] | null,
): Record<Name, number> {
  const names = Object.entries<string>(conditions);
  const scope = batches === null ? '' : 'WHERE batch IN (SELECT value FROM json_each(?))';
  const values = batches === null ? [] : [JSON.stringify(batches)];
  const kept = db.get(
    `SELECT ${names.map(([name, condition]) => `sum(n * (${condition})) AS ${name}`).join(', ')}
     FROM (SELECT batch, class, state, refused, n, 'dump' AS origin FROM batch_counts) ${scope}`,
    ...values,
  );
  const several = db.get(
    `SELECT ${names.map(([name, condition]) => `count(DISTINCT CASE WHEN ${condition} THEN id END) AS ${name}`).join(', ')}
     FROM ${SEVERAL} ${scope}`,
    ...values,
  );
  return Object.fromEntries(
    names.map(([name]) => [name, number(kept, name) + number(several, name)]),
  ) as Record<Name, number>;
}

/** Every number about all records. */
export function recordCounts(db: Database): RecordCounts {
  return counted(db, NUMBERS, null);
}

/**
 * What the list of health workers counts of each of them; `null`: of whom nobody knows whose they are. So is what an import
 * brought that was broken off: it has its batches when it was read to its end.
 */
export function personCounts(db: Database): ReadonlyMap<string | null, PersonCounts> {
  const names = ['onlyHere', 'undecided', 'toSend', 'held', 'refused', 'accepted'] as const;
  const kept = db.all(
    `SELECT b.user, ${names.map((name) => `sum(k.n * (${NUMBERS[name]})) AS ${name}`).join(', ')}
     FROM (SELECT batch, class, state, refused, n, 'dump' AS origin FROM batch_counts) k LEFT JOIN batches b USING (batch)
     GROUP BY b.user`,
  );
  const several = db.all(
    `SELECT b.user, ${names.map((name) => `count(DISTINCT CASE WHEN ${NUMBERS[name]} THEN id END) AS ${name}`).join(', ')}
     FROM ${SEVERAL} LEFT JOIN batches b USING (batch) GROUP BY b.user`,
  );
  const counts = new Map<string | null, PersonCounts>();
  for (const row of [...kept, ...several]) {
    const user = textOrNull(row, 'user');
    const before = counts.get(user);
    const sums = names.map((name) => [name, (before?.[name] ?? 0) + number(row, name)] as const);
    counts.set(user, Object.fromEntries(sums) as unknown as PersonCounts);
  }
  return counts;
}

/** What became of the records of a batch; `null`: of all. `approved`: also those that are sent without proof. */
export function decidedIn(db: Database, batch: string | null): Record<keyof typeof DECIDED, number> {
  return counted(db, DECIDED, batch === null ? null : [batch]);
}

/** The same of several batches together, each record once. */
export function deliveredIn(db: Database, batches: readonly string[]): VisitRow['records'] {
  const { open, approved, held, accepted } = counted(db, DECIDED, batches);
  return { open, approved, held, accepted };
}

/**
 * Which of several rows stands for the record, first: what is still going on, what is accepted, what the server has
 * anyway, what was replaced; of those what somebody brought before what a decision made, the newest.
 */
export const STANDS_FOR = (alias: string): string =>
  `CASE WHEN ${alias}.origin = 'closing' THEN 4 WHEN ${alias}.state IN ${oneOf(REPLACED_STATES)} THEN 3
     WHEN ${alias}.state = 'accepted' THEN 1 WHEN ${alias}.${DECIDABLE} THEN 0 ELSE 2 END,
   ${alias}.origin = 'merge', ${alias}.seq DESC`;

/** The records of a batch by their class, and how many of those the server has accepted. */
export function classCounts(db: Database, batch: string): Pick<BatchRow, 'counts' | 'acceptedCounts'> {
  const counts: ClassCounts = {};
  const acceptedCounts: ClassCounts = {};
  const rows = [
    ...db.all(
      `SELECT class, state = 'accepted' AS accepted, sum(n) AS n FROM batch_counts
       WHERE batch = ? AND state != 'superseded' GROUP BY 1, 2`,
      batch,
    ),
    ...db.all(
      `SELECT class, state = 'accepted' AS accepted, count(*) AS n FROM (
         SELECT c.class, c.state, row_number() OVER (PARTITION BY c.id ORDER BY ${STANDS_FOR('c')}) AS place
         FROM changes c INDEXED BY changes_several WHERE c.several = 1 AND c.batch = ? AND c.state != 'superseded')
       WHERE place = 1 GROUP BY 1, 2`,
      batch,
    ),
  ];
  for (const row of rows) {
    const name = text(row, 'class') as ChangeClass;
    const n = number(row, 'n');
    if (n === 0) continue;
    counts[name] = (counts[name] ?? 0) + n;
    if (row['accepted'] === 1) acceptedCounts[name] = (acceptedCounts[name] ?? 0) + n;
  }
  return { counts, acceptedCounts };
}

/** How many records of a batch (`of`, an expression) somebody has to decide on, as an expression. */
export function openIn(of: string): string {
  return `(coalesce((SELECT sum(n) FROM batch_counts WHERE batch = ${of} AND state = 'open' AND ${DECIDABLE}), 0)
    + (SELECT count(DISTINCT id) FROM changes INDEXED BY changes_several
       WHERE several = 1 AND batch = ${of} AND state = 'open' AND ${DECIDABLE}))`;
}

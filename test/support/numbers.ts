/**
 * Every number of a station, read where somebody reads it, against the list that it opens, against the others, and
 * against the server. What does not agree is a sentence in the answer; all is well when there is none.
 */
import type { StationStatus } from '../../shared/contract.ts';
import type { Receipt } from '../../shared/receipt.ts';
import type { BatchRow, ChangeRow } from '../../shared/review.ts';
import { CLASSES, LIVE_STATES, STATES, UNDECIDABLE_CLASSES } from '../../shared/states.ts';
import { COUNTED } from '../../shared/upload.ts';
import { revisionTree } from '../../electron/practice/pouch.ts';
import { revisionsOf } from '../../electron/practice/revision-tree.ts';
import type { PracticeServer } from '../../electron/practice/server.ts';
import type { TestStation } from './station.ts';

type Ask = TestStation['ask'];

/** Where each record that was read stands on a receipt; together they are what was read. */
export const RECEIPT_PARTS = [
  'alreadyHere',
  'serverHadIt',
  'approved',
  'accepted',
  'open',
  'held',
  'superseded',
  'settled',
  'notSent',
  'broken',
] as const;

/** The whole of what is compared. */
export interface Numbers {
  readonly status: StationStatus;
  readonly batches: readonly BatchRow[];
  readonly conflicts: number;
  readonly refusals: number;
  readonly owners: number;
  readonly receipts: ReadonlyMap<string, Receipt>;
}

/** Leaf revisions of every document of the server, as `id@rev`. */
export async function leavesOf(server: PracticeServer): Promise<ReadonlySet<string>> {
  const { results } = await server.database().changes({ style: 'all_docs' });
  return new Set(results.flatMap((one) => one.changes.map(({ rev }) => `${one.id}@${rev}`)));
}

export async function readNumbers(ask: Ask): Promise<Numbers> {
  const receipts = new Map<string, Receipt>();
  const { rows: batches } = await ask('batches.list', { limit: 1000 });
  for (const { batch } of batches) {
    const { content } = await ask('receipt.get', { batch, format: 'json' });
    receipts.set(batch, JSON.parse(content) as Receipt);
  }
  return {
    status: await ask('station.status', {}),
    batches,
    conflicts: (await ask('conflicts.list', {})).total,
    refusals: (await ask('refusals.list', {})).total,
    owners: (await ask('outbox.owners', {})).owners.reduce((sum, one) => sum + one.records, 0),
    receipts,
  };
}

/** Collects what does not agree. */
class Book {
  readonly wrong: string[] = [];

  same(what: string, one: number, other: number): void {
    if (one !== other) this.wrong.push(`${what}: ${one} and ${other}`);
  }

  every(what: string, ids: Iterable<string>, fits: (id: string) => boolean): void {
    for (const id of ids) if (!fits(id)) this.wrong.push(`${what}: ${id}`);
  }
}

const isDecidable = (row: ChangeRow): boolean => !UNDECIDABLE_CLASSES.some((one) => one === row.class);
const isLive = (row: ChangeRow): boolean => LIVE_STATES.some((one) => one === row.state);

/** A list whole, with the total that it claims. It shows each record once. */
async function listed(
  ask: Ask,
  book: Book,
  what: string,
  query: Parameters<typeof ask<'changes.list'>>[1],
): Promise<readonly ChangeRow[]> {
  const { rows, total } = await ask('changes.list', { ...query, limit: 1000 });
  book.same(`rows and total of ${what}`, rows.length, total);
  book.same(`rows and records of ${what}`, rows.length, new Set(rows.map(({ id }) => id)).size);
  return rows;
}

async function checkBatch(ask: Ask, book: Book, row: BatchRow, receipt: Receipt | undefined): Promise<void> {
  const { batch, counts, decided, delivered } = row;
  const name = row.user ?? batch;
  const rows = await listed(ask, book, name, { batch });
  let sum = 0;
  for (const one of CLASSES) {
    const found = await listed(ask, book, `${name} ${one}`, { batch, classes: [one] });
    book.same(`${name}: the chip "${one}" and its list`, counts[one] ?? 0, found.length);
    sum += found.length;
  }
  book.same(`${name}: all chips and the list`, sum, rows.length);
  const inState = async (...states: (typeof STATES)[number][]): Promise<number> =>
    (await listed(ask, book, `${name} ${states.join()}`, { batch, states })).filter(isDecidable).length;
  book.same(`${name}: to decide`, decided.open, await inState('open'));
  book.same(`${name}: held`, decided.held, await inState('held'));
  book.same(`${name}: approved`, decided.approved, await inState('approved', 'sent'));
  book.same(`${name}: sent`, delivered.sent, await inState('sent'));
  book.same(`${name}: accepted`, delivered.accepted, await inState('accepted'));
  const refused = await ask('refusals.list', { batch });
  book.same(`${name}: refused and the list of refusals`, delivered.refused, refused.total);
  book.same(
    `${name}: refused and the box`,
    delivered.refused,
    (await listed(ask, book, `${name} refused`, { batch, box: 'refused' })).length,
  );
  book.same(
    `${name}: ordinary`,
    row.ordinary,
    (await listed(ask, book, `${name} ordinary`, { batch, ordinary: true })).length,
  );
  const detail = await ask('batch.get', { batch });
  for (const key of ['counts', 'decided', 'delivered', 'ordinary'] as const)
    if (JSON.stringify(detail[key]) !== JSON.stringify(row[key]))
      book.wrong.push(`${name}: ${key} of the batch and of its row`);

  if (receipt === undefined) return;
  book.same(
    `${name}: the receipt's parts and its sum`,
    RECEIPT_PARTS.reduce((all, part) => all + receipt[part], 0),
    receipt.read,
  );
  book.same(`${name}: held and the receipt`, decided.held, receipt.held);
  book.same(`${name}: broken and the receipt`, counts.broken ?? 0, receipt.broken);
  book.same(
    `${name}: refused among the open of the receipt`,
    receipt.refused.length,
    new Set(receipt.refused.map(({ id }) => id)).size,
  );
  // What stands in this batch of a conflict that was settled may be only what the decision made.
  const own = (await listed(ask, book, `${name} accepted`, { batch, states: ['accepted'] })).length;
  book.same(`${name}: accepted and the receipt`, own, receipt.accepted);
}

/**
 * Everything about which two numbers, a number and its list, or a number and the server disagree. `before`: the leaves
 * of the server before this station had sent anything.
 */
export async function disagreements(
  ask: Ask,
  server: PracticeServer,
  before: ReadonlySet<string>,
): Promise<string[]> {
  const book = new Book();
  const numbers = await readNumbers(ask);
  const { status } = numbers;
  const counted = { ...status.outbox, onlyHere: status.onlyHere, toReview: status.toReview };
  for (const box of COUNTED) {
    const rows = await listed(ask, book, box, { box });
    const count = counted[box];
    if (count !== null) book.same(`${box} and its list`, count, rows.length);
  }
  book.same('conflicts and their list', status.conflicts, numbers.conflicts);
  book.same('refused and the list of refusals', status.outbox.refused, numbers.refusals);
  book.same('to send and whose it is', status.outbox.toSend, numbers.owners);
  const { counts } = await ask('refusals.count', {});
  book.same(
    'refused and their table',
    status.outbox.refused,
    counts.reduce((sum, one) => sum + one.records, 0),
  );
  for (const row of numbers.batches) await checkBatch(ask, book, row, numbers.receipts.get(row.batch));

  // Each revision, and what the server says of it.
  const { rows: all } = await ask('changes.list', { states: [...STATES], revisions: true, limit: 1000 });
  const ids = (fits: (row: ChangeRow) => boolean): Set<string> =>
    new Set(all.filter(fits).map(({ id }) => id));
  book.same('to decide', status.toReview, ids((row) => row.state === 'open' && isDecidable(row)).size);
  book.same(
    'conflicts and open conflicts',
    status.conflicts,
    ids((row) => row.state === 'open' && row.class === 'conflict').size,
  );
  const held = new Map<string, ReadonlySet<string>>();
  for (const id of ids(() => true)) held.set(id, await revisionsHeld(server, id));
  const isHeld = ({ id, rev }: ChangeRow): boolean => held.get(id)?.has(rev) === true;
  book.every(
    'accepted, and the server does not have it',
    ids((row) => row.state === 'accepted' && !isHeld(row)),
    () => false,
  );
  if (status.onlyHere !== null)
    book.same(
      'only here and what the server lacks',
      status.onlyHere,
      ids((row) => isLive(row) && isDecidable(row) && !isHeld(row)).size,
    );
  const since = new Set(
    [...(await leavesOf(server))]
      .filter((leaf) => !before.has(leaf))
      .map((leaf) => leaf.slice(0, leaf.lastIndexOf('@'))),
  );
  book.same('accepted and what has come to the server', status.outbox.accepted, since.size);
  return book.wrong;
}

/** Every revision of a document that the server has, leaf or not. */
async function revisionsHeld(server: PracticeServer, id: string): Promise<ReadonlySet<string>> {
  const tree = await revisionTree(server.database(), id).catch(() => []);
  return new Set([...revisionsOf(tree)].map(({ rev }) => rev));
}

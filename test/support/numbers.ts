/**
 * Every number of a station, read where somebody reads it, against the list that it opens, against the others, and
 * against the server. What does not agree is a sentence in the answer; all is well when there is none.
 */
import type { Page, StationStatus } from '../../shared/contract.ts';
import type { Receipt } from '../../shared/receipt.ts';
import type { BatchRow, ChangeRow, ConflictRow } from '../../shared/review.ts';
import {
  CLASSES,
  type ChangeState,
  isOneOf,
  LIVE_STATES,
  STATES,
  UNDECIDABLE_CLASSES,
} from '../../shared/states.ts';
import { COUNTED, type RecordCounts } from '../../shared/upload.ts';
import { revisionTree } from '../../electron/practice/pouch.ts';
import { leavesOf, revisionsOf } from '../../electron/practice/revision-tree.ts';
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
  readonly conflicts: Page<ConflictRow>;
  readonly refusals: number;
  readonly owners: number;
  readonly receipts: ReadonlyMap<string, Receipt>;
  /** The records that Send offers. */
  readonly offered: ReadonlySet<string>;
  /** By whose they are: records that are approved, and that a refusal keeps here. */
  readonly kept: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Leaf revisions of every document of the server, as `id@rev`. */
export async function everyLeafAt(server: PracticeServer): Promise<ReadonlySet<string>> {
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
  const { rows: approved } = await paged(ask, { states: ['approved'], revisions: true });
  const kept = Map.groupBy(
    approved.filter((row) => !mayGo(row)),
    (row) => batches.find(({ batch }) => batch === row.batch)?.user ?? '',
  );
  return {
    status: await ask('station.status', {}),
    offered: new Set((await paged(ask, { box: 'toSend' })).rows.map(({ id }) => id)),
    kept: new Map([...kept].map(([user, rows]) => [user, new Set(rows.map(({ id }) => id))])),
    batches,
    conflicts: await ask('conflicts.list', { limit: 1000 }),
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
const mayGo = (row: ChangeRow): boolean => row.refusal === null || row.refusalApproved;

/**
 * What each number counts: the records with a version like this. Written here once more, apart from the product. What no
 * server is known to hold is asked of the server instead, and what is accepted of the receipts.
 */
const COUNTS: Readonly<
  Record<Exclude<keyof RecordCounts, 'onlyHere' | 'accepted'>, (row: ChangeRow) => boolean>
> = {
  toReview: (row) => row.state === 'open' && isDecidable(row),
  undecided: (row) => row.state === 'open' && isDecidable(row) && mayGo(row),
  toSend: (row) => (row.state === 'approved' || row.state === 'sent') && mayGo(row),
  waiting: (row) => row.state === 'approved' && mayGo(row),
  unproven: (row) => row.state === 'sent',
  refused: (row) => !mayGo(row) && (row.state === 'open' || row.state === 'approved'),
  // What the server has by now, nobody holds back any more.
  held: (row) => row.state === 'held' && isDecidable(row),
  broken: (row) => row.class === 'broken',
};

/** A list whole, page by page. */
async function paged(
  ask: Ask,
  query: Parameters<typeof ask<'changes.list'>>[1],
): Promise<{ rows: ChangeRow[]; total: number }> {
  const rows: ChangeRow[] = [];
  for (;;) {
    const page = await ask('changes.list', { ...query, offset: rows.length, limit: 1000 });
    rows.push(...page.rows);
    if (page.rows.length === 0 || rows.length >= page.total) return { rows, total: page.total };
  }
}

/** A list with the total that it claims. It shows each record once. */
async function listed(
  ask: Ask,
  book: Book,
  what: string,
  query: Parameters<typeof ask<'changes.list'>>[1],
): Promise<readonly ChangeRow[]> {
  const { rows, total } = await paged(ask, query);
  book.same(`rows and total of ${what}`, rows.length, total);
  book.same(`rows and records of ${what}`, rows.length, new Set(rows.map(({ id }) => id)).size);
  return rows;
}

/** `all`: every revision of the batch. */
async function checkBatch(
  ask: Ask,
  book: Book,
  row: BatchRow,
  receipt: Receipt | undefined,
  all: readonly ChangeRow[],
): Promise<void> {
  const { batch, counts, acceptedCounts, decided, delivered } = row;
  const name = row.user ?? batch;
  const rows = await listed(ask, book, name, { batch });
  const records = (fits: (one: ChangeRow) => boolean): number =>
    new Set(all.filter(fits).map(({ id }) => id)).size;
  book.same(
    `${name}: the list and its records`,
    rows.length,
    records((one) => one.state !== 'superseded'),
  );
  book.same(`${name}: to decide and its records`, decided.open, records(COUNTS.toReview));
  book.same(`${name}: held and its records`, decided.held, records(COUNTS.held));
  book.same(
    `${name}: approved and its records`,
    decided.approved,
    records((one) => (one.state === 'approved' || one.state === 'sent') && isDecidable(one)),
  );
  book.same(`${name}: sent and its records`, delivered.sent, records(COUNTS.unproven));
  book.same(`${name}: refused and its records`, delivered.refused, records(COUNTS.refused));
  book.same(
    `${name}: ordinary and its records`,
    row.ordinary,
    records(
      (one) =>
        one.state === 'open' &&
        ['new', 'update'].includes(one.class) &&
        !one.deleted &&
        one.refusal === null &&
        one.unusual.length === 0,
    ),
  );
  let sum = 0;
  for (const one of CLASSES) {
    const found = await listed(ask, book, `${name} ${one}`, { batch, classes: [one] });
    book.same(`${name}: the class "${one}" and its list`, counts[one] ?? 0, found.length);
    sum += found.length;
    const pending = await listed(ask, book, `${name} ${one}, not accepted`, {
      batch,
      classes: [one],
      accepted: false,
    });
    book.same(
      `${name}: the chip "${one}" and its list`,
      (counts[one] ?? 0) - (acceptedCounts[one] ?? 0),
      pending.length,
    );
  }
  const done = await listed(ask, book, `${name}, accepted`, { batch, accepted: true });
  book.same(
    `${name}: the chip of what is accepted and its list`,
    Object.values(acceptedCounts).reduce((together, count) => together + count, 0),
    done.length,
  );
  book.same(`${name}: all chips and the list`, sum, rows.length);
  const inState = async (...states: (typeof STATES)[number][]): Promise<number> =>
    (await listed(ask, book, `${name} ${states.join()}`, { batch, states })).filter(isDecidable).length;
  book.same(`${name}: to decide`, decided.open, await inState('open'));
  book.same(`${name}: held`, decided.held, await inState('held'));
  book.same(`${name}: approved`, decided.approved, await inState('approved', 'sent'));
  book.same(`${name}: sent`, delivered.sent, await inState('sent'));
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
    RECEIPT_PARTS.reduce((total, part) => total + receipt[part], 0),
    receipt.read,
  );
  book.same(`${name}: held and the receipt`, decided.held, receipt.held);
  book.same(`${name}: broken and the receipt`, counts.broken ?? 0, receipt.broken);
  book.same(
    `${name}: refused among the open of the receipt`,
    receipt.refused.length,
    new Set(receipt.refused.map(({ id }) => id)).size,
  );
  // What the server had before it was sent is accepted too; for the health worker it stands apart.
  const accepted = await listed(ask, book, `${name} accepted`, { batch, box: 'accepted' });
  book.same(`${name}: accepted and its list`, delivered.accepted, accepted.length);
  const sure = accepted.length - receipt.serverHadIt;
  if (receipt.accepted > accepted.length || receipt.accepted < sure)
    book.wrong.push(`${name}: accepted and the receipt: ${accepted.length} and ${receipt.accepted}`);
}

/** The list of health workers: every number is its list, and together they have every record of the station. */
async function checkPeople(ask: Ask, book: Book): Promise<void> {
  const { rows, nobodys } = await ask('workers.list', { limit: 1000 });
  const together = new Map<string, Set<string>>();
  for (const { user, records, refusals } of rows) {
    for (const box of ['onlyHere', 'undecided', 'toSend', 'held', 'refused', 'accepted'] as const) {
      const found = await listed(ask, book, `${user} ${box}`, { user, box });
      book.same(`${user}: ${box} of the person and the list`, records[box], found.length);
      together.set(box, new Set([...(together.get(box) ?? []), ...found.map(({ id }) => id)]));
    }
    const reasons = refusals.reduce((sum, one) => sum + one.records, 0);
    book.same(`${user}: refused and the reasons`, records.refused, reasons);
  }
  for (const [box, ids] of together) {
    const all = await listed(ask, book, box, { box: box as 'onlyHere' });
    const others = all.filter(({ id }) => !ids.has(id));
    book.same(`${box} of all people and of the station`, ids.size + others.length, all.length);
    book.every(
      `${box}, and of nobody in the list`,
      others.filter(({ user }) => user !== null).map(({ id }) => id),
      () => false,
    );
    // What somebody else brought too is in both.
    if (box === 'onlyHere' && nobodys < others.length)
      book.wrong.push(`only here and of nobody: ${nobodys} and ${others.length}`);
  }
  const { rows: people, total } = await ask('outbox.people', { limit: 1000 });
  book.same('people of the outbox and their total', people.length, total);
  for (const { user, records } of people)
    for (const box of ['undecided', 'toSend', 'held', 'refused', 'accepted'] as const) {
      const found = await listed(ask, book, `${user} ${box}, in the outbox`, { user, box });
      book.same(`${user}: ${box} in the outbox and the list`, records[box], found.length);
    }
  for (const { user, records } of (await ask('outbox.owners', {})).owners)
    book.same(
      `${user}: to send, and the strip`,
      people.find((one) => one.user === user)?.records.toSend ?? 0,
      records,
    );
}

/**
 * Everything about which two numbers, a number and its list, or a number and the server disagree. `before`: the leaves
 * of the server before this station had sent anything; `null`: others write to the server too.
 */
export async function disagreements(
  ask: Ask,
  server: PracticeServer,
  before: ReadonlySet<string> | null,
): Promise<string[]> {
  const book = new Book();
  const numbers = await readNumbers(ask);
  const { status } = numbers;
  const counted = {
    ...status.outbox,
    onlyHere: status.onlyHere,
    toReview: status.toReview,
    undecided: (await ask('changes.list', { box: 'undecided', limit: 1 })).total,
  };
  for (const box of COUNTED) {
    const rows = await listed(ask, book, box, { box });
    const count = counted[box];
    if (count !== null) book.same(`${box} and its list`, count, rows.length);
  }
  book.same('conflicts and their list', status.conflicts, numbers.conflicts.rows.length);
  book.same('conflicts and their total', status.conflicts, numbers.conflicts.total);
  book.same('refused and the list of refusals', status.outbox.refused, numbers.refusals);
  book.same('to send and whose it is', status.outbox.toSend, numbers.owners);
  const { counts } = await ask('refusals.count', {});
  book.same(
    'refused and their table',
    status.outbox.refused,
    counts.reduce((sum, one) => sum + one.records, 0),
  );
  await checkPeople(ask, book);
  // Each revision, and what the server says of it.
  const { rows: all } = await paged(ask, { states: [...STATES], revisions: true, sort: 'id' });
  const byBatch = Map.groupBy(all, (row) => row.batch);
  for (const row of numbers.batches)
    await checkBatch(ask, book, row, numbers.receipts.get(row.batch), byBatch.get(row.batch) ?? []);
  const ids = (fits: (row: ChangeRow) => boolean): Set<string> =>
    new Set(all.filter(fits).map(({ id }) => id));
  for (const [box, fits] of Object.entries(COUNTS) as [keyof typeof COUNTS, (typeof COUNTS)['held']][])
    book.same(`${box} and its records`, counted[box], ids(fits).size);
  // A version that was approved and stands in conflict by now is listed; one that was approved as the settlement is not.
  const inConflict = (...states: ChangeState[]): Set<string> =>
    ids((row) => row.class === 'conflict' && isOneOf(states, row.state));
  const toSettle = new Set(numbers.conflicts.rows.map(({ id }) => id));
  book.every('in conflict, and not listed so', inConflict('open', 'held'), (id) => toSettle.has(id));
  const maybe = inConflict('open', 'held', 'approved');
  for (const id of toSettle) {
    if (maybe.has(id)) continue;
    const live = leavesOf(await treeOf(server, id)).filter((leaf) => !leaf.deleted);
    if (live.length < 2) book.wrong.push(`a conflict of one version: ${id}`);
  }
  const held = new Map<string, ReadonlySet<string>>();
  for (const id of ids(() => true)) held.set(id, await revisionsHeld(server, id));
  const isHeld = ({ id, rev }: ChangeRow): boolean => held.get(id)?.has(rev) === true;
  book.every(
    'accepted, and the server does not have it',
    ids((row) => row.state === 'accepted' && !isHeld(row)),
    () => false,
  );
  // Of a version with several contents the server has one, and at most that.
  if (status.onlyHere !== null)
    book.same(
      'only here and what the server lacks',
      status.onlyHere,
      ids((row) => isLive(row) && isDecidable(row) && (!isHeld(row) || row.class === 'contradiction')).size,
    );
  if (before === null) return book.wrong;
  const since = new Set(
    [...(await everyLeafAt(server))]
      .filter((leaf) => !before.has(leaf))
      .map((leaf) => leaf.slice(0, leaf.lastIndexOf('@'))),
  );
  book.same('accepted and what has come to the server', status.outbox.accepted, since.size);
  return book.wrong;
}

/** Every revision of a document that the server has, leaf or not. */
async function revisionsHeld(server: PracticeServer, id: string): Promise<ReadonlySet<string>> {
  return new Set([...revisionsOf(await treeOf(server, id))].map(({ rev }) => rev));
}

const treeOf = (server: PracticeServer, id: string): ReturnType<typeof revisionTree> =>
  revisionTree(server.database(), id).catch(() => []);

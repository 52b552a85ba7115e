/**
 * The review desk at 100,000 records of 12 people in 30 batches (desk-data.ts): what a reviewer looks for, found in SQL,
 * and all that is ordinary approved at once. `node test/bench/desk.ts FOLDER [RECORDS]` prints one JSON line.
 */
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { countChanges } from '../../electron/ledger/change-counts.ts';
import { listChanges, type ChangeQuery } from '../../electron/ledger/change-lists.ts';
import { Database } from '../../electron/ledger/database.ts';
import { approve } from '../../electron/ledger/decisions.ts';
import { undoDecision } from '../../electron/ledger/undo.ts';
import { COUNTED_BY } from '../../shared/filter-counts.ts';
import { buildDesk, DESK, PLANTED } from './desk-data.ts';

export interface DeskMeasured {
  readonly rows: number;
  /** Milliseconds, the slowest of all that was asked for. */
  readonly slowestFind: number;
  readonly slowestName: string;
  /** CPU milliseconds of each. */
  readonly finds: Readonly<Record<string, number>>;
  /** CPU seconds of approving all that is ordinary, and of undoing it. */
  readonly approving: number;
  readonly undoing: number;
  readonly approved: number;
}

/** CPU milliseconds that `work` takes. */
function cpuOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const [folder, records = String(DESK.records)] = process.argv.slice(2);
if (folder === undefined) throw new Error('desk.ts FOLDER [RECORDS]');
const db = Database.open(join(folder, 'desk.sqlite'));
const { rows } = buildDesk(db, Number(records));
const page: ChangeQuery = { sort: 'odd', descending: false, offset: 0, limit: 100 };
const day = (at: string) => ({ from: Date.parse(`${at}T00:00:00Z`), to: Date.parse(`${at}T23:59:59.999Z`) });
const list = (query: Partial<ChangeQuery>) => () => {
  if (listChanges(db, { ...page, ...query }).total === 0)
    throw new Error(`nothing found: ${JSON.stringify(query)}`);
};
const asked: Record<string, () => unknown> = {
  'a patient by parts of the name': list({ find: PLANTED.typed }),
  'a phone number': list({ find: PLANTED.phone }),
  'two letters': list({ find: 'am' }),
  'all of a form': list({ form: PLANTED.form }),
  'a day': list(day(PLANTED.day)),
  'clocks that were wrong': list({ to: Date.UTC(2010, 0, 1) }),
  'what was entered twice': list({ twice: true }),
  'a person': list({ user: 'chw_3' }),
  'a device, by name': list({ device: 'phone-4', sort: 'label' }),
  'a page far down': list({ offset: Math.floor(rows / 2) }),
  ...Object.fromEntries(
    (['label', 'reportedAt', 'kind', 'class', 'state'] as const).map((sort) => [
      `a page of all, by ${sort}`,
      list({ sort }),
    ]),
  ),
  ...Object.fromEntries(COUNTED_BY.map((by) => [`what there is, by ${by}`, () => countChanges(db, {}, by)])),
};
const finds: Record<string, number> = {};
let slowest: readonly [name: string, milliseconds: number] = ['', 0];
for (const [name, ask] of Object.entries(asked)) {
  ask();
  const begun = performance.now();
  finds[name] = Math.round(cpuOf(ask));
  const took = performance.now() - begun;
  if (took > slowest[1]) slowest = [name, took];
}
const by = { person: 'bench', at: '2026-12-01T00:00:00.000Z' };
db.run(`UPDATE changes SET class = 'new' WHERE class = 'unchecked'`);
let decision = 0;
let approved = 0;
const approving = cpuOf(() => {
  const decided = approve(db, { filter: {} }, by);
  ({ changed: approved } = decided);
  decision = Number(decided.decision);
});
const undoing = cpuOf(() => undoDecision(db, decision, by));
db.close();
const measured: DeskMeasured = {
  rows,
  slowestFind: slowest[1],
  slowestName: slowest[0],
  finds,
  approving: approving / 1000,
  undoing: undoing / 1000,
  approved,
};
process.stdout.write(`${JSON.stringify(measured)}\n`);

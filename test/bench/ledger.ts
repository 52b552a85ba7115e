/**
 * The ledger at a million changes: any page of any table, and the classing of 100,000 changes against a
 * baseline. `node test/bench/ledger.ts ROWS FOLDER` prints one JSON line.
 */
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { NewChange } from '../../shared/intake.ts';
import { approve } from '../../electron/ledger/decisions.ts';
import { hold, release } from '../../electron/ledger/holds.ts';
import { undo } from '../../electron/station/review/undo.ts';
import { listChanges, type ChangeQuery } from '../../electron/ledger/change-lists.ts';
import { addBatch, assignRest, listBatches } from '../../electron/ledger/batches.ts';
import { recordServerDocument } from '../../electron/ledger/baseline.ts';
import { addChange } from '../../electron/ledger/changes.ts';
import { Database, text } from '../../electron/ledger/database.ts';
import { recordCopied, recordTaken } from '../../electron/ledger/dumps.ts';
import { classDocuments } from '../../electron/station/review/reclassify.ts';
import { randomNumbers } from '../../electron/practice/documents.ts';

export interface LedgerMeasured {
  readonly rows: number;
  /** Milliseconds, the slowest of all pages asked for. */
  readonly slowestPage: number;
  readonly slowestName: string;
  /** CPU seconds for classing 100,000 documents. */
  readonly classing: number;
  /** CPU seconds of the slowest of: approving 50,000 of one batch, undoing that, holding them, opening them again. */
  readonly deciding: number;
  readonly peakMB: number;
}

const BATCHES = 50;
const CLASSED = 100_000;

function fill(db: Database, rows: number): string[] {
  const random = randomNumbers(1);
  const hex = (): string =>
    Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, '0');
  const ids: string[] = [];
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const dump = hex().repeat(8);
    db.transaction(() => {
      recordCopied(db, {
        dump,
        name: `dump-${batch}`,
        bytes: 1,
        source: 'file',
        typedUser: null,
        typedDevice: null,
        copiedAt: '2026-01-01',
      });
      addBatch(db, {
        batch: `b${batch}`,
        dump,
        user: `chw${batch % 20}`,
        contact: null,
        device: `phone${batch}`,
        takenAt: `2026-01-${String(1 + (batch % 28)).padStart(2, '0')}`,
        flags: [],
      });
      for (let at = 0; at < rows / BATCHES; at += 1) {
        const id = `${hex()}${hex()}${hex()}${hex()}`;
        const rev = (generation: number): string => `${generation}-${hex()}${hex()}${hex()}${hex()}`;
        ids.push(id);
        const history = [rev(2), rev(1)];
        const change: NewChange = {
          id,
          rev: history[0] ?? '',
          ordinal: at,
          origin: 'dump',
          history,
          madeHere: false,
          deleted: false,
          neverSent: null,
          kind: at % 7 === 0 ? 'contact' : 'report',
          label: `Name ${hex()}`,
          form: at % 7 === 0 ? null : `form${at % 12}`,
          reportedAt: 1_700_000_000_000 + at * 60_000,
          authorUser: null,
          authorContact: null,
          needs: [],
          content: hex().repeat(4),
          bytes: 1700,
          attachments: at % 50 === 0 ? 1 : 0,
        };
        addChange(db, dump, null, change, { person: 'bench', at: '2026-01-01' });
        if (ids.length <= CLASSED) {
          const leaves = at % 3 === 0 ? [{ rev: history[1] ?? '', deleted: false, content: hex() }] : [];
          recordServerDocument(db, { id, askedAt: '2026-01-01', leaves, has: [] });
        }
      }
      assignRest(db, { dump, from: 0, to: Infinity }, `b${batch}`);
      recordTaken(db, {
        dump,
        format: 'station',
        claims: {},
        user: null,
        device: null,
        people: [],
        flags: [],
        takenAt: '2026-01-01',
        seconds: 0,
        problems: 0,
        documents: { read: 0, new: 0, known: 0, skipped: 0, broken: 0 },
        attachments: { read: 0, bytes: 0 },
      });
    });
  }
  return ids.slice(0, CLASSED);
}

function pages(db: Database): [name: string, milliseconds: number][] {
  const query: ChangeQuery = { batch: 'b7', sort: 'odd', descending: false, offset: 0, limit: 100 };
  const asked: [string, () => unknown][] = [
    [
      'batches',
      () => listBatches(db, { show: 'all', sort: 'takenAt', descending: true, offset: 0, limit: 50 }),
    ],
    [
      'batches to do',
      () => listBatches(db, { show: 'to-do', sort: 'takenAt', descending: true, offset: 0, limit: 50 }),
    ],
    ['changes, odd first', () => listChanges(db, query)],
    ['changes, a far page', () => listChanges(db, { ...query, offset: 15_000 })],
    ...(['label', 'reportedAt', 'kind', 'class', 'state', 'id'] as const).map(
      (sort): [string, () => unknown] => [
        `changes by ${sort}`,
        () => listChanges(db, { ...query, sort, descending: true }),
      ],
    ),
    ['changes with a text', () => listChanges(db, { ...query, text: 'ab' })],
    ['changes of a form', () => listChanges(db, { ...query, form: 'form3' })],
  ];
  return asked.map(([name, ask]) => {
    ask();
    const begun = performance.now();
    ask();
    return [name, performance.now() - begun];
  });
}

type BenchCore = Parameters<typeof undo>[0];

const DECIDED = 50_000;

/** CPU seconds that `work` takes. */
function cpuOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function deciding(core: BenchCore): number {
  const { db } = core;
  const by = { person: 'bench', at: '2026-02-01T00:00:00.000Z' };
  const batch = 'b0';
  db.run(`UPDATE changes SET batch = ?, class = 'new' WHERE seq <= ?`, batch, DECIDED);
  const some = db.all('SELECT id FROM changes WHERE batch = ?', batch).map((row) => text(row, 'id'));
  let decision: string | null = null;
  const took = [
    () => {
      ({ decision } = approve(db, { batch, classes: ['new'], ids: some }, by));
    },
    () => undo(core, Number(decision), by),
    () => hold(db, { batch }, some, 'to ask', by),
    () => release(db, { batch }, undefined, by),
  ].map(cpuOf);
  return Math.max(...took);
}

const [rows = '1000000', folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('ledger.ts ROWS FOLDER');
const db = Database.open(join(folder, 'ledger.sqlite'));
const ids = fill(db, Number(rows));
const core: BenchCore = {
  db,
  joins: new Map(),
  clock: Date.now,
  person: 'bench',
  now: () => new Date().toISOString(),
  changed: () => undefined,
};
const classing = cpuOf(() => db.transaction(() => classDocuments(core, ids)));
const [slowestName, slowestPage] = pages(db).sort((a, b) => b[1] - a[1])[0] ?? ['', 0];
const decided = deciding(core);
db.close();
const measured: LedgerMeasured = {
  rows: Number(rows),
  slowestPage,
  slowestName,
  classing,
  deciding: decided,
  peakMB: process.resourceUsage().maxRSS / 1024,
};
process.stdout.write(`${JSON.stringify(measured)}\n`);

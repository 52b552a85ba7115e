/** A visit has one receipt, however many exports were brought, and its code leads back to it. */
import { afterEach, expect, test } from 'vitest';
import type { Receipt } from '../../../shared/receipt.ts';
import { document, person } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { RECEIPT_PARTS } from '../../support/numbers.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

/** Noon, wherever the computer stands. */
const NOON = new Date(2026, 2, 2, 12).getTime();
const HOUR = 3_600_000;
const BY = { _id: 'c1', parent: { _id: 'clinic' } };

let now = NOON;
let station: TestStation;
afterEach(() => station.close());

async function opened(): Promise<TestStation> {
  now = NOON;
  station = await openTestStation({ clock: () => now });
  return station;
}

const visit = (id: string, day = 3) =>
  document(id, {
    type: 'data_record',
    form: 'home_visit',
    contact: BY,
    reported_date: Date.UTC(2026, 1, day),
    fields: { patient_id: 'p1' },
  });

async function bring(name: string, documents: Parameters<typeof stationDump>[0], user = 'chw1') {
  await station.take(stationDump(documents, { user, userContactId: 'c1' }), `${name}.ndjson`);
}

async function receiptOf(batch: string, wholeVisit = true): Promise<Receipt> {
  const { content } = await station.ask('receipt.get', { batch, visit: wholeVisit });
  return JSON.parse(content) as Receipt;
}

const sum = (receipt: Receipt): number => RECEIPT_PARTS.reduce((all, part) => all + receipt[part], 0);

test('two exports of one person on one day are one receipt, on which each record stands once', async () => {
  await opened();
  await bring('first', [person('c1', 'Violet Cedar'), person('p1', 'Zawadi'), visit('r1'), visit('r2', 9)]);
  now += 2 * HOUR;
  await bring('second', [visit('r2', 9), visit('r3', 20)]);
  now += HOUR;
  await bring('another', [visit('r9')], 'chw2');
  now += 24 * HOUR;
  await bring('tomorrow', [visit('r4')]);
  const { rows, total } = await station.ask('visits.list', {});
  expect(total).toBe(3);
  expect(rows.map(({ user, batches }) => [user, batches.length])).toEqual([
    ['chw1', 1],
    ['chw2', 1],
    ['chw1', 2],
  ]);
  expect((await station.ask('visits.list', { user: 'chw1' })).total).toBe(2);
  const both = rows[2];
  if (both === undefined) throw new Error('no visit of two exports');
  expect(both.records).toEqual({ open: 5, approved: 0, held: 0, accepted: 0 });
  const receipt = await receiptOf(both.batch);
  expect(receipt).toMatchObject({ name: 'Violet Cedar', open: 5, alreadyHere: 1, read: 6 });
  expect(receipt.batches).toEqual(both.batches);
  expect(receipt.period).toEqual({ from: Date.UTC(2026, 1, 3), to: Date.UTC(2026, 1, 20) });
  expect(sum(receipt)).toBe(receipt.read);
  expect(await receiptOf(both.batches[1] ?? '')).toEqual(receipt);
  const alone = await receiptOf(both.batches[1] ?? '', false);
  expect(alone).toMatchObject({ batches: [both.batches[1]], read: 2, open: 1, alreadyHere: 1 });
});

test('what is held stands there with its reason, its patient and its date', async () => {
  await opened();
  await bring('first', [person('c1', 'Violet Cedar'), person('p1', 'Zawadi'), visit('r1')]);
  const { rows } = await station.ask('batches.list', {});
  const batch = rows[0]?.batch ?? '';
  await station.ask('decide.hold', { batch, ids: ['r1'], reason: 'Ask her about the weight' });
  const receipt = await receiptOf(batch);
  expect(receipt.held).toBe(1);
  expect(receipt.heldRecords).toMatchObject([
    { id: 'r1', about: 'Zawadi', reportedAt: Date.UTC(2026, 1, 3), reason: 'Ask her about the weight' },
  ]);
  const { content } = await station.ask('receipt.get', { batch, format: 'text' });
  expect(content).toContain(', Zawadi, 3 February 2026: Ask her about the weight\n');
});

test('a code leads to its receipt however it is typed, and says whether the paper is still true', async () => {
  await opened();
  await bring('first', [visit('r1')]);
  await bring('second', [visit('r2')]);
  const [row] = (await station.ask('visits.list', {})).rows;
  const { code, batch } = await receiptOf(row?.batch ?? '');
  expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{6}-[0-9A-HJKMNP-TV-Z]{3}$/);
  const find = (typed: string) => station.ask('receipt.find', { code: typed });
  const asHeard = ` ${code.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l').replace('-', ' – ')} `;
  for (const typed of [code, asHeard, code.replace('-', '')])
    expect(await find(typed)).toEqual({ batch, isCurrent: true });
  expect(await find(code.slice(0, 6))).toEqual({ batch, isCurrent: null });
  // A receipt of one of the batches alone has a code of its own.
  const alone = await receiptOf(batch, false);
  expect(await find(alone.code)).toEqual({ batch, isCurrent: true });
  await station.ask('decide.approve', { batch, ids: ['r1'] });
  expect(await find(code)).toEqual({ batch, isCurrent: false });
  expect((await receiptOf(batch)).code.slice(0, 6)).toBe(code.slice(0, 6));
  for (const typed of ['', '------', 'ABC', `${code}0`, '<script>', 'UUUUUU'])
    await expect(find(typed === '' ? '-' : typed), typed).rejects.toThrow(
      expect.objectContaining({ code: 'not-found' }) as Error,
    );
});

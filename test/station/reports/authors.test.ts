/** A phone on which several people wrote: the receipt counts each of them apart. */
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Receipt } from '../../../shared/receipt.ts';
import { document, type Json, person, report } from '../../support/documents.ts';
import { allDocsDump, docsDump, stationDump } from '../../support/dumps.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

let station: TestStation;
beforeEach(async () => {
  station = await openTestStation();
});
afterEach(() => station.close());

const by = (id: string, contact: string) =>
  document(id, { type: 'data_record', form: 'home_visit', contact: { _id: contact }, fields: {} });

async function receiptOf(batch: string | null): Promise<Receipt> {
  const { content } = await station.ask('receipt.get', { batch: batch ?? '', format: 'json' });
  return JSON.parse(content) as Receipt;
}

function expectSums({ authors = [], read, alreadyHere, accepted }: Receipt): void {
  const sum = (of: 'records' | 'accepted') => authors.reduce((all, one) => all + one[of], 0);
  expect(sum('records')).toBe(read - alreadyHere);
  expect(sum('accepted')).toBe(accepted);
}

it('knows a replaced health worker and the successor by what their records say', async () => {
  const path = '../../cases/01-replace-user/cht-127.0.0.1-chw1-20261120T100000Z.chtdump';
  const { batch } = await station.take(fileURLToPath(new URL(path, import.meta.url)));
  const receipt = await receiptOf(batch);
  expect(receipt.authors?.map(({ contact, is }) => [contact, is])).toEqual([
    [null, 'replaced'],
    ['pc-new-chw', 'successor'],
  ]);
  expect(receipt.authors?.find(({ is }) => is === 'successor')?.records).toBe(4);
  expectSums(receipt);
  for (const format of ['text', 'html'] as const) {
    const { content } = await station.ask('receipt.get', { batch: batch ?? '', format });
    expect(content).toContain('Violet Cedar (replaced)');
    expect(content).toMatch(/\(successor\).*4 \(0 accepted\)/s);
  }
});

it('counts a colleague apart, and says nothing where only one person wrote', async () => {
  const anna = person('hc1-chw1', 'Anna');
  const both = await station.take(
    stationDump([anna, by('a1', 'hc1-chw1'), by('b1', 'ben'), person('ben', 'Ben')]),
  );
  const receipt = await receiptOf(both.batch);
  expect(receipt.authors).toEqual([
    { contact: null, name: 'Anna', is: 'own', records: 3, accepted: 0 },
    { contact: 'ben', name: 'Ben', is: 'other', records: 1, accepted: 0 },
  ]);
  expectSums(receipt);
  const one = await station.take(stationDump([by('a2', 'hc1-chw1'), report('a3')]));
  expect(await receiptOf(one.batch)).not.toHaveProperty('authors');
});

const replaced = (asks: Json) => ({ ...person('hc1-chw1', 'Anna'), user_for_contact: { replace: asks } });
/** What a list has of whose phone it was. */
const SETTINGS = document('org.couchdb.user:chw1', {
  type: 'user-settings',
  name: 'chw1',
  contact_id: 'hc1-chw1',
});
const HANDED = replaced({ chw1: { status: 'PENDING', replacement_contact_id: 'pc-ben' } });

it.each([
  ['in a list with the name of the phone', allDocsDump, 'chw1_20261120T101500.txt'],
  ['in documents one behind the other', docsDump, 'chw1_20261120T101500.txt'],
] as const)('knows the successor %s', async (_, dumpOf, name) => {
  const written = [by('b1', 'pc-ben'), by('b2', 'pc-ben'), by('a1', 'hc1-chw1')];
  const docs = [SETTINGS, HANDED, person('pc-ben', 'Ben'), ...written];
  const { batch } = await station.take(dumpOf(docs), name, { user: 'chw1' });
  const receipt = await receiptOf(batch);
  expect(receipt.authors?.map(({ contact, is }) => [contact, is])).toContainEqual(['pc-ben', 'successor']);
  expect(receipt.authors?.find(({ is }) => is === 'successor')?.records).toBe(2);
  expectSums(receipt);
});

it('takes the successor of another user for a colleague', async () => {
  const other = replaced({ chw2: { status: 'PENDING', replacement_contact_id: 'pc-ben' } });
  const docs = [other, person('pc-ben', 'Ben'), by('b1', 'pc-ben'), by('a1', 'hc1-chw1')];
  const receipt = await receiptOf((await station.take(stationDump(docs))).batch);
  expect(receipt.authors?.map(({ contact, is }) => [contact, is])).toEqual([
    [null, 'own'],
    ['pc-ben', 'other'],
  ]);
});

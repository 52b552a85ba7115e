/** What the ledger knows of the documents on a phone, and which parcel is the newest. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  knownPhones,
  parcels,
  phoneLeaves,
  recordParcel,
  recordPhoneLeaves,
} from '../../electron/ledger/parcels.ts';
import { recordPhoneRead } from '../../electron/ledger/phone-reads.ts';
import { openTestLedger, sha256, type TestLedger } from '../support/ledger.ts';

const PHONE = { server: 'https://a.example.org', user: 'chw1', device: 'device-1', databaseId: 'db-1' };
let ledger: TestLedger;
beforeEach(() => {
  ledger = openTestLedger();
});
afterEach(() => ledger.remove());

const leaves = (of = PHONE) => phoneLeaves(ledger.db, of.user, of.server, of);

it('a later reading changes the documents that it met, and leaves the others', () => {
  const { db } = ledger;
  recordPhoneLeaves(db, PHONE, {
    since: 0,
    sequence: 5,
    changed: [
      ['a', '1-a'],
      ['b', '1-b'],
    ],
  });
  recordPhoneLeaves(db, PHONE, {
    since: 5,
    sequence: 9,
    changed: [
      ['b', '2-b', '2-c'],
      ['__proto__', '1-p'],
    ],
  });
  expect(leaves()).toEqual({
    ...PHONE,
    sequence: 9,
    leaves: [
      ['a', '1-a'],
      ['b', '2-b', '2-c'],
      ['__proto__', '1-p'],
    ],
  });
  // All of it was read: what is not there is not there.
  recordPhoneLeaves(db, PHONE, { since: 0, sequence: 3, changed: [['b', '1-b']] });
  expect(leaves()).toMatchObject({ sequence: 3, leaves: [['b', '1-b']] });
});

it('what is not known from the beginning is not known', () => {
  const { db } = ledger;
  recordPhoneLeaves(db, PHONE, { since: 5, sequence: 9, changed: [['b', '2-b']] });
  expect(leaves()).toBeNull();
  recordPhoneLeaves(db, PHONE, { since: 0, sequence: 9, changed: [['b', '2-b']] });
  recordPhoneLeaves(db, PHONE, { since: 9, sequence: 12, changed: null });
  expect(leaves()).toBeNull();
});

it('of several phones the one that was read last is meant, and of no other server', () => {
  const { db } = ledger;
  for (const [device, readAt] of [
    ['device-1', '2026-11-03T10:00:00.000Z'],
    ['device-2', '2026-11-04T10:00:00.000Z'],
    ['device-3', '2026-11-02T10:00:00.000Z'],
  ] as const) {
    const phone = { ...PHONE, device };
    recordPhoneRead(db, { ...phone, sequence: 1, readAt, receivedAt: null });
    recordPhoneLeaves(db, phone, { since: 0, sequence: 1, changed: [] });
  }
  expect(phoneLeaves(db, 'chw1', PHONE.server)).toMatchObject({ device: 'device-2' });
  expect(knownPhones(db, PHONE.server)).toEqual([
    { user: 'chw1', device: 'device-2', readAt: '2026-11-04T10:00:00.000Z' },
  ]);
  expect(knownPhones(db, 'https://b.example.org')).toEqual([]);
  expect(phoneLeaves(db, 'chw2', PHONE.server)).toBeNull();
  expect(phoneLeaves(db, 'chw1', 'https://b.example.org')).toBeNull();
});

it('a newer parcel takes the place of the one before, and tells its file', () => {
  const { db } = ledger;
  const parcel = {
    ...PHONE,
    sha256: sha256('one'),
    bytes: 1,
    documents: 1,
    deletes: 0,
    skipped: 0,
    version: '5.2.0',
    sequence: 5,
    madeAt: '2026-11-03T10:00:00.000Z',
    madeBy: 'clerk',
  };
  expect(recordParcel(db, parcel)).toBeNull();
  expect(recordParcel(db, { ...parcel, device: 'device-2', sha256: sha256('other') })).toBeNull();
  expect(recordParcel(db, { ...parcel, sha256: sha256('two') })).toBe(sha256('one'));
  expect(
    parcels(db, PHONE.server)
      .map((one) => one.sha256)
      .sort(),
  ).toEqual([sha256('other'), sha256('two')].sort());
  expect(parcels(db, 'https://b.example.org')).toEqual([]);
});

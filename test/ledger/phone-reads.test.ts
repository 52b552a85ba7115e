import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  recordPhoneRead,
  phoneReads,
  readUpTo,
  receivedAt,
  recordTold,
  toldBefore,
  type PhoneRead,
} from '../../electron/ledger/phone-reads.ts';
import { recordParcel, recordParcelApplied } from '../../electron/ledger/parcels.ts';
import { openTestLedger, sha256, type TestLedger } from '../support/ledger.ts';

let ledger: TestLedger;
beforeEach(() => {
  ledger = openTestLedger();
});
afterEach(() => ledger.remove());

const READ: PhoneRead = {
  server: 'https://a.org',
  user: 'chw1',
  device: 'device-1',
  databaseId: 'db-1',
  sequence: 40,
  readAt: '2026-11-02T08:00:00.000Z',
  receivedAt: null,
};
const note = (change: Partial<PhoneRead> = {}) => recordPhoneRead(ledger.db, { ...READ, ...change });
const known = (user = 'chw1', server: string | null = 'https://a.org') =>
  phoneReads(ledger.db, user, server).map(({ device, databaseId, sequence }) =>
    [device, databaseId, sequence].join(' '),
  );

it('keeps one sequence for each database of a person, the newest', () => {
  note();
  note({ sequence: 50, readAt: '2026-11-03T08:00:00.000Z' });
  // The app was emptied, and its database counts from the beginning again.
  note({ sequence: 7, readAt: '2026-11-04T08:00:00.000Z' });
  note({ databaseId: 'db-2', sequence: 9, readAt: '2026-11-05T08:00:00.000Z' });
  expect(known()).toEqual(['device-1 db-2 9', 'device-1 db-1 7']);
});

it('tells people and servers apart', () => {
  note();
  note({ user: 'chw2', sequence: 1 });
  note({ server: 'https://b.org', sequence: 2 });
  expect(known()).toEqual(['device-1 db-1 40']);
  expect(known('chw2')).toEqual(['device-1 db-1 1']);
  expect(known('chw1', null)).toHaveLength(2);
  expect(known('nobody')).toEqual([]);
});

it('says since when a phone has received nothing, as the latest reading of it knew', () => {
  const received = (user = 'chw1', device = 'device-1') => receivedAt(ledger.db, user, device);
  expect(received()).toBeNull();
  note({ receivedAt: '2026-11-01T08:00:00.000Z' });
  note({ device: 'device-2', receivedAt: '2026-11-02T08:00:00.000Z' });
  expect([received(), received('chw1', 'device-2'), received('chw2')]).toEqual([
    '2026-11-01T08:00:00.000Z',
    '2026-11-02T08:00:00.000Z',
    null,
  ]);
  note({ readAt: '2026-11-09T08:00:00.000Z', receivedAt: '2026-11-08T08:00:00.000Z' });
  expect(received()).toBe('2026-11-08T08:00:00.000Z');
  // A parcel was given to the end: it is as old as its fetching, and a later reading does not forget it.
  const parcel = {
    ...READ,
    sha256: sha256('one'),
    bytes: 1,
    documents: 1,
    deletes: 0,
    skipped: 0,
    version: null,
  };
  recordParcel(ledger.db, { ...parcel, madeAt: '2026-11-09T09:00:00.000Z', madeBy: 'clerk' });
  expect(received()).toBe('2026-11-08T08:00:00.000Z');
  recordParcelApplied(ledger.db, sha256('one'), '2026-11-20T09:00:00.000Z', false);
  expect(received()).toBe('2026-11-08T08:00:00.000Z');
  recordParcelApplied(ledger.db, sha256('one'), '2026-11-20T09:00:00.000Z', true);
  expect([received(), received('chw1', 'device-2')]).toEqual([
    '2026-11-09T09:00:00.000Z',
    '2026-11-02T08:00:00.000Z',
  ]);
  note({ readAt: '2026-11-21T08:00:00.000Z', receivedAt: '2026-11-08T08:00:00.000Z' });
  expect(received()).toBe('2026-11-09T09:00:00.000Z');
  note({ readAt: '2026-11-22T08:00:00.000Z', receivedAt: '2026-11-22T07:00:00.000Z' });
  expect(received()).toBe('2026-11-22T07:00:00.000Z');
  // A second person came to use the app: nobody knows any more.
  note({ device: 'device-3', readAt: '2026-11-10T08:00:00.000Z', receivedAt: '2026-11-10T07:00:00.000Z' });
  note({ device: 'device-3', readAt: '2026-11-11T08:00:00.000Z' });
  expect(received('chw1', 'device-3')).toBeNull();
});

it('keeps what the station told a phone, through later readings of it, and of no other', () => {
  const { server, user, device, databaseId } = READ;
  const of = { server, user, device, databaseId };
  const others = [
    { ...of, server: 'https://b.org' },
    { ...of, user: 'chw2' },
    { ...of, device: 'device-2' },
    { ...of, databaseId: 'db-2' },
  ];
  expect([readUpTo(ledger.db, of), toldBefore(ledger.db, of)]).toEqual([
    null,
    { receivedAt: null, toldAt: null },
  ]);
  note({ receivedAt: '2026-11-01T08:00:00.000Z' });
  for (const other of others) note({ ...other, sequence: 7 });
  recordTold(ledger.db, of, '2026-11-02T08:00:00.000Z');
  note({ sequence: 41, receivedAt: '2026-11-01T08:00:00.000Z' });
  expect([readUpTo(ledger.db, of), toldBefore(ledger.db, of)]).toEqual([
    41,
    { receivedAt: '2026-11-01T08:00:00.000Z', toldAt: '2026-11-02T08:00:00.000Z' },
  ]);
  for (const other of others)
    expect([readUpTo(ledger.db, other), toldBefore(ledger.db, other).toldAt]).toEqual([7, null]);
});

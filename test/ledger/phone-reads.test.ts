import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  recordPhoneRead,
  phoneReads,
  receivedAt,
  type PhoneRead,
} from '../../electron/ledger/phone-reads.ts';
import { openTestLedger, type TestLedger } from '../support/ledger.ts';

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
  // A second person came to use the app: nobody knows any more.
  note({ readAt: '2026-11-10T08:00:00.000Z' });
  expect(received()).toBeNull();
});

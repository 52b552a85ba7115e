/** Phones that were read over a cable, for whoever has to take this computer's trust from them. */
import { expect, onTestFinished, test } from 'vitest';
import { phonesRead } from '../../electron/ledger/lying-here.ts';
import { recordPhoneRead } from '../../electron/ledger/phone-reads.ts';
import { openTestLedger } from '../support/ledger.ts';

test('each phone of each person once, with its last reading, whatever became of its database', () => {
  const ledger = openTestLedger();
  onTestFinished(() => ledger.remove());
  const read = (user: string, device: string, databaseId: string, readAt: string) =>
    recordPhoneRead(ledger.db, {
      server: 'https://cht.example',
      user,
      device,
      databaseId,
      sequence: 1,
      readAt,
      receivedAt: null,
    });
  read('chw1', 'phone-1', 'first', '2026-03-01T08:00:00.000Z');
  read('chw1', 'phone-1', 'after a reset', '2026-03-03T08:00:00.000Z');
  read('chw2', 'phone-1', 'first', '2026-03-02T08:00:00.000Z');
  expect(phonesRead(ledger.db)).toEqual([
    { user: 'chw1', device: 'phone-1', readAt: '2026-03-03T08:00:00.000Z' },
    { user: 'chw2', device: 'phone-1', readAt: '2026-03-02T08:00:00.000Z' },
  ]);
});

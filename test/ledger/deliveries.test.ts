import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  recordAccepted,
  recordFailed,
  recordGone,
  recordRefused,
  recordSent,
} from '../../electron/ledger/deliveries.ts';
import { addUpload, uploadResult } from '../../electron/ledger/uploads.ts';
import { addTakenBatch, BY, newChange, openTestLedger, type TestLedger } from '../support/ledger.ts';

let ledger: TestLedger;
beforeEach(() => (ledger = openTestLedger()));
afterEach(() => ledger.remove());

const ROWS = 130;

function batchOf(count: number) {
  const changes = Array.from({ length: count }, (_, n) => newChange(`visit-${n}`));
  addTakenBatch(ledger.db, {
    name: 'one',
    changes: changes.map((change) => ({ change, class: 'new', state: 'approved' })),
  });
  for (const upload of ['u1', 'u2'])
    addUpload(ledger.db, {
      upload,
      user: 'chw1',
      account: false,
      server: 'https://x.test',
      startedAt: BY.at,
    });
  return changes.map(({ id, rev }) => ({ id, rev, bytes: 10 }));
}

const stateOf = (id: string) => ledger.db.get('SELECT state FROM changes WHERE id = ?', id)?.['state'];

test('what leaves is noted as sent, and a record that goes again after a lost answer is one record', () => {
  const keys = batchOf(ROWS);
  recordSent(ledger.db, 'u1', keys, BY.at);
  expect(stateOf('visit-129')).toBe('sent');
  recordSent(ledger.db, 'u1', keys.slice(0, 1), BY.at);
  // Its bytes went twice.
  expect(uploadResult(ledger.db, 'u1')).toMatchObject({ sent: ROWS, bytes: (ROWS + 1) * 10 });
  expect(uploadResult(ledger.db, 'u1').failed).toHaveLength(ROWS);
  recordSent(ledger.db, 'u2', keys.slice(0, 1), BY.at);
  expect(uploadResult(ledger.db, 'u2')).toMatchObject({ sent: 1, bytes: 10 });
});

test('a result counts every record that was refused, also those that its list has no room for', () => {
  const keys = batchOf(1_200);
  for (const key of keys) recordRefused(ledger.db, 'u1', key, 'not-allowed', BY.at);
  const result = uploadResult(ledger.db, 'u1');
  expect(result.totals).toEqual({ refused: 1_200, failed: 0, lapsed: 0, waiting: 0 });
  expect(result.refused).toHaveLength(1_000);
});

test('each state of a delivery takes the place of the one before', () => {
  const keys = batchOf(3);
  recordSent(ledger.db, 'u1', keys, BY.at);
  recordFailed(ledger.db, 'u1', keys.slice(0, 1), 'not-proven', BY.at);
  recordAccepted(ledger.db, 'u1', keys.slice(1), false, BY.at);
  expect(uploadResult(ledger.db, 'u1')).toMatchObject({
    sent: 3,
    accepted: 2,
    failed: [{ reason: 'not-proven' }],
  });
  // Found there by the next upload: this station's delivery, not the server's own.
  recordAccepted(ledger.db, 'u2', keys.slice(0, 1), true, BY.at);
  expect(ledger.db.get('SELECT server_had_it AS had FROM changes WHERE id = ?', 'visit-0')).toEqual({
    had: 0,
  });
});

test('what the server had, and lost again, counts as sent once it is sent', () => {
  const [one] = batchOf(1);
  if (one === undefined) throw new Error('nothing to send');
  recordAccepted(ledger.db, 'u1', [one], true, BY.at);
  recordGone(ledger.db, 'u1', [one], BY.at);
  expect(uploadResult(ledger.db, 'u1')).toMatchObject({ sent: 0, already: 0 });
  recordSent(ledger.db, 'u1', [one], BY.at);
  recordAccepted(ledger.db, 'u1', [one], false, BY.at);
  expect(uploadResult(ledger.db, 'u1')).toMatchObject({ sent: 1, accepted: 1 });
});

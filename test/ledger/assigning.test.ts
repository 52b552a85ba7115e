import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasLeft, liftRefusalsOf, namesHere, setUser } from '../../electron/ledger/assigning.ts';
import { batchDetail } from '../../electron/ledger/batches.ts';
import {
  markRefused,
  recordAccepted,
  recordFailed,
  recordLapsed,
  recordRefused,
  recordSent,
  recordWaits,
} from '../../electron/ledger/deliveries.ts';
import { recordPhoneRead } from '../../electron/ledger/phone-reads.ts';
import { addUpload } from '../../electron/ledger/uploads.ts';
import {
  addTakenBatch,
  BY,
  newChange,
  openTestLedger,
  standingOf,
  type TestLedger,
} from '../support/ledger.ts';
import { rev } from '../support/revisions.ts';

let ledger: TestLedger;
beforeEach(() => (ledger = openTestLedger()));
afterEach(() => ledger.remove());

const visit = newChange('visit');
const KEY = { id: visit.id, rev: visit.rev, bytes: 100 };

function nobodys(): string {
  const { db } = ledger;
  addUpload(db, { upload: 'u1', user: 'chw2', server: 'https://x.test', startedAt: BY.at });
  return addTakenBatch(db, {
    name: 'nobodys',
    user: null,
    flags: ['unknown-user'],
    changes: [
      { change: visit, class: 'new', state: 'approved' },
      { change: newChange('other'), class: 'new', state: 'approved' },
    ],
  });
}

describe('whether something of a batch has left', () => {
  it.each([
    ['nothing was tried', () => {}, false],
    ['refused', () => recordRefused(ledger.db, 'u1', KEY, 'forbidden', BY.at), false],
    ['waits for another', () => recordWaits(ledger.db, 'u1', KEY, 'needs-held', BY.at), false],
    ['back in the review', () => recordLapsed(ledger.db, 'u1', KEY, 'server-moved', BY), false],
    ['on its way', () => recordSent(ledger.db, 'u1', [KEY], BY.at), true],
    ['no proof', () => recordFailed(ledger.db, 'u1', [KEY], 'offline', BY.at), true],
    ['accepted', () => recordAccepted(ledger.db, 'u1', [KEY], false, BY.at), true],
    ['there before', () => recordAccepted(ledger.db, 'u1', [KEY], true, BY.at), true],
  ])('%s', (_, act, left) => {
    const batch = nobodys();
    act();
    expect(hasLeft(ledger.db, batch)).toBe(left);
    expect(batchDetail(ledger.db, batch)?.mayAssign).toBe(left ? 'sent' : 'yes');
  });

  it('is still so where what was sent was opened again', () => {
    const batch = nobodys();
    recordSent(ledger.db, 'u1', [KEY], BY.at);
    recordFailed(ledger.db, 'u1', [KEY], 'offline', BY.at);
    ledger.db.run(`UPDATE changes SET state = 'open' WHERE id = 'visit'`);
    expect(hasLeft(ledger.db, batch)).toBe(true);
  });
});

describe('refusals of the earlier person', () => {
  it('go, but for those that hold whoever sends the record', () => {
    const batch = nobodys();
    markRefused(ledger.db, KEY, 'subject-elsewhere');
    markRefused(ledger.db, { id: 'other', rev: rev(1, 'other') }, 'too-large-for-server');
    expect(liftRefusalsOf(ledger.db, batch)).toEqual([
      { id: 'visit', rev: visit.rev, reason: 'subject-elsewhere' },
    ]);
    expect(standingOf(ledger.db, 'visit')).toMatchObject({
      class: 'new',
      state: 'approved',
      approved: 'new',
    });
    expect(standingOf(ledger.db, 'other')).toMatchObject({ refused: 'too-large-for-server' });
  });

  it('of other batches stay, and why a record waited is forgotten', () => {
    const batch = nobodys();
    const hers = newChange('hers');
    addTakenBatch(ledger.db, { name: 'hers', changes: [{ change: hers, class: 'new', state: 'approved' }] });
    markRefused(ledger.db, hers, 'subject-elsewhere');
    recordWaits(ledger.db, 'u1', KEY, 'needs-refused', BY.at);
    expect(liftRefusalsOf(ledger.db, batch)).toEqual([]);
    expect(standingOf(ledger.db, 'hers')).toMatchObject({ refused: 'subject-elsewhere' });
    expect(ledger.db.get(`SELECT waits FROM changes WHERE id = 'visit'`)?.['waits']).toBeNull();
  });
});

it('names are those of batches, of phones that were read, and of accounts that a dump tells of', () => {
  const batch = nobodys();
  addTakenBatch(ledger.db, {
    name: 'hers',
    user: 'chw1',
    changes: [
      { change: newChange('org.couchdb.user:chw7', { neverSent: 'kind' }) },
      { change: newChange(`org.couchdb.user:${'x'.repeat(300)}`, { neverSent: 'kind' }) },
      { change: newChange('org.couchdb.users') },
    ],
  });
  const read = {
    server: 'https://x.test',
    user: 'chw8',
    device: 'd',
    databaseId: 'i',
    sequence: 1,
    readAt: BY.at,
    receivedAt: null,
  };
  recordPhoneRead(ledger.db, read);
  setUser(ledger.db, { batch, dump: batchDetail(ledger.db, batch)?.dump ?? '' }, 'chw9', ['typed-user']);
  expect(namesHere(ledger.db)).toEqual(['chw1', 'chw7', 'chw8', 'chw9']);
});

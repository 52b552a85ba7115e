import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLASSES, STATES } from '../../shared/review.ts';
import { receiptCounts } from '../../electron/ledger/receipts.ts';
import { recordAccepted, recordRefused, recordSent } from '../../electron/ledger/deliveries.ts';
import { addUpload } from '../../electron/ledger/uploads.ts';
import type { Database } from '../../electron/ledger/database.ts';
import {
  addTakenBatch,
  BY,
  newChange,
  openTestLedger,
  sha256,
  type Standing,
  type TestLedger,
} from '../support/ledger.ts';

let ledger: TestLedger;
let db: Database;
beforeEach(() => {
  ledger = openTestLedger();
  ({ db } = ledger);
});
afterEach(() => ledger.remove());

const standing = fc.record({
  class: fc.constantFrom(...CLASSES.filter((kind) => kind !== 'broken')),
  state: fc.constantFrom(...STATES),
  serverHadIt: fc.boolean(),
});

describe('the counts of a receipt', () => {
  it('add up: every record that was read stands in exactly one place', () => {
    let run = 0;
    fc.assert(
      fc.property(
        fc.array(standing, { maxLength: 12 }),
        fc.nat(3),
        fc.nat(3),
        fc.nat(3),
        (rows, broken, known, skipped) => {
          const name = `run ${(run += 1)}`;
          const changes = rows.map((row, at): Standing => ({
            ...row,
            change: newChange(`${name} ${at}`, { ordinal: at + 1 }),
          }));
          const batch = addTakenBatch(db, { name, changes, broken, known, skipped });
          const counts = receiptCounts(db, [{ batch, dump: sha256(name) }]);
          expect(counts.read).toBe(rows.length + broken + known + skipped);
          expect(counts.alreadyHere).toBe(known);
          expect(counts.broken).toBe(broken);
          const places = [
            counts.alreadyHere,
            counts.serverHadIt,
            counts.approved,
            counts.accepted,
            counts.open,
            counts.held,
            counts.superseded,
            counts.settled,
            counts.broken,
            counts.notSent,
          ];
          expect(places.reduce((sum, one) => sum + one, 0)).toBe(counts.read);
          // What the server refused waits for a decision, so it is among the open ones.
          expect(counts.refused.length).toBeLessThanOrEqual(counts.open);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('count what was approved and what the server took apart', () => {
    const batch = addTakenBatch(db, {
      name: 'some',
      changes: [
        { change: newChange('open'), class: 'new' },
        { change: newChange('approved'), class: 'new', state: 'approved' },
        { change: newChange('sent'), class: 'new', state: 'sent' },
        { change: newChange('accepted'), class: 'new', state: 'accepted' },
        { change: newChange('had it'), class: 'new', state: 'accepted', serverHadIt: true },
        { change: newChange('same'), class: 'same' },
        { change: newChange('held'), class: 'update', state: 'held' },
        { change: newChange('replaced'), class: 'new', state: 'superseded' },
        { change: newChange('newer here'), class: 'older', reason: 'newer-here' },
        { change: newChange('older'), class: 'older', reason: 'server-has-newer' },
        { change: newChange('other side kept'), class: 'conflict', state: 'closed', resolution: 'r1' },
        { change: newChange('form'), class: 'never-sent' },
        { change: newChange('no'), class: 'new', refused: 'not yours' },
        { change: newChange('no, approved before'), class: 'new', state: 'approved', refused: 'not yours' },
        { change: newChange('no, held'), class: 'new', state: 'held', refused: 'not yours' },
      ],
      broken: 1,
      known: 4,
      skipped: 2,
    });
    expect(receiptCounts(db, [{ batch, dump: sha256('some') }])).toEqual({
      read: 22,
      alreadyHere: 4,
      toSend: 8,
      approved: 2,
      held: 2,
      open: 3,
      accepted: 1,
      serverHadIt: 3,
      superseded: 2,
      settled: 1,
      refused: ['no', 'no, approved before'].map((id) => ({
        id,
        rev: newChange(id).rev,
        label: id,
        reason: 'not yours',
        reportedAt: newChange(id).reportedAt,
        about: null,
      })),
      heldRecords: ['held', 'no, held'].map((id) => ({
        id,
        rev: newChange(id).rev,
        label: id,
        reason: 'look again',
        reportedAt: newChange(id).reportedAt,
        about: null,
      })),
      broken: 1,
      notSent: 3,
      approvedBy: [],
      sentAs: [],
    });
  });

  it('name who signed in to send, once each, and not who was refused', () => {
    const one = newChange('one');
    const two = newChange('two');
    const batch = addTakenBatch(db, {
      name: 'sent',
      changes: [one, two].map((change) => ({ change, class: 'new', state: 'approved' })),
    });
    for (const [upload, user] of [
      ['u1', 'chw2'],
      ['u2', 'chw1'],
      ['u3', 'chw1'],
    ] as const) {
      addUpload(db, { upload, user, server: 'https://cht.example.org', startedAt: BY.at });
    }
    recordSent(db, 'u1', [{ ...two, bytes: 10 }], BY.at);
    recordRefused(db, 'u1', two, 'not yours', BY.at);
    recordSent(db, 'u2', [{ ...one, bytes: 10 }], BY.at);
    recordAccepted(db, 'u2', [one], false, BY.at);
    const { sentAs, accepted, refused } = receiptCounts(db, [{ batch, dump: sha256('sent') }]);
    expect({ sentAs, accepted, refused: refused.map(({ id }) => id) }).toEqual({
      sentAs: ['chw1'],
      accepted: 1,
      refused: ['two'],
    });
  });

  it('of a dump that was split are read once: the first batch counts the dump, the others their own', () => {
    const changes = [newChange('mine'), newChange('hers')].map((change) => ({ change }));
    const first = addTakenBatch(db, { name: 'split', changes, known: 3 });
    const second = `${first}.2`;
    db.run(
      `INSERT INTO batches (batch, dump, user, taken_at) VALUES (?, ?, 'chw2', ?)`,
      second,
      sha256('split'),
      BY.at,
    );
    db.run(`UPDATE changes SET batch = ? WHERE id = 'hers'`, second);
    const counts = [first, second].map((batch) => receiptCounts(db, [{ batch, dump: sha256('split') }]));
    expect(counts.map(({ read, alreadyHere, open }) => ({ read, alreadyHere, open }))).toEqual([
      { read: 4, alreadyHere: 3, open: 1 },
      { read: 1, alreadyHere: 0, open: 1 },
    ]);
  });
});

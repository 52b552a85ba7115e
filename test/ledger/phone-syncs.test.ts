/** What a phone's own sync is noted for. */
import { expect, it } from 'vitest';
import { notSettled, recordFirstCompared, uncheckedDocuments } from '../../electron/ledger/phone-syncs.ts';
import { addTakenBatch, newChange, openTestLedger } from '../support/ledger.ts';

it('is none of several contents of a revision: the phone sent one of them, and the revision does not tell which', () => {
  const ledger = openTestLedger();
  try {
    const [plain, doubled, older] = ['plain', 'doubled', 'older'].map((id) => newChange(id));
    if (plain === undefined || doubled === undefined || older === undefined) throw new Error('three changes');
    addTakenBatch(ledger.db, {
      name: 'phone',
      changes: [
        { change: plain, class: 'new', state: 'sent' },
        { change: doubled, class: 'contradiction', state: 'sent' },
        { change: older, class: 'new', state: 'superseded' },
      ],
    });
    const found = notSettled(ledger.db, [plain, doubled, older]);
    expect(found.map(({ id }) => id)).toEqual(['plain']);
  } finally {
    ledger.remove();
  }
});

it('counts a batch as compared once the server was asked about everything in it, and leaves an earlier time as it is', () => {
  const ledger = openTestLedger();
  const { db } = ledger;
  try {
    const at = (batch: string): unknown =>
      db.get('SELECT compared_at FROM batches WHERE batch = ?', batch)?.['compared_at'];
    const add = (name: string, classes: readonly ('unchecked' | 'new')[]): string =>
      addTakenBatch(db, {
        name,
        user: name.startsWith('other') ? 'chw2' : 'chw1',
        changes: classes.map((one, n) => ({ change: newChange(`${name}-${n}`), class: one, state: 'open' })),
      });
    const [whole, partly, other] = [
      add('whole', ['new', 'new']),
      add('partly', ['new', 'unchecked']),
      add('other', ['new']),
    ];
    expect(uncheckedDocuments(db)).toEqual(['partly-1']);
    db.run('UPDATE batches SET compared_at = NULL');
    recordFirstCompared(db, 'chw1', 'now');
    expect([whole, partly, other].map(at)).toEqual(['now', null, null]);
    recordFirstCompared(db, 'chw1', 'later');
    expect(at(whole)).toBe('now');
  } finally {
    ledger.remove();
  }
});

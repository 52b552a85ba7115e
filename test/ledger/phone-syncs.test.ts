/** What a phone's own sync is noted for. */
import { expect, it } from 'vitest';
import { notSettled } from '../../electron/ledger/phone-syncs.ts';
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

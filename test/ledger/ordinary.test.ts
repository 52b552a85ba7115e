/** The rule of what one button may approve stands twice, in TypeScript and as SQL: both must say the same. */
import { expect, it } from 'vitest';
import { ORDINARY, TO_SEND } from '../../electron/ledger/states.ts';
import { rowsOf } from '../../electron/ledger/counts.ts';
import { CLASSES, STATES } from '../../shared/states.ts';
import { isOrdinary } from '../../shared/unusual.ts';
import { addTakenBatch, newChange, openTestLedger, type Standing } from '../support/ledger.ts';

const standings: Standing[] = CLASSES.flatMap((kind) =>
  [undefined, 'outside-area'].flatMap((refused) =>
    [[], [{ rule: 'undated' as const, number: 1 }]].map((unusual, at) => ({
      change: newChange(`${kind}-${refused ?? 'taken'}-${at}`),
      class: kind,
      unusual,
      ...(refused === undefined ? {} : { refused }),
    })),
  ),
);

it('is the same for the window and for the ledger', () => {
  const ledger = openTestLedger();
  try {
    addTakenBatch(ledger.db, { name: 'all', changes: standings });
    const found = ledger.db.all(`SELECT id FROM changes c WHERE ${ORDINARY} ORDER BY id`);
    const expected = standings.filter((one) =>
      isOrdinary({
        class: one.class ?? 'unchecked',
        refused: one.refused !== undefined,
        unusual: one.unusual ?? [],
      }),
    );
    expect(expected).toHaveLength(2);
    expect(found.map((row) => row['id'])).toEqual(expected.map(({ change }) => change.id).toSorted());
  } finally {
    ledger.remove();
  }
});

it('what is counted as to be sent is what an upload takes', () => {
  const ledger = openTestLedger();
  try {
    const changes = STATES.flatMap((state) =>
      [undefined, 'outside-area'].map((refused): Standing => ({
        change: newChange(`${state}-${refused ?? 'taken'}`),
        class: 'new',
        state,
        ...(refused === undefined ? {} : { refused }),
      })),
    );
    addTakenBatch(ledger.db, { name: 'all', changes });
    const idsOf = (condition: string): unknown[] =>
      ledger.db.all(`SELECT id FROM changes c WHERE ${condition} ORDER BY id`).map((row) => row['id']);
    expect(idsOf(rowsOf('toSend', 'c'))).toEqual(idsOf(TO_SEND));
    expect(idsOf(TO_SEND)).toEqual(['approved-taken', 'sent-taken']);
  } finally {
    ledger.remove();
  }
});

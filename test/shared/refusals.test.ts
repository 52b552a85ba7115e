import { describe, expect, it } from 'vitest';
import { kindOf } from '../../shared/document-kinds.ts';
import { isGuessed, REFUSAL_REASONS, whyNotTaken, type Standing } from '../../shared/refusals.ts';

const person = { user: 'chw1', facilities: ['area1'], maySend: true };
const inTheArea = (): Standing => 'visible';

/** What is foreseen of a deletion that still has this body, of a record that the health worker sees. */
function foreseen(body: Record<string, unknown>, deleted = true): string | null {
  const record = { id: 'x', kind: kindOf('x', body, deleted), deleted, body };
  return whyNotTaken(record, person, inTheArea);
}

describe('a deletion', () => {
  it('goes with what was left of the record, and is refused without its type', () => {
    const parent = { _id: 'area1' };
    expect(foreseen({ type: 'person', parent })).toBeNull();
    expect(foreseen({ type: 'data_record', form: 'visit', fields: { patient_id: 'p1' } })).toBeNull();
    expect(foreseen({})).toBe('bare-deletion');
    // What else is left does not tell the server what it was.
    expect(foreseen({ parent, name: 'Amina' })).toBe('bare-deletion');
    expect(foreseen({ form: 'visit', fields: { patient_id: 'p1' } })).toBe('bare-deletion');
  });

  it('is meant only by what is deleted', () => {
    expect(foreseen({ parent: { _id: 'area1' } }, false)).toBe('kind-not-allowed');
  });
});

it('a reason that the station works out is a guess; what it measured or was told is none, nor is the server’s own word', () => {
  expect(REFUSAL_REASONS.filter((reason) => !isGuessed(reason))).toEqual([
    'removed-on-server',
    'other-content',
    'too-large-for-server',
    'unreadable-for-server',
  ]);
  for (const word of ['forbidden', 'validate: bad doc']) expect(isGuessed(word)).toBe(false);
});

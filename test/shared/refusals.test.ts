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

describe('a role that reaches so deep', () => {
  const chain = (levels: number): Record<string, unknown> =>
    levels === 0 ? { _id: 'area1' } : { _id: `level-${levels}`, parent: chain(levels - 1) };
  const contact = (levels: number, reach: number | null): string | null => {
    const body = { type: 'contact', contact_type: 'village', parent: chain(levels - 1) };
    const record = { id: 'x', kind: kindOf('x', body, false), deleted: false, body };
    return whyNotTaken(record, { ...person, contactDepth: reach }, () => 'absent');
  };

  it('sends contacts no deeper, and all of them where nothing limits it', () => {
    expect(contact(2, 2)).toBeNull();
    expect(contact(3, 2)).toBe('too-deep');
    for (const levels of [1, 3, 8, 20]) expect(contact(levels, null)).toBeNull();
  });

  it.each([
    ['of others about what lies deeper', 'somebody', 3, false, 'too-deep'],
    ['of others about what is near', 'somebody', 2, false, null],
    ['of the own, however deep', 'hc1-chw1', 9, false, null],
    ['about somebody of whom it cannot be told', 'somebody', undefined, false, null],
    ['that a supervisor has to sign', 'somebody', 3, true, null],
  ] as const)('sends reports %s', (_what, by, depth, signed, reason) => {
    const fields = { patient_id: 'p1', ...(signed ? { needs_signoff: true } : {}) };
    const body = {
      type: 'data_record',
      form: 'visit',
      contact: { _id: by, parent: { _id: 'area1' } },
      fields,
    };
    const record = { id: 'x', kind: kindOf('x', body, false), deleted: false, body };
    const who = { ...person, contact: 'hc1-chw1', reportDepth: 2 };
    const depthOf = (id: string) => (id === 'p1' ? depth : id === 'area1' ? 0 : undefined);
    expect(whyNotTaken(record, who, inTheArea, depthOf)).toBe(reason);
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

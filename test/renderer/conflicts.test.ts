/** A version made of several: what comes from where, and that nothing else changes. */
import { describe, expect, test } from 'vitest';
import { canBePicked, canGive, mixOf } from '../../renderer/screens/conflicts/mix.ts';

const ours = { _id: 'd', name: 'Blue gate', fields: { weight: 3, note: 'ours' }, list: [1] };
const theirs = { _id: 'd', name: 'Green gate', fields: { weight: 4 }, phone: '1', list: [2] };
const bodies = [ours, theirs, null];

describe('a mixture', () => {
  test('takes the picked fields and leaves the rest as in the base', () => {
    const mixed = mixOf(bodies, 0, [
      { path: ['name'], from: 1 },
      { path: ['fields', 'weight'], from: 1 },
      { path: ['phone'], from: 1 },
    ]);
    expect(mixed).toEqual({
      _id: 'd',
      name: 'Green gate',
      fields: { weight: 4, note: 'ours' },
      phone: '1',
      list: [1],
    });
    expect(ours.fields.weight).toBe(3);
  });
  test('a field that the other leaf does not have is taken out', () => {
    expect(mixOf(bodies, 0, [{ path: ['fields', 'note'], from: 1 }])['fields']).toEqual({ weight: 3 });
    expect(mixOf(bodies, 1, [{ path: ['phone'], from: 0 }])).not.toHaveProperty('phone');
    expect(mixOf(bodies, 0, [{ path: ['gone', 'deep'], from: 1 }])).toEqual(ours);
  });
  test('a group that the base does not have is made', () => {
    const other = { group: { deep: { value: 1 } } };
    expect(mixOf([{}, other], 0, [{ path: ['group', 'deep', 'value'], from: 1 }])).toEqual(other);
  });
  test('a text that was typed stands where no version is right', () => {
    expect(mixOf(bodies, 0, [{ path: ['name'], from: 'Red gate' }])['name']).toBe('Red gate');
  });
  test('no pick, or only picks of the base, is the base', () => {
    expect(mixOf(bodies, 0, [])).toEqual(ours);
    expect(mixOf(bodies, 0, [{ path: ['name'], from: 0 }])).toEqual(ours);
  });
  test('a hostile name is a name like any other', () => {
    const evil: unknown = JSON.parse('{"__proto__":{"polluted":true}}');
    const mixed = mixOf([{}, evil as Record<string, unknown>], 0, [
      { path: ['__proto__', 'polluted'], from: 1 },
    ]);
    expect(JSON.stringify(mixed)).toBe('{"__proto__":{"polluted":true}}');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

test('fields inside lists follow the base, hidden and deleted leaves give nothing', () => {
  expect(canBePicked(['fields', 'weight'])).toBe(true);
  expect(canBePicked(['list', 0])).toBe(false);
  expect(canBePicked([])).toBe(false);
  const leaf = {
    rev: '1-a',
    origin: 'dump',
    user: null,
    device: null,
    takenAt: null,
    exportedAt: null,
  } as const;
  const conflict = {
    bodies,
    leaves: [
      { ...leaf, deleted: false },
      { ...leaf, deleted: true },
      { ...leaf, deleted: false },
    ],
  };
  expect([0, 1, 2].map((index) => canGive(conflict, index))).toEqual([true, false, false]);
});

import { create } from 'jsondiffpatch';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalContent, canonicalValue } from '../../shared/content.ts';
import { differenceOf, fieldsThatDiffer, MAX_FIELDS } from '../../shared/difference.ts';
import type { FieldDifference } from '../../shared/review.ts';
import { personBody, reportBody } from '../support/bodies.ts';
import { jsonObjects, nested, reversedKeys } from './json.ts';

describe('the difference of two versions', () => {
  it('is nothing between a document and itself in another order', () => {
    expect(differenceOf(reportBody(), reversedKeys(reportBody()) as Record<string, unknown>)).toEqual([]);
    expect(differenceOf({}, {})).toEqual([]);
  });

  it('names what was changed, put in and taken out, in the order of the newer version', () => {
    const before = { name: 'Amina', phone: '+256 1', parent: { _id: 'p1' } };
    const after = { sex: 'female', name: 'Aminah', parent: { _id: 'p2' } };
    expect(differenceOf(before, after)).toEqual([
      { path: ['sex'], after: 'female' },
      { path: ['name'], before: 'Amina', after: 'Aminah' },
      { path: ['parent', '_id'], before: 'p1', after: 'p2' },
      { path: ['phone'], before: '+256 1' },
    ]);
  });

  it('takes groups apart that exist on one side only', () => {
    expect(differenceOf({ fields: { a: { x: 1, y: 2 } } }, { fields: { b: { z: 3 } } })).toEqual([
      { path: ['fields', 'b', 'z'], after: 3 },
      { path: ['fields', 'a', 'x'], before: 1 },
      { path: ['fields', 'a', 'y'], before: 2 },
    ]);
  });

  it('shows everything of a new document', () => {
    const paths = differenceOf(null, personBody()).map(({ path }) => path.join('.'));
    expect(paths).toEqual([
      'type',
      'name',
      'parent._id',
      'parent.parent._id',
      'parent.parent.parent._id',
      'reported_date',
    ]);
    expect(differenceOf(null, personBody()).every((field) => !('before' in field))).toBe(true);
  });

  it('tells an empty group, null and a missing field apart', () => {
    expect(differenceOf({ a: {} }, {})).toEqual([{ path: ['a'], before: {} }]);
    expect(differenceOf({ a: { b: 1 } }, { a: {} })).toEqual([{ path: ['a'], before: { b: 1 }, after: {} }]);
    expect(differenceOf({}, { a: null })).toEqual([{ path: ['a'], after: null }]);
    expect(differenceOf({ a: null }, { a: 0 })).toEqual([{ path: ['a'], before: null, after: 0 }]);
    expect(differenceOf({ a: [1] }, { a: { 0: 1 } })).toEqual([
      { path: ['a'], before: [1], after: { 0: 1 } },
    ]);
  });

  it('matches elements of arrays by content', () => {
    const state = (name: string): Record<string, unknown> => ({ state: name, at: 1 });
    const before = { states: [state('Draft'), state('Ready')] };
    expect(differenceOf(before, { states: [...before.states, state('Completed')] })).toEqual([
      { path: ['states', 2], after: state('Completed') },
    ]);
    expect(differenceOf(before, { states: [state('Ready')] })).toEqual([
      { path: ['states', 0], before: state('Draft') },
    ]);
    expect(differenceOf(before, { states: [state('Draft'), state('Failed')] })).toEqual([
      { path: ['states', 1, 'state'], before: 'Ready', after: 'Failed' },
    ]);
    expect(differenceOf({ a: ['x', 'y'] }, { a: ['y', 'x'] })).toEqual([
      { path: ['a', 0], before: 'x' },
      { path: ['a', 1], after: 'x' },
    ]);
  });

  it('shows a deletion and attachments, and nothing else that CouchDB keeps for itself', () => {
    const photo = { digest: 'md5-a', content_type: 'image/jpeg', length: 4, revpos: 1, stub: true };
    const before = { _id: 'x', _rev: '1-a', name: 'A', _attachments: { photo } };
    const after = {
      _id: 'x',
      _rev: '2-b',
      name: 'A',
      _deleted: true,
      _attachments: { photo: { ...photo, revpos: 2 } },
    };
    expect(differenceOf(before, after)).toEqual([{ path: ['_deleted'], after: true }]);
    const retaken = { ...before, _attachments: { photo: { ...photo, digest: 'md5-b' } } };
    expect(differenceOf(before, retaken)).toEqual([
      { path: ['_attachments', 'photo', 'digest'], before: 'md5-a', after: 'md5-b' },
    ]);
    const retyped = { ...before, _attachments: { photo: { ...photo, content_type: 'image/png' } } };
    expect(differenceOf(before, retyped)).toEqual([
      { path: ['_attachments', 'photo', 'content_type'], before: 'image/jpeg', after: 'image/png' },
    ]);
    expect(differenceOf({ _attachments: 'odd' }, { _attachments: [1], _deleted: 'yes' })).toEqual([]);
  });

  it('sums up what is more than a person can look at', () => {
    const many = Object.fromEntries(
      Array.from({ length: MAX_FIELDS + 7 }, (_, index) => [`f${index}`, index]),
    );
    const fields = differenceOf({}, many);
    expect(fields).toHaveLength(MAX_FIELDS + 1);
    expect(fields.at(-2)?.path).toEqual([`f${MAX_FIELDS - 1}`]);
    expect(fields.at(-1)).toEqual({ path: [], after: 7 });
  });

  it.each(['objects', 'arrays'] as const)('takes %s nested 3,000 deep', (kind) => {
    const [before, after] = [{ a: nested(3_000, kind, 1) }, { a: nested(3_000, kind, 2) }];
    const fields = differenceOf(before, after);
    expect(fields).toHaveLength(1);
    expect(fields[0]?.path).toHaveLength(3_001);
    expect(fields[0]).toMatchObject({ before: 1, after: 2 });
  });

  it('takes arrays of 100,000 elements', () => {
    const before = Array.from({ length: 100_000 }, (_, index) => index);
    const after = before.map((value) => (value % 50_000 === 7 ? -1 : value));
    expect(differenceOf({ before }, { before: after })).toEqual([
      { path: ['before', 7], before: 7, after: -1 },
      { path: ['before', 50_007], before: 50_007, after: -1 },
    ]);
  });

  it('is nothing exactly when the canonical content is equal', () => {
    const pairs = fc.oneof(
      fc.tuple(jsonObjects, jsonObjects),
      jsonObjects.map((body) => [body, reversedKeys(body) as Record<string, unknown>] as const),
    );
    fc.assert(
      fc.property(pairs, ([before, after]) => {
        const areEqual = canonicalContent(before, false, {}) === canonicalContent(after, false, {});
        expect(differenceOf(before, after).length === 0).toBe(areEqual);
      }),
      { numRuns: 2_000 },
    );
  });

  it('leads from the older version to the newer one, field by field', () => {
    fc.assert(
      fc.property(jsonObjects, jsonObjects, (older, newer) => {
        const [before, after] = [withoutReserved(older), withoutReserved(newer)];
        expect(canonicalValue(applyAll(before, differenceOf(before, after)))).toBe(canonicalValue(after));
        expect(canonicalValue(applyAll({}, differenceOf(null, after)))).toBe(canonicalValue(after));
      }),
      { numRuns: 3_000 },
    );
  });

  it('puts in and takes out as few elements as jsondiffpatch', () => {
    const patcher = create({ arrays: { detectMove: false } });
    const letters = fc.array(fc.constantFrom('p', 'q', 'r'), { maxLength: 12, size: 'max' });
    fc.assert(
      fc.property(letters, letters, (before, after) => {
        const delta = (patcher.diff(before, after) ?? {}) as Record<string, unknown>;
        const theirs = Object.keys(delta).filter((key) => key !== '_t').length;
        const sides = differenceOf({ a: before }, { a: after }).map((field) => Object.keys(field).length - 1);
        expect(sides.reduce((sum, count) => sum + count, 0)).toBe(theirs);
      }),
      { numRuns: 1_000 },
    );
  });
});

function withoutReserved(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !key.startsWith('_')));
}

type Step = FieldDifference;
type Fields = Record<string, unknown>;

/** What the entries say, done to a document: a second reading of the docstring of `differenceOf`. */
function applyAll(body: Fields, steps: readonly Step[]): Fields {
  return Object.fromEntries(appliedEntries(body, steps));
}

function apply(value: unknown, steps: readonly Step[]): unknown {
  const whole = steps.find(({ path }) => path.length === 0);
  if (whole !== undefined) return whole.after;
  if (steps.length === 0) return value;
  if (Array.isArray(value)) return appliedToArray(value, steps);
  const entries = appliedEntries((value ?? {}) as Fields, steps);
  // A group that lost its last field was taken out as a whole.
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function below(steps: readonly Step[], head: string | number): Step[] {
  return steps.filter(({ path }) => path[0] === head).map((step) => ({ ...step, path: step.path.slice(1) }));
}

function appliedEntries(group: Fields, steps: readonly Step[]): [string, unknown][] {
  const fields = new Map(Object.entries(group));
  for (const head of new Set(steps.map(({ path }) => String(path[0])))) {
    const after = apply(fields.get(head), below(steps, head));
    if (after === undefined) fields.delete(head);
    else fields.set(head, after);
  }
  return [...fields];
}

function appliedToArray(value: readonly unknown[], steps: readonly Step[]): unknown[] {
  const isWhole = ({ path }: Step): boolean => path.length === 1;
  const takenOut = steps.filter((step) => isWhole(step) && !('after' in step)).map(({ path }) => path[0]);
  const putIn = steps.filter((step) => isWhole(step) && !('before' in step));
  const kept = value.filter((_, index) => !takenOut.includes(index));
  for (const { path, after } of putIn.toSorted((a, b) => Number(a.path[0]) - Number(b.path[0]))) {
    kept.splice(Number(path[0]), 0, after);
  }
  const others = steps.filter((step) => !isWhole(step) || ('before' in step && 'after' in step));
  return kept.map((element, index) => apply(element, below(others, index)));
}

describe('the fields in which versions differ', () => {
  const phone = { name: 'Amina', phone: '1', parent: { _id: 'p1', parent: { _id: 'q' } } };

  it('come with the value in each version', () => {
    const other = { name: 'Aminah', phone: '1', parent: { _id: 'p2', parent: { _id: 'q' } } };
    const third = { name: 'Amina', parent: { _id: 'p1', parent: { _id: 'q' } }, sex: 'female' };
    expect(fieldsThatDiffer([phone, other, third])).toEqual([
      { path: ['name'], values: ['Amina', 'Aminah', 'Amina'] },
      { path: ['phone'], values: ['1', '1', undefined] },
      { path: ['parent', '_id'], values: ['p1', 'p2', 'p1'] },
      { path: ['sex'], values: [undefined, undefined, 'female'] },
    ]);
  });

  it('count a version that cannot be seen for nothing', () => {
    expect(fieldsThatDiffer([phone, null])).toEqual([]);
    expect(fieldsThatDiffer([null, phone, { ...phone, name: 'B' }])).toEqual([
      { path: ['name'], values: [undefined, 'Amina', 'B'] },
    ]);
    expect(fieldsThatDiffer([null, null])).toEqual([]);
    expect(fieldsThatDiffer([])).toEqual([]);
  });

  it('are whole where the versions have another shape', () => {
    expect(fieldsThatDiffer([{ a: { b: 1 } }, {}])).toEqual([{ path: ['a'], values: [{ b: 1 }, undefined] }]);
    expect(fieldsThatDiffer([{ a: [1, 2] }, { a: [1] }])).toEqual([{ path: ['a'], values: [[1, 2], [1]] }]);
    expect(fieldsThatDiffer([{ a: [1, 2] }, { a: [1, 3] }])).toEqual([{ path: ['a', 1], values: [2, 3] }]);
    expect(fieldsThatDiffer([{ a: { b: 1 } }, { a: {} }])).toEqual([{ path: ['a'], values: [{ b: 1 }, {}] }]);
  });

  it('show a deletion', () => {
    const fields = fieldsThatDiffer([
      { _rev: '2-a', name: 'A' },
      { _rev: '2-b', name: 'A', _deleted: true },
    ]);
    expect(fields).toEqual([{ path: ['_deleted'], values: [undefined, true] }]);
  });

  it('are summed up when there are too many', () => {
    const many = (value: number): Fields =>
      Object.fromEntries(Array.from({ length: MAX_FIELDS + 2 }, (_, index) => [`f${index}`, value]));
    const fields = fieldsThatDiffer([many(1), many(2)]);
    expect(fields).toHaveLength(MAX_FIELDS + 1);
    expect(fields.at(-1)).toEqual({ path: [], values: [2, 2] });
  });

  it('are enough to make any of the versions from any other', () => {
    const put = (value: unknown, path: readonly (string | number)[], after: unknown): unknown => {
      const [head, ...rest] = path;
      if (head === undefined) return after;
      if (Array.isArray(value))
        return value.map((part, index) => (index === head ? put(part, rest, after) : part));
      const fields = new Map(Object.entries(value as Fields));
      const part = put(fields.get(String(head)), rest, after);
      if (part === undefined) fields.delete(String(head));
      else fields.set(String(head), part);
      return Object.fromEntries(fields);
    };
    fc.assert(
      fc.property(fc.array(jsonObjects.map(withoutReserved), { minLength: 2, maxLength: 4 }), (bodies) => {
        const fields = fieldsThatDiffer(bodies);
        const made = fields.reduce<unknown>(
          (body, { path, values }) => put(body, path, values[1]),
          bodies[0],
        );
        expect(canonicalValue(made)).toBe(canonicalValue(bodies[1]));
        for (const { values } of fields) {
          const different = new Set(values.map((value) => canonicalValue({ value })));
          expect(different.size).toBeGreaterThan(1);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalContent, canonicalValue } from '../../shared/content.ts';
import { reportBody } from '../support/bodies.ts';
import { jsonObjects, jsonValues, nested, reversedKeys } from './json.ts';

const photo = { digest: 'md5-1B2M2Y8AsgTpgAmY7PhCfg==', content_type: 'image/jpeg' };

describe('the canonical content of a document', () => {
  const content = canonicalContent(reportBody(), false, { photo });

  it('does not depend on the order of keys or of attachments', () => {
    const other = { ...photo, digest: 'md5-other' };
    const keys = reversedKeys(reportBody()) as Record<string, unknown>;
    expect(canonicalContent(keys, false, { photo })).toBe(content);
    expect(canonicalContent(reportBody(), false, { a: photo, b: other })).toBe(
      canonicalContent(reportBody(), false, { b: other, a: photo }),
    );
  });

  it('does not depend on what CouchDB keeps for itself', () => {
    const stored = {
      ...reportBody(),
      _id: 'x',
      _rev: '2-b',
      _revisions: { start: 2, ids: ['b', 'a'] },
      _attachments: {},
    };
    expect(canonicalContent(stored, false, { photo })).toBe(content);
    const stub = { ...photo, revpos: 3, length: 10, stub: true };
    expect(canonicalContent(reportBody(), false, { photo: stub })).toBe(content);
  });

  it.each([
    ['a field', canonicalContent(reportBody({ form: 'delivery' }), false, { photo })],
    [
      'a nested field',
      canonicalContent(reportBody({ fields: { patient_id: 'person-2' } }), false, { photo }),
    ],
    [
      'a nested field that begins with _',
      canonicalContent(reportBody({ contact: { _id: 'chw-2' } }), false, { photo }),
    ],
    ['being deleted', canonicalContent(reportBody(), true, { photo })],
    ['a missing attachment', canonicalContent(reportBody(), false, {})],
    [
      'the bytes of an attachment',
      canonicalContent(reportBody(), false, { photo: { ...photo, digest: 'md5-x' } }),
    ],
    [
      'the type of an attachment',
      canonicalContent(reportBody(), false, { photo: { ...photo, content_type: 'x/y' } }),
    ],
    ['the name of an attachment', canonicalContent(reportBody(), false, { picture: photo })],
  ])('depends on %s', (_what, other) => {
    expect(other).not.toBe(content);
  });

  it('keeps fields and attachments apart', () => {
    const one = canonicalContent({ a: 'x\n[]\n{}' }, false, {});
    const other = canonicalContent({}, false, { 'a\n': photo });
    expect(one.split('\n')).toHaveLength(3);
    expect(other.split('\n')).toHaveLength(3);
  });
});

describe('canonical JSON', () => {
  it('sorts keys at every level and keeps the order of arrays', () => {
    expect(canonicalValue({ b: [{ d: 1, c: 2 }, 'x'], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1},"x"]}');
  });

  it('writes what is not JSON as JSON.stringify does', () => {
    const odd = [-0, undefined, Number.NaN, Number.POSITIVE_INFINITY, () => 1, Symbol('s')];
    expect(canonicalValue(odd)).toBe(JSON.stringify(odd));
    expect(canonicalValue({ a: undefined, b: -0, c: () => 1, d: 1 })).toBe('{"b":0,"d":1}');
    expect(canonicalValue({ a: undefined })).toBe('{}');
    expect(canonicalValue(undefined)).toBe('null');
    expect(canonicalValue('\ud800"\n')).toBe(JSON.stringify('\ud800"\n'));
  });

  it('is JSON of the same value', () => {
    fc.assert(
      fc.property(jsonValues, (value) => {
        expect(isDeepStrictEqual(JSON.parse(canonicalValue(value)), JSON.parse(JSON.stringify(value)))).toBe(
          true,
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it('is the same for two values exactly when they are equal', () => {
    const pairs = fc.oneof(
      fc.tuple(jsonValues, jsonValues),
      jsonValues.map((value) => [value, reversedKeys(value)] as const),
    );
    let equal = 0;
    fc.assert(
      fc.property(pairs, ([one, other]) => {
        const areEqual = isDeepStrictEqual(one, other);
        equal += areEqual ? 1 : 0;
        expect(canonicalValue(one) === canonicalValue(other)).toBe(areEqual);
      }),
      { numRuns: 2_000 },
    );
    expect(equal).toBeGreaterThan(100);
  });

  it('ignores keys that begin with _ at the top only', () => {
    fc.assert(
      fc.property(jsonObjects, (body) => {
        const kept = Object.entries(body).filter(([key]) => !key.startsWith('_'));
        expect(canonicalContent(body, false, {})).toBe(canonicalContent(Object.fromEntries(kept), false, {}));
      }),
    );
    expect(canonicalValue({ _a: { _b: 1 } })).toBe('{"_a":{"_b":1}}');
  });

  it.each(['objects', 'arrays'] as const)('takes %s nested 200,000 deep', (kind) => {
    const text = canonicalValue(nested(200_000, kind));
    expect(text.length).toBe(1 + 200_000 * (kind === 'arrays' ? 2 : 6));
  });
});

/** Random JSON, as hostile as JSON can be, for property tests. */
import fc from 'fast-check';

/** Few keys, so that two documents share some; among them what JavaScript objects inherit. */
const KEYS = ['a', 'b', 'type', 'name', '_id', '0', '10', '', '__proto__', 'constructor', 'toString', 'ü'];

const scalars = fc.oneof(
  fc.constantFrom(null, true, false, 0, -1, 1.5, 1e21, '', 'a', '\u202e\ud800', '1'),
  fc.integer({ min: 0, max: 3 }),
);

/** Objects whose keys are all own keys, `__proto__` included, as `JSON.parse` makes them. */
function objectsOf(values: fc.Arbitrary<unknown>): fc.Arbitrary<Record<string, unknown>> {
  const entries = fc.array(fc.tuple(fc.constantFrom(...KEYS), values), { maxLength: 5 });
  return entries.map((list) => Object.fromEntries(list));
}

export const jsonValues: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    scalars,
    fc.array(tie('value'), { maxLength: 5 }),
    objectsOf(tie('value')),
  ),
})).value;

export const jsonObjects: fc.Arbitrary<Record<string, unknown>> = objectsOf(jsonValues);

/** The same value with the keys of every object in another order. */
export function reversedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, part]) => [key, reversedKeys(part)]));
}

/** `{a: {a: … 1}}` or `[[… 1]]`, made without recursion. */
export function nested(depth: number, kind: 'objects' | 'arrays', innermost: unknown = 1): unknown {
  let value = innermost;
  for (let level = 0; level < depth; level += 1) value = kind === 'arrays' ? [value] : { a: value };
  return value;
}

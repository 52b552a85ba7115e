import { isObject, type Body } from './untrusted.ts';

/** A copy with one field set, or taken out where the value is `undefined`. */
export function withValue(body: Body, path: readonly (string | number)[], value: unknown): Body {
  const [name, ...rest] = path;
  if (name === undefined) return body;
  const others = Object.entries(body).filter(([field]) => field !== name);
  if (rest.length === 0) return Object.fromEntries(value === undefined ? others : [...others, [name, value]]);
  const inner = Object.hasOwn(body, name) ? body[name] : undefined;
  // Where there is no group to take the field out of, nothing is left to do.
  if (value === undefined && !isObject(inner)) return body;
  return Object.fromEntries([...others, [name, withValue(isObject(inner) ? inner : {}, rest, value)]]);
}

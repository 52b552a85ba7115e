/**
 * Reading fields of documents that anyone may have written: every field may have any type, and a key may be
 * called `__proto__`. Only own fields count; whatever has another type than expected is as good as absent.
 */

export type Body = Readonly<Record<string, unknown>>;

/** A plain object, not an array and not `null`. */
export function isObject(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at the end of a path of own fields; `undefined` where any step is missing. */
export function fieldAt(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const key of path) {
    if (!isObject(at) || !Object.hasOwn(at, key)) return undefined;
    at = at[key];
  }
  return at;
}

/** The text at a path, or `undefined` where there is none or it is empty or not text. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const text = fieldAt(value, ...path);
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** The id or short code at a path, as text; servers and SMS forms also write short codes as numbers. */
export function codeAt(value: unknown, ...path: readonly string[]): string | undefined {
  const code = fieldAt(value, ...path);
  return typeof code === 'number' && Number.isFinite(code) ? String(code) : textAt(value, ...path);
}

/** The first element of the array in a field. */
export function firstIn(value: unknown, key: string): unknown {
  const list = fieldAt(value, key);
  return Array.isArray(list) ? list[0] : undefined;
}

/**
 * Keys that could reach into the prototypes of other objects, once code copies a document key by key (as
 * PouchDB's own `clone` does): `__proto__` at any depth, and `constructor` where its value has a
 * `prototype`. A plain field called `constructor` (a builder by trade) is harmless and stays.
 */

/** `text` is the JSON that `value` came from: most documents cannot hold such a key, and that shows there. */
export function usesForbiddenKey(value: object, text: string): boolean {
  const suspicious = text.includes('__proto__') || text.includes('"constructor"') || text.includes('\\u');
  return suspicious && hasForbiddenKey(value);
}

function hasForbiddenKey(value: object): boolean {
  const waiting: object[] = [value];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const [key, inner] of Object.entries(next) as [string, unknown][]) {
      if (key === '__proto__') return true;
      if (typeof inner !== 'object' || inner === null) continue;
      if (key === 'constructor' && Object.hasOwn(inner, 'prototype')) return true;
      waiting.push(inner);
    }
  }
  return false;
}

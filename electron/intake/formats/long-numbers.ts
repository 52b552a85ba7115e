/**
 * JavaScript has one kind of number. A whole number beyond 2^53 may become its neighbour, and one beyond 1e308 nothing
 * at all: written to the replica, the record would be another one under the same revision. A fraction of many digits
 * is the same double that a database made of it, and stays.
 */

/** Whether a number in the JSON text (which `JSON.parse` took) is another one once it is parsed. */
export function changesNumbers(text: string): boolean {
  let changes = false;
  const look = (_: string, value: unknown, context?: { readonly source?: string }): unknown => {
    if (typeof value === 'number' && context?.source !== undefined && !isSame(context.source, value))
      changes = true;
    return value;
  };
  JSON.parse(text, look);
  return changes;
}

function isSame(source: string, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  if (/^-?\d+$/.test(source))
    return source.length <= 15 || (source.length < 400 && BigInt(source) === BigInt(value));
  // What is not zero must not become zero.
  return value !== 0 || !/[1-9]/.test(source.replace(/e.*$/i, ''));
}

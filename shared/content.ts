/** Whether two versions of a document say the same, whatever their revisions are (docs/rules.md §3.6). */

/** The part of an attachment that tells whether it is the same. */
export interface ComparableAttachment {
  /** `md5-` and the base64 of the md5 of the bytes. */
  readonly digest: string;
  readonly content_type: string;
}

const COMPRESSIBLE = /^(?:text\/|application\/(?:javascript|json|xml)\b)/i;

/**
 * Whether a CouchDB server packs an attachment of this type, so that the digest it names is that of the packed
 * bytes (CouchDB: `attachments/compressible_types`, as it is set by default).
 */
export function isCompressible(contentType: string): boolean {
  return COMPRESSIBLE.test(contentType);
}

/**
 * A text that is equal for two versions exactly when their content is equal: the fields with their keys
 * sorted, whether the document is deleted, and name, digest and type of each attachment. Top-level keys
 * that begin with `_` do not count (CouchDB keeps them for itself), nor do an attachment's `revpos`,
 * `length` and `stub`.
 *
 * Digests must be md5 of the plain bytes on both sides. CouchDB's own digest of a text, JSON, XML or
 * JavaScript attachment is that of the gzipped bytes (apache/pouchdb#2836, #3156), so a digest that a
 * server names for such a type cannot be compared with a phone's.
 */
export function canonicalContent(
  body: Readonly<Record<string, unknown>>,
  deleted: boolean,
  attachments: Readonly<Record<string, ComparableAttachment>>,
): string {
  const names = Object.keys(attachments).sort();
  const files = names.map((name) => [name, attachments[name]?.digest, attachments[name]?.content_type]);
  return `${deleted ? 'deleted' : 'present'}\n${JSON.stringify(files)}\n${canonicalFields(body)}`;
}

/** The fields of a document without those that begin with `_`. */
function canonicalFields(body: Readonly<Record<string, unknown>>): string {
  const keys = Object.keys(body).filter((key) => !key.startsWith('_'));
  return canonicalValue(body, keys.sort());
}

/** An array or object that is being written, and how far. */
interface Frame {
  readonly value: object;
  /** `null`: an array. */
  readonly keys: readonly string[] | null;
  next: number;
  empty: boolean;
}

/**
 * JSON with sorted keys: like `JSON.stringify`, `-0` becomes `0`, what JSON has no word for becomes `null`
 * in an array and is left out of an object. Does not recurse, so no depth of nesting can exhaust the stack.
 * `topKeys`: only these keys of the outermost object, sorted.
 */
export function canonicalValue(value: unknown, topKeys?: readonly string[]): string {
  const simple = simpleText(value);
  if (simple !== null) return simple ?? 'null';
  let text = '';
  const open: Frame[] = [frameOf(value as object, topKeys)];
  text += open[0]?.keys === null ? '[' : '{';
  for (let frame = open.at(-1); frame !== undefined; frame = open.at(-1)) {
    const { keys } = frame;
    const length = keys === null ? (frame.value as unknown[]).length : keys.length;
    if (frame.next === length) {
      text += keys === null ? ']' : '}';
      open.pop();
      continue;
    }
    const key = keys?.[frame.next];
    const child =
      key === undefined
        ? (frame.value as unknown[])[frame.next]
        : (frame.value as Record<string, unknown>)[key];
    frame.next += 1;
    const childText = simpleText(child);
    if (childText === undefined && key !== undefined) continue;
    text += `${frame.empty ? '' : ','}${key === undefined ? '' : `${JSON.stringify(key)}:`}`;
    frame.empty = false;
    if (childText !== null) {
      text += childText ?? 'null';
    } else {
      const inner = frameOf(child as object);
      text += inner.keys === null ? '[' : '{';
      open.push(inner);
    }
  }
  return text;
}

function frameOf(value: object, keys?: readonly string[]): Frame {
  return {
    value,
    keys: Array.isArray(value) ? null : (keys ?? Object.keys(value).sort()),
    next: 0,
    empty: true,
  };
}

/** The JSON of a value without parts; `undefined`: JSON has no word for it; `null`: it has parts. */
function simpleText(value: unknown): string | undefined | null {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null';
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      return value === null ? 'null' : null;
    default:
      return undefined;
  }
}

/**
 * A look at the beginning of a dump: which keys stand where in the first JSON value, down to the first
 * element of each array, whether or not the value is complete. That is what tells formats apart.
 */

export interface Peek {
  /**
   * Paths of the keys and first elements seen, such as `rows`, `rows.0`, `rows.0.doc._rev`; `rows.end` once
   * the first element was seen to its end.
   */
  readonly paths: ReadonlySet<string>;
  /** The position after the first value; `undefined` when the text ended before it. */
  readonly end: number | undefined;
  /** No white space between the parts of the value, as far as it was seen. */
  readonly compact: boolean;
  /** A `/` stands there that is not written `\/`, as Android's JSON writer would. */
  readonly plainSlash: boolean;
}

/** Deeper keys tell nothing. */
const DEPTH = 4;
const PATHS = 2000;
const KEY_LENGTH = 100;
/** Nesting at which nobody looks any further: no record is so deep. */
const TOO_DEEP = 1000;

interface Container {
  /** `undefined` where nobody looks: too deep, or after the first element of an array. */
  readonly path: string | undefined;
  readonly isArray: boolean;
  isFirst: boolean;
  key: string | undefined;
}

/** `text` begins with `{` or `[`. */
export function peek(text: string): Peek {
  const paths = new Set<string>();
  const open: Container[] = [];
  let compact = true;
  let plainSlash = false;
  let at = 0;

  /** Where a value in the innermost container stands. */
  const place = (): string | undefined => {
    const top = open.at(-1);
    if (top === undefined) return '';
    if (top.path === undefined || open.length > DEPTH) return undefined;
    const step = top.isArray ? (top.isFirst ? '0' : undefined) : top.key;
    if (step === undefined) return undefined;
    return top.path === '' ? step : `${top.path}.${step}`;
  };
  const note = () => {
    const path = place();
    if (path !== undefined && path !== '' && paths.size < PATHS) paths.add(path);
  };

  for (; at < text.length; at += 1) {
    const char = text[at];
    const top = open.at(-1);
    if (char === '"') {
      const end = endOfString(text, at);
      if (end === -1) break;
      const string = text.slice(at + 1, end);
      plainSlash ||= /^\/|[^\\]\//.test(string);
      at = end;
      if (top?.isArray === false && top.key === undefined) {
        top.key = string.slice(0, KEY_LENGTH);
        note();
      } else if (top?.isArray === true) note();
    } else if (char === '{' || char === '[') {
      note();
      if (open.length > TOO_DEEP) break;
      open.push({ path: place(), isArray: char === '[', isFirst: true, key: undefined });
    } else if (char === '}' || char === ']') {
      if (top?.isArray === true && top.isFirst && top.path !== undefined) paths.add(`${top.path}.end`);
      open.pop();
      if (open.length === 0) return { paths, end: at + 1, compact, plainSlash };
    } else if (char === ',') {
      if (top !== undefined) {
        if (top.isArray && top.isFirst && top.path !== undefined) paths.add(`${top.path}.end`);
        top.isFirst = false;
        top.key = undefined;
      }
    } else if (char === ' ' || char === '\n' || char === '\r' || char === '\t') compact = false;
    else if (char !== ':' && top?.isArray === true) note();
  }
  return { paths, end: undefined, compact, plainSlash };
}

function endOfString(text: string, begin: number): number {
  for (let end = text.indexOf('"', begin + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (text[before - 1] === '\\') before -= 1;
    if ((end - before) % 2 === 0) return end;
  }
  return -1;
}

/**
 * Whether a question was asked: the part of XPath that CHT's forms decide it with nearly always (comparisons, `and`,
 * `or`, `not`, `selected`). Anything else cannot be told, and nothing is ever run. Enketo, which the app asks with, leaves
 * out of the record what was not asked; older versions wrote it empty.
 */
import { isObject } from '../untrusted.ts';

/** A field of the record: names from below its root, with the number of each time a group was filled in. */
export type Place = readonly (string | number)[];

const UNKNOWN = Symbol('cannot be told');
type Value = string | number | boolean | typeof UNKNOWN;

/** Longer expressions are not looked into. */
const LONGEST = 10_000;
const DEEPEST = 50;

const TOKEN =
  /\s*(?:("[^"]*"|'[^']*')|(\d+(?:\.\d+)?)(?![\p{L}\p{N}_.-])|(!=|<=|>=|[=<>(),])|([\p{L}\p{N}_./:-]+)|(\S))/suy;

interface Token {
  readonly kind: 'text' | 'number' | 'sign' | 'name' | 'other';
  readonly text: string;
}

/**
 * @param at the field whose rule it is
 * @returns `null` where it cannot be told
 */
export function isRelevant(xpath: string, record: unknown, at: Place, root: string | null): boolean | null {
  if (xpath.length > LONGEST) return null;
  const tokens = tokensOf(xpath.trim());
  if (tokens === null || tokens.length === 0) return null;
  const reader = new Reader(tokens, (path) => valueAt(record, path, at, root));
  const value = reader.whole();
  return value === UNKNOWN ? null : truthOf(value);
}

function tokensOf(xpath: string): Token[] | null {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < xpath.length) {
    const match = TOKEN.exec(xpath);
    if (match === null) return null;
    const [, text, number, sign, name, other] = match;
    if (text !== undefined) tokens.push({ kind: 'text', text: text.slice(1, -1) });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else tokens.push({ kind: 'other', text: other ?? '' });
  }
  return tokens;
}

const COMPARISONS = ['=', '!=', '<', '<=', '>', '>='];

class Reader {
  readonly #tokens: readonly Token[];
  readonly #lookUp: (path: string) => Value;
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], lookUp: (path: string) => Value) {
    this.#tokens = tokens;
    this.#lookUp = lookUp;
  }

  whole(): Value {
    const value = this.#either();
    return this.#next === this.#tokens.length ? value : UNKNOWN;
  }

  #takes(...texts: readonly string[]): string | null {
    const token = this.#tokens[this.#next];
    if (token === undefined || token.kind === 'text' || !texts.includes(token.text)) return null;
    this.#next += 1;
    return token.text;
  }

  #either(): Value {
    let value = this.#both();
    while (this.#takes('or') !== null) value = or(value, this.#both());
    return value;
  }

  #both(): Value {
    let value = this.#compared();
    while (this.#takes('and') !== null) value = and(value, this.#compared());
    return value;
  }

  #compared(): Value {
    const left = this.#single();
    const sign = this.#takes(...COMPARISONS);
    return sign === null ? left : compared(left, sign, this.#single());
  }

  #single(): Value {
    const token = this.#tokens[this.#next];
    if (token === undefined || this.#depth >= DEEPEST) return UNKNOWN;
    this.#next += 1;
    if (token.kind === 'text') return token.text;
    if (token.kind === 'number') return Number(token.text);
    if (token.text === '(') return this.#inside();
    if (token.kind !== 'name') return UNKNOWN;
    return this.#takes('(') === null ? this.#lookUp(token.text) : this.#called(token.text);
  }

  #inside(): Value {
    this.#depth += 1;
    const value = this.#either();
    this.#depth -= 1;
    return this.#takes(')') === null ? UNKNOWN : value;
  }

  #called(name: string): Value {
    const given: Value[] = [];
    this.#depth += 1;
    if (this.#takes(')') === null) {
      do given.push(this.#either());
      while (this.#takes(',') !== null);
      if (this.#takes(')') === null) {
        this.#depth -= 1;
        return UNKNOWN;
      }
    }
    this.#depth -= 1;
    if (given.includes(UNKNOWN)) return UNKNOWN;
    return outcome(name, given as Exclude<Value, typeof UNKNOWN>[]);
  }
}

function outcome(name: string, given: readonly (string | number | boolean)[]): Value {
  const [first, second] = given;
  switch (`${name}/${given.length}`) {
    case 'true/0':
      return true;
    case 'false/0':
      return false;
    case 'not/1':
      return !truthOf(first ?? '');
    case 'boolean/1':
      return truthOf(first ?? '');
    case 'string/1':
      return String(first);
    case 'number/1':
      return numberOf(first ?? '');
    case 'string-length/1':
      return String(first).length;
    case 'selected/2':
      return chosen(first).includes(String(second));
    case 'count-selected/1':
      return chosen(first).length;
    default:
      return UNKNOWN;
  }
}

/** The answers to a question that takes several. */
function chosen(value: unknown): string[] {
  return String(value)
    .split(/\s+/u)
    .filter((one) => one !== '');
}

function truthOf(value: string | number | boolean): boolean {
  return typeof value === 'number' ? value !== 0 && !Number.isNaN(value) : Boolean(value);
}

/** As XPath reads numbers: nothing is no number. */
function numberOf(value: string | number | boolean): number {
  return typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
}

function or(a: Value, b: Value): Value {
  if ((a !== UNKNOWN && truthOf(a)) || (b !== UNKNOWN && truthOf(b))) return true;
  return a === UNKNOWN || b === UNKNOWN ? UNKNOWN : false;
}

function and(a: Value, b: Value): Value {
  if ((a !== UNKNOWN && !truthOf(a)) || (b !== UNKNOWN && !truthOf(b))) return false;
  return a === UNKNOWN || b === UNKNOWN ? UNKNOWN : true;
}

function compared(a: Value, sign: string, b: Value): Value {
  if (a === UNKNOWN || b === UNKNOWN) return UNKNOWN;
  if (sign === '=' || sign === '!=') {
    const alike =
      typeof a === 'boolean' || typeof b === 'boolean'
        ? truthOf(a) === truthOf(b)
        : typeof a === 'number' || typeof b === 'number'
          ? numberOf(a) === numberOf(b)
          : a === b;
    return alike === (sign === '=');
  }
  const [left, right] = [numberOf(a), numberOf(b)];
  if (sign === '<') return left < right;
  if (sign === '<=') return left <= right;
  return sign === '>' ? left > right : left >= right;
}

/** The field that a path of a form names, seen from another field; `null`: it names none. */
export function placeOf(xpath: string, at: Place, root: string | null): Place | null {
  const trimmed = xpath.trim().replace(/^current\(\)\//u, '');
  if (!/^[\p{L}\p{N}_./-]+$/u.test(trimmed)) return null;
  const names = trimmed.split('/');
  if (names.indexOf('', 1) !== -1) return null;
  if (names[0] === '') return root === null || names[1] === root ? names.slice(2) : null;
  const from = at.filter((name) => typeof name === 'string');
  for (const name of names) {
    if (name === '..') from.pop();
    else if (name !== '.') from.push(name);
  }
  return from;
}

function valueAt(record: unknown, xpath: string, at: Place, root: string | null): Value {
  const place = placeOf(xpath, at, root);
  if (place === null) return UNKNOWN;
  const value = fieldSeenFrom(record, place, at);
  if (value === undefined || value === null) return '';
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : UNKNOWN;
}

/**
 * The value of a field. Where a group was filled in several times, the time is meant in which the asking field (`at`)
 * lies; a list is the answer where it lies in none of them.
 */
export function fieldSeenFrom(record: unknown, names: Place, at: Place): unknown {
  let value = record;
  let along = 0;
  let together = true;
  for (const name of names) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
    together = together && at[along] === name;
    along += 1;
    const time = at[along];
    if (Array.isArray(value)) {
      if (!together || typeof time !== 'number') return value;
      value = (value as unknown[])[time];
      along += 1;
    }
  }
  return value;
}

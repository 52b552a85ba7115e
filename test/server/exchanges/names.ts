/** What the `{{…}}` of the exchanges stand for in this run. */
import { createHash, randomBytes } from 'node:crypto';
import type { ExchangeList } from './exchange.ts';
import { isObject } from './exchange.ts';

const md5 = (text: string, form: 'hex' | 'base64' = 'hex') => createHash('md5').update(text).digest(form);

/** A number of so many digits, different in each run. */
function digits(count: number): string {
  const least = 10 ** (count - 1);
  return String(least + (randomBytes(4).readUInt32BE() % (9 * least)));
}

export class Names {
  readonly run = `xch-${randomBytes(4).toString('hex')}`;
  /** Name → what it stands for: text, or a document that was kept. */
  readonly known = new Map<string, unknown>();
  /** Hash → the word that it was made of. */
  readonly hashes = new Map<string, string>();
  readonly cookies = new Map<string, string>();
  readonly #list: ExchangeList;
  readonly #passwords = new Map<string, string>();

  constructor(list: ExchangeList, admin: { readonly user: string; readonly password: string }) {
    this.#list = list;
    this.known.set('run', this.run);
    this.known.set('code', digits(9));
    this.known.set('code2', digits(9));
    this.known.set('six', digits(6));
    this.known.set('admin', admin.user);
    this.#passwords.set('admin', admin.password);
    for (const [role, { password }] of Object.entries(list.users)) {
      this.known.set(role, `${this.run}-user-${role}`);
      this.#passwords.set(role, password ?? list.ownPassword);
    }
    const role = `xch_${this.run.slice(4)}`;
    this.known.set('purgeRole', role);
    this.known.set('purgeHash', md5(JSON.stringify(['chw', role].sort())));
  }

  /** Basic credentials of one of the people. */
  basic(role: string, password = this.#passwords.get(role) ?? ''): string {
    return Buffer.from(`${String(this.known.get(role))}:${password}`).toString('base64');
  }

  #hash(word: string, high: boolean): string {
    const made = md5(`${this.run} ${word}`);
    // A high one wins over every other of its generation.
    const hash = high ? `ffffffff${made.slice(8)}` : made;
    this.hashes.set(hash, word);
    return hash;
  }

  #value(words: string): string {
    const [first = '', ...rest] = words.trim().split(' ');
    const word = rest.join(' ');
    const [generation = '', ...after] = rest;
    switch (first) {
      case 'id':
        return `${this.run}-${word}`;
      case 'hash':
        return this.#hash(word, false);
      case 'high':
        return this.#hash(word, true);
      case 'rev':
        return `${generation}-${this.#hash(after.join(' '), false)}`;
      case 'highRev':
        return `${generation}-${this.#hash(after.join(' '), true)}`;
      case 'password':
        return this.#passwords.get(word) ?? '';
      case 'firstPassword':
        return this.#list.firstPassword;
      case 'basicFirst':
        return this.basic(word, this.#list.firstPassword);
      case 'base64':
        return Buffer.from(word).toString('base64');
      case 'digest':
        return `md5-${md5(word, 'base64')}`;
      case 'pad':
        return 'x'.repeat(Number(word));
      case 'badCookie':
        return Buffer.from(`${String(this.known.get('chw'))}:6A000000:${'z'.repeat(32)}`).toString(
          'base64url',
        );
      default: {
        const value = this.known.get(first);
        if (value === undefined) throw new Error(`{{${words}}}: an earlier answer lacks it`);
        return String(value);
      }
    }
  }

  /** The text with every `{{…}}` filled in. */
  fill(text: string): string {
    return text.replace(/\{\{([^}]+)\}\}/g, (_, words: string) => this.#value(words));
  }

  /** A body with everything filled in: `$from` copies, `$without` leaves out, `$number` is a number. */
  filled(node: unknown): unknown {
    if (typeof node === 'string') return this.fill(node);
    if (Array.isArray(node)) return node.map((item) => this.filled(item));
    if (!isObject(node)) return node;
    if (typeof node.$number === 'string') return Number(this.fill(node.$number));
    const { $from, $without, ...own } = node;
    const template = typeof $from === 'string' ? this.#list.templates[$from] : undefined;
    const base = template === undefined ? this.known.get(String($from)) : this.filled(template);
    const whole: Record<string, unknown> = isObject(base) ? { ...base } : {};
    for (const [key, part] of Object.entries(own)) whole[this.fill(key)] = this.filled(part);
    for (const key of Array.isArray($without) ? $without : []) delete whole[String(key)];
    return whole;
  }
}

/** An answer as it is compared: what differs from run to run is put back into the name of what it is. */
import type { Exchange, Reply, Written } from './exchange.ts';
import { isObject, parsed } from './exchange.ts';
import type { Names } from './names.ts';

const HEADERS = ['content-type', 'location', 'logout-authorization', 'retry-after'];
/** Fields of which only the type counts. */
const LOOSE = new Set(
  (
    'total_rows offset update_seq last_seq seq pending total_docs warn_docs doc_count doc_del_count pbkdf2_prf ' +
    'iterations derived_key salt password_change_required length encoded_length ref request_id'
  ).split(' '),
);
/** Lists whose order is chance. */
const UNORDERED = new Set([
  'missing',
  'possible_ancestors',
  'doc_ids',
  '_conflicts',
  '_deleted_conflicts',
  'docs',
  'changes',
]);
/** Lists of which only this run's own and what every server has is compared. */
const LISTS = new Set(['doc_ids_revs', 'rows', 'results', 'doc_ids']);
const EVERYWHERE = new Set([
  '_design/medic-client',
  'settings',
  'service-worker-meta',
  'resources',
  'branding',
  'messages-en',
]);
const ERROR_WORDS = new Set([
  'error',
  'reason',
  'details',
  'message',
  'code',
  'ok',
  'success',
  'status',
  'key',
  'translationKey',
]);
const LONG = 400;

const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

class Writer {
  readonly #names: Names;
  readonly #host: string;
  readonly #shape: boolean;

  constructor(names: Names, host: string, shape: boolean) {
    this.#names = names;
    this.#host = host;
    this.#shape = shape;
  }

  text(text: string): string {
    const { known, hashes } = this.#names;
    const named = (hash: string) => (hashes.has(hash) ? `{{hash ${hashes.get(hash)}}}` : '{{hash}}');
    const own = [...known].filter((entry): entry is [string, string] => {
      const [name, value] = entry;
      return name !== 'admin' && typeof value === 'string' && value.length > 4;
    });
    own.sort(([, a], [, b]) => b.length - a.length);
    let out = text;
    for (const [name, value] of own) out = out.replaceAll(value, `{{${name}}}`);
    out = out
      .replaceAll(this.#host, '{{host}}')
      .replace(
        /\b(\d+)-([0-9a-f]{32})\b/g,
        (_, generation: string, hash: string) => `${generation}-${named(hash)}`,
      )
      .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '{{uuid}}')
      .replace(/\b[0-9a-f]{32,64}\b/g, named)
      .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?/g, '{{date}}')
      .replace(/\b\d+-g1AAAA[\w-]+/g, '{{seq}}');
    return /^1[5-9]\d{11}$/.test(out) ? '{{ms text}}' : out;
  }

  node(node: unknown, key?: string): unknown {
    if (typeof node === 'number') return this.#number(node, key);
    if (typeof node === 'boolean') return key !== undefined && LOOSE.has(key) ? '<boolean>' : node;
    if (typeof node === 'string') return this.#string(node, key);
    if (Array.isArray(node)) return this.#list(node, key);
    return isObject(node) ? this.#object(node) : node;
  }

  #onlyType(key: string | undefined): boolean {
    return (key !== undefined && LOOSE.has(key)) || (this.#shape && !ERROR_WORDS.has(key ?? ''));
  }

  #number(value: number, key?: string): unknown {
    if (value > 1.5e12 && value < 2.1e12) return '{{ms}}';
    const { known } = this.#names;
    for (const name of ['code', 'code2'])
      if (String(value) === known.get(name)) return `{{${name} as a number}}`;
    return this.#onlyType(key) ? '<number>' : value;
  }

  #string(value: string, key?: string): string {
    if (key !== undefined && LOOSE.has(key)) return '<text>';
    if (/^(patient_id|place_id)$/.test(key ?? '') && /^\d{4,8}$/.test(value)) {
      const { known } = this.#names;
      const name = ['kidCode', 'patCode'].find((one) => known.get(one) === value);
      return name === undefined ? '{{digits}}' : `{{${name}}}`;
    }
    if (this.#onlyType(key)) return '<text>';
    const text = this.text(value);
    return text.length > LONG ? '<long text>' : text;
  }

  #list(list: readonly unknown[], key?: string): unknown[] {
    let items = list.map((item) => this.node(item, key));
    if (key !== undefined && LISTS.has(key)) {
      const id = (item: unknown) => String(isObject(item) ? (item.id ?? item._id ?? item.key) : item);
      const isOwn = (item: unknown) =>
        /\{\{(?!uuid|hash\}|digits|ms|date)/.test(id(item)) || EVERYWHERE.has(id(item));
      items = items.filter(isOwn).sort(byText);
    }
    if (key !== undefined && UNORDERED.has(key)) items.sort(byText);
    return this.#shape ? items.slice(0, 1) : items;
  }

  #object(node: Record<string, unknown>): unknown {
    const out: Record<string, unknown> = {};
    for (const name of Object.keys(node).sort()) out[this.text(name)] = this.node(node[name], name);
    // What every server has, and what sentinel may have touched since the set-up, has revisions of its own.
    const id = String(out.id ?? out._id);
    if (!EVERYWHERE.has(id) && !/^\{\{\w+\}\}$/.test(id)) return out;
    return JSON.parse(JSON.stringify(out).replace(/\d+-\{\{hash\}\}/g, '<rev>'));
  }
}

/** A cookie as name and attributes. */
function cookie(line: string): string {
  const [pair = '', ...attributes] = line.split(/;\s*/);
  const equals = pair.indexOf('=');
  const kept = attributes.filter((one) => !/^(expires=|secure$|samesite=|version=)/i.test(one)).sort();
  return [`${pair.slice(0, equals)}${equals === pair.length - 1 ? ' (cleared)' : ''}`, ...kept].join('; ');
}

/** The part of the body that an exchange is about. */
function relevant(exchange: Exchange, reply: Reply, run: string): unknown {
  let body = parsed(reply.bytes);
  const type = String(reply.headers['content-type'] ?? '');
  if (typeof body === 'string' && type.startsWith('multipart')) body = '<multipart>';
  if (typeof body === 'string' && type.includes('html') && body.length > 200) body = '<page>';
  if (Array.isArray(body) && exchange.ownOnly)
    body = body.filter((item) => JSON.stringify(item).includes(run));
  if (!isObject(body)) return body;
  const { only, onlyWith } = exchange;
  if (only && reply.status < 300) {
    body = Object.fromEntries(Object.entries(body).filter(([key]) => only.includes(key)));
  }
  const lists = body as { results?: unknown; doc_ids_revs?: unknown };
  if (exchange.onlyIds && Array.isArray(lists.results)) {
    const results = lists.results as { id: string; docs: object[] }[];
    return {
      ...lists,
      results: results.map(({ id, docs }) => ({ id, docs: docs.map((doc) => Object.keys(doc)[0]) })),
    };
  }
  if (onlyWith !== undefined && Array.isArray(lists.doc_ids_revs)) {
    const rows = lists.doc_ids_revs as { id: string }[];
    return { ...lists, doc_ids_revs: rows.filter(({ id }) => id.startsWith(`${run}-${onlyWith}`)) };
  }
  return body;
}

/** The answer of this run as it is compared. */
export function writeDown(exchange: Exchange, reply: Reply, names: Names, host: string): Written {
  const writer = new Writer(names, host, exchange.shape === true);
  const headers: Record<string, unknown> = {};
  for (const name of HEADERS) {
    const value = reply.headers[name];
    if (typeof value === 'string') headers[name] = writer.text(value);
  }
  const cookies = reply.headers['set-cookie'];
  if (Array.isArray(cookies)) headers['set-cookie'] = cookies.map(cookie).sort();
  const body = relevant(exchange, reply, names.run);
  if (exchange.anyBody) return comparable({ status: reply.status, headers, body: '<varies>' });
  if (body === '') return comparable({ status: reply.status, headers });
  const written = writer.node(body);
  if (exchange.sort && Array.isArray(written)) written.sort(byText);
  return comparable({ status: reply.status, headers, body: written });
}

/** Without what a server in front of the api may add or change, and what does not matter to the station. */
export function comparable(written: Written): Written {
  const headers = { ...written.headers };
  delete headers['www-authenticate'];
  if (written.status === 201) delete headers.location;
  const type = headers['content-type'];
  if (typeof type === 'string') {
    headers['content-type'] = type.replace(/;\s*charset=.*/i, '').replace(/boundary=.*/, 'boundary={{any}}');
  }
  const cookies = headers['set-cookie'];
  if (Array.isArray(cookies))
    headers['set-cookie'] = cookies.map((line) => cookie(nameAndValue(String(line)))).sort();
  return { ...written, headers };
}

/** A cookie that is written down already, so that it reads as one again. */
function nameAndValue(line: string): string {
  const [name = '', ...attributes] = line.split('; ');
  const pair = name.endsWith(' (cleared)') ? `${name.slice(0, -10)}=` : `${name}=x`;
  return [pair, ...attributes].join('; ');
}

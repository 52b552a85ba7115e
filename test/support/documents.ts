/**
 * Documents as a phone holds them: with id, revision and history. The same id, history and fields are the same document.
 * For the fields alone see bodies.ts.
 */
import { createHash } from 'node:crypto';
import { chain, revisions } from './revisions.ts';

export type Json = Record<string, unknown>;

export interface DocOptions {
  /** The names of its revisions, oldest first: `abc` is `3-…` with two ancestors. */
  readonly history?: string;
  /** Where the names do not matter: how many revisions it has. */
  readonly generations?: number;
  readonly deleted?: boolean;
  readonly attachments?: Json;
}

/** A report with its whole history. */
export function report(id: string, fields: Json = {}, options: DocOptions = {}): Json {
  return document(id, { type: 'data_record', form: 'home_visit', fields }, options);
}

/** A person with its whole history. */
export function person(id: string, name: string, options: DocOptions = {}): Json {
  return document(id, { type: 'person', name }, options);
}

/** 1 January 2026, 9:00: what people fill in carries a date. Milliseconds since 1970. */
const FILLED_IN = Date.UTC(2026, 0, 1, 9);

const DATED: readonly unknown[] = ['data_record', 'person', 'clinic', 'health_center', 'contact'];

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** A document with its whole history, as a database writes it. */
export function document(id: string, fields: Json = {}, options: DocOptions = {}): Json {
  const history = chain(options.history ?? LETTERS.slice(0, options.generations ?? 1));
  return {
    _id: id,
    _rev: history[0],
    _revisions: revisions(history),
    ...(options.deleted === true ? { _deleted: true } : {}),
    ...(options.attachments === undefined ? {} : { _attachments: options.attachments }),
    ...(DATED.includes(fields['type']) ? { reported_date: FILLED_IN } : {}),
    ...fields,
  };
}

/** What is left of a document that the server purged from a phone. */
export function purgeStub(id: string, history = 'ab'): Json {
  return document(id, { purged: true }, { history, deleted: true });
}

/** An attachment with its bytes, as it stands in a document. */
export function attachment(bytes: Uint8Array | string, type = 'image/jpeg'): Json {
  const data = Buffer.from(bytes);
  return { content_type: type, revpos: 1, digest: md5(data), data: data.toString('base64') };
}

/** The digest of an attachment. */
export function md5(bytes: Uint8Array | string): string {
  return `md5-${createHash('md5').update(bytes).digest('base64')}`;
}

/** The document without these keys. */
export function without(whole: Json, ...keys: readonly string[]): Json {
  return Object.fromEntries(Object.entries(whole).filter(([key]) => !keys.includes(key)));
}

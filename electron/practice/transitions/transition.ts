/** What every transition gets, and what it may ask and write. */
import { appSettings } from '../access.ts';
import { isObject } from '../http.ts';
import type { InfoDocs } from '../info-docs.ts';
import type { Doc, StoredDoc } from '../pouch.ts';
import type { Store } from '../store.ts';
import type { Accounts } from '../users.ts';
import { isContact } from '../visibility.ts';

export interface TransitionOptions {
  readonly store: Store;
  readonly accounts: Accounts;
  readonly infoDocs: InfoDocs;
  readonly clock: () => number;
  /** Numbers between 0 and 1. */
  readonly random: () => number;
}

export interface TransitionContext extends TransitionOptions {
  readonly settings: Readonly<Record<string, unknown>>;
  /** Every document as it is now. */
  readonly current: ReadonlyMap<string, StoredDoc>;
  /** Other documents than the one at hand, to be stored with it. */
  write(docs: readonly Doc[]): void;
}

/** Answers the document as it shall be stored, unchanged ones too, or `undefined` where there is nothing to do. */
export type Transition = (doc: StoredDoc, context: TransitionContext) => Promise<StoredDoc | undefined>;

/** @param others what transitions of the same document are about to store */
export async function contextOf(
  options: TransitionOptions,
  others: Map<string, Doc>,
): Promise<TransitionContext> {
  const { store } = options;
  return {
    ...options,
    settings: await appSettings(store),
    current: new Map([...(await store.current()), ...(others as Map<string, StoredDoc>)]),
    write(docs) {
      for (const doc of docs) others.set(doc._id, doc);
    },
  };
}

/** A value deep in a document, by a path such as `fields.death_details.date`. */
export function valueAt(doc: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), doc);
}

/** The settings of one transition, empty where there are none. */
export function ownSettings(
  { settings }: Pick<TransitionContext, 'settings'>,
  name: string,
): Readonly<Record<string, unknown>> {
  const own = settings[name];
  return isObject(own) ? own : {};
}

export function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** The id or short code of whom a report is about. */
export function subjectOf(report: Doc): string | undefined {
  const paths = ['patient_id', 'fields.patient_id', 'fields.patient_uuid', 'place_id', 'fields.place_id'];
  for (const path of paths) {
    const value = valueAt(report, path);
    if ((typeof value === 'string' && value !== '') || typeof value === 'number') return String(value);
  }
  return undefined;
}

/** The contact with this id or short code. */
export function contactOf(
  current: ReadonlyMap<string, StoredDoc>,
  subject: string | undefined,
): StoredDoc | undefined {
  if (subject === undefined) return undefined;
  const byId = current.get(subject);
  if (byId && isContact(byId)) return byId;
  for (const doc of current.values()) {
    if (isContact(doc) && [doc.patient_id, doc.place_id].some((code) => String(code) === subject)) return doc;
  }
  return undefined;
}

/** The document with one more error, as sentinel writes it beside a report that it could not work on. */
export function withError(doc: StoredDoc, code: string, message: string): StoredDoc {
  const errors: unknown[] = Array.isArray(doc.errors) ? doc.errors : [];
  return { ...doc, errors: [...errors, { code, message }] };
}

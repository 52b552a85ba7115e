/** Readable builders for the tests of `shared/`: lineages, changes, server sides, documents. */
import type { ChangeFacts, Rival, ServerLeaf, ServerSide } from '../../shared/revisions.ts';

/** `lineage('a', 'b', 'c')` is `['3-c', '2-b', '1-a']`: ids oldest first, revisions newest first. */
export function lineage(...ids: readonly string[]): string[] {
  return ids.map((id, index) => `${index + 1}-${id}`).reverse();
}

/** As `lineage`, but only the newest `known` revisions are known. */
export function stemmed(known: number, ...ids: readonly string[]): string[] {
  return lineage(...ids).slice(0, known);
}

/** An ordinary change with this lineage; `more` overrides. */
export function change(history: readonly string[], more: Partial<ChangeFacts> = {}): ChangeFacts {
  return {
    rev: history[0] ?? '1-none',
    history,
    deleted: false,
    madeHere: false,
    neverSent: null,
    ...more,
  };
}

/** A leaf that is not deleted and has other content than the change. */
export function leaf(rev: string, more: Partial<ServerLeaf> = {}): ServerLeaf {
  return { rev, deleted: false, sameContent: false, ...more };
}

export const UNKNOWN: ServerSide = { kind: 'unknown' };
export const ABSENT: ServerSide = { kind: 'absent' };

/** A server that has the document with these leaves, and `has` of the change's history. */
export function present(leaves: readonly ServerLeaf[], has: readonly string[] = []): ServerSide {
  return { kind: 'present', leaves, has: new Set(has) };
}

/** A leaf of another dump that is not deleted and has other content than the change. */
export function rival(history: readonly string[], more: Partial<Rival> = {}): Rival {
  return { rev: history[0] ?? '1-none', history, deleted: false, sameContent: false, ...more };
}

export function person(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: 'person',
    name: 'Amina Yusuf',
    parent: { _id: 'household-1', parent: { _id: 'area-1', parent: { _id: 'centre-1' } } },
    reported_date: Date.UTC(2026, 2, 1, 8),
    ...more,
  };
}

export function report(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: 'data_record',
    form: 'pregnancy',
    content_type: 'xml',
    contact: { _id: 'chw-1', parent: { _id: 'area-1', parent: { _id: 'centre-1' } } },
    fields: { patient_id: 'person-1', patient_name: 'Amina Yusuf' },
    reported_date: Date.UTC(2026, 2, 2, 9),
    ...more,
  };
}

export function message(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: 'data_record',
    contact: { _id: 'chw-1' },
    sms_message: { message: 'Please call me' },
    ...more,
  };
}

export const TASK_ID = 'task~org.couchdb.user:amina~report-1~visit~1767225600000';
export function task(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: 'task',
    user: 'org.couchdb.user:amina',
    owner: 'person-1',
    requester: 'report-1',
    authoredOn: Date.UTC(2026, 0, 1),
    stateHistory: [{ state: 'Ready', timestamp: Date.UTC(2026, 0, 1) }],
    emission: { title: 'Postnatal visit', contact: { name: 'Amina Yusuf' } },
    ...more,
  };
}

export const TARGET_ID = 'target~2026-03~chw-1~org.couchdb.user:amina';
export function target(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    type: 'target',
    user: 'org.couchdb.user:amina',
    owner: 'chw-1',
    reporting_period: '2026-03',
    updated_date: Date.UTC(2026, 2, 9),
    ...more,
  };
}

export function userSettings(more: Record<string, unknown> = {}): Record<string, unknown> {
  return { type: 'user-settings', name: 'amina', contact_id: 'chw-1', facility_id: ['area-1'], ...more };
}

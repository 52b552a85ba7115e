/**
 * What a restricted user may see, and so may write. Pure: documents in, answers out.
 * Written after the api's authorization service and the views it asks (docs/cht.md §2.2).
 *
 * - A *contact* is a place or a person. It is visible when one of the user's facilities is the contact itself
 *   or stands in its `parent` chain.
 * - The *subjects* of a user are the ids and shortcodes (`patient_id`, `place_id`) of the visible contacts.
 * - A *key* of a document names whose it is. A report is visible when its subject is among the user's.
 * - `_all` is the key of what everybody sees: forms, settings, translations.
 */
import type { Doc } from './pouch.ts';
import { isObject } from './http.ts';

const EVERYBODY = '_all';
const UNASSIGNED = '_unassigned';
const FOR_EVERYBODY_IDS = [
  'resources',
  'branding',
  'partners',
  'service-worker-meta',
  'zscore-charts',
  'settings',
  'privacy-policies',
  'extension-libs',
];
const FOR_EVERYBODY_TYPES = ['form', 'translations', 'ui-extension'];
const CONTACT_TYPES = ['contact', 'person', 'clinic', 'health_center', 'district_hospital'];

/** Whose eyes: one user and how deep they see below their facilities (negative: without limit). */
export interface Viewer {
  readonly name: string;
  readonly contact: string;
  readonly facilities: readonly string[];
  readonly contactDepth?: number;
  readonly reportDepth?: number;
  /** Primary contacts of visible places come along, wherever they live (CHT 4.18: `replicate_primary_contacts`). */
  readonly primaryContacts?: boolean;
  /** May see reports that belong to nobody. */
  readonly unassigned?: boolean;
}

/** What one user sees: the viewer and the subjects found so far, each with its depth. */
export interface Scope {
  readonly viewer: Viewer;
  readonly subjects: Map<string, number>;
  /** Contacts from outside that are visible as the primary contact of a place. */
  readonly primaries: Set<string>;
}

interface Keys {
  readonly keys: readonly string[];
  readonly subject?: string;
  readonly submitter?: string;
  readonly private: boolean;
}

/** A key as text; a shortcode may be a number. */
const text = (value: unknown): string | undefined =>
  (typeof value === 'string' && value !== '') || typeof value === 'number' ? String(value) : undefined;
const field = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined);
const isTrue = (value: unknown) => value === true || value === 'true';

/** Is it a place or a person? */
export function isContact(doc: Doc): boolean {
  return CONTACT_TYPES.includes(String(doc.type));
}

/** The contact's own id and those of its parents, with their distance. */
export function lineage(doc: Doc): { id: string; depth: number }[] {
  const found: { id: string; depth: number }[] = [];
  let at: unknown = doc;
  for (let depth = 0; isObject(at) && depth < 50; depth += 1) {
    const id = text(at._id);
    if (id !== undefined) found.push({ id, depth });
    at = at.parent;
  }
  return found;
}

function subjectOf(doc: Doc): unknown {
  const submitter = field(doc.contact, '_id');
  if (doc.form) {
    const errors = Array.isArray(doc.errors) ? doc.errors : [];
    const unknownPatient = errors.some((error) =>
      ['registration_not_found', 'invalid_patient_id'].includes(String(field(error, 'code'))),
    );
    if (doc.contact && unknownPatient) return submitter;
    const fields = doc.fields;
    return (
      doc.patient_id ||
      field(fields, 'patient_id') ||
      doc.place_id ||
      field(fields, 'place_id') ||
      field(fields, 'patient_uuid') ||
      submitter
    );
  }
  if (doc.sms_message) return submitter;
  if (doc.kujua_message) {
    const task: unknown = Array.isArray(doc.tasks) ? doc.tasks[0] : undefined;
    const messages = field(task, 'messages');
    return field(field(Array.isArray(messages) ? messages[0] : undefined, 'contact'), '_id');
  }
  return undefined;
}

function reportKeys(doc: Doc): Keys {
  const subject = text(subjectOf(doc)) ?? UNASSIGNED;
  const keys = [subject];
  if (isTrue(field(doc.fields, 'needs_signoff'))) {
    let at: unknown = doc.contact;
    for (let depth = 0; isObject(at) && depth < 50; depth += 1) {
      const id = text(at._id);
      if (id !== undefined && id !== subject) keys.push(id);
      at = at.parent;
    }
  }
  const submitter = doc.form ? text(field(doc.contact, '_id')) : undefined;
  return {
    keys,
    subject,
    ...(submitter === undefined ? {} : { submitter }),
    private: isTrue(field(doc.fields, 'private')),
  };
}

/** Whose a document is (the index `docs_by_replication_key`). No key: nobody's, so nobody restricted sees it. */
export function keysOf(doc: Doc): Keys {
  if (FOR_EVERYBODY_IDS.includes(doc._id) || FOR_EVERYBODY_TYPES.includes(String(doc.type))) {
    return { keys: [EVERYBODY], private: false };
  }
  if (doc.type === 'data_record') return reportKeys(doc);
  const key =
    doc.type === 'task' ? doc.user : doc.type === 'target' ? doc.owner : isContact(doc) ? doc._id : '';
  const known = text(key);
  return { keys: known === undefined ? [] : [known], private: false };
}

/** The depth of a contact below the viewer's facilities, where it is visible. */
function contactDepth(viewer: Viewer, doc: Doc): number | undefined {
  const limit = viewer.contactDepth ?? -1;
  const depths = lineage(doc)
    .filter(({ id, depth }) => viewer.facilities.includes(id) && (limit < 0 || depth <= limit))
    .map(({ depth }) => depth);
  return depths.length === 0 ? undefined : Math.min(...depths);
}

/** Adds a visible contact's ids to the subjects, or takes out a refused one's. True where there are more now. */
function learn(scope: Scope, doc: Doc, allowed: boolean): boolean {
  if (!isContact(doc)) return false;
  const ids = [text(doc._id), text(doc.patient_id) ?? text(doc.place_id)].filter((id) => id !== undefined);
  if (!allowed) {
    for (const id of ids) scope.subjects.delete(id);
    return false;
  }
  const depth = contactDepth(scope.viewer, doc) ?? 0;
  const fresh = ids.filter((id) => !scope.subjects.has(id));
  for (const id of fresh) scope.subjects.set(id, depth);
  return fresh.length > 0;
}

/** What `viewer` sees, given every contact of the database. */
export function scopeOf(viewer: Viewer, contacts: Iterable<Doc>): Scope {
  const subjects = new Map([
    [EVERYBODY, 0],
    [`org.couchdb.user:${viewer.name}`, 0],
  ]);
  const scope: Scope = { viewer, subjects, primaries: new Set() };
  const all = [...contacts];
  for (const contact of all) {
    if (contactDepth(viewer, contact) === undefined) continue;
    learn(scope, contact, true);
    const primary = viewer.primaryContacts ? text(field(contact.contact, '_id')) : undefined;
    if (primary !== undefined) scope.primaries.add(primary);
  }
  for (const contact of all) if (scope.primaries.has(contact._id)) learn(scope, contact, true);
  if (viewer.unassigned) subjects.set(UNASSIGNED, 0);
  return scope;
}

/** Reports by others about the viewer, marked private, are kept from them. */
function isSensitive(scope: Scope, keys: Keys, subject: string): boolean {
  if (!keys.private || keys.submitter === undefined) return false;
  const { viewer, subjects } = scope;
  return (subject === viewer.contact || viewer.facilities.includes(subject)) && !subjects.has(keys.submitter);
}

/** May the viewer see this document? */
export function isVisible(scope: Scope, doc: Doc): boolean {
  const { viewer, subjects } = scope;
  if (doc._id === '_design/medic-client' || doc._id === `org.couchdb.user:${viewer.name}`) return true;
  const found = keysOf(doc);
  if (found.keys.includes(EVERYBODY)) return true;
  if (isContact(doc)) return contactDepth(viewer, doc) !== undefined || scope.primaries.has(doc._id);
  const limit = viewer.reportDepth ?? -1;
  const deepEnough =
    limit < 0 ||
    doc.type !== 'data_record' ||
    found.submitter === viewer.contact ||
    found.keys.some((key) => (subjects.get(key) ?? Number.POSITIVE_INFINITY) <= limit);
  return found.keys.some((key) => subjects.has(key) && !isSensitive(scope, found, key) && deepEnough);
}

/**
 * Which of the documents of one request the viewer would see if all of them were stored, as positions.
 *
 * Rounds go on while contacts of the request bring new subjects, so a new person and the report about them
 * are accepted in any order; `scope` keeps what was learnt (docs/cht.md §2.2).
 */
export function visibleTogether(scope: Scope, docs: readonly Doc[]): number[] {
  const allowed = new Set<number>();
  for (let again = true; again;) {
    again = false;
    docs.forEach((doc, position) => {
      if (allowed.has(position)) return;
      const visible = isVisible(scope, doc);
      if (visible) allowed.add(position);
      again = learn(scope, doc, visible) || again;
    });
  }
  return [...allowed].sort((a, b) => a - b);
}

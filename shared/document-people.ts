/** Whose a document is, about whom, when it was made, and which documents it needs (docs/cht.md §2.2 and §4.3). */
import { kindOf } from './document-kinds.ts';
import { signInWayOf, type SignInWay } from './sign-in-ways.ts';
import { codeAt, fieldAt, firstIn, isObject, textAt, type Body } from './untrusted.ts';

const USER_PREFIX = 'org.couchdb.user:';
/** CHT hierarchies have 3 to 5 levels; a longer chain is not a hierarchy. */
const MAX_LINEAGE = 32;
/** The years 1 to 9999: what a calendar can show. Whether it can be true is asked elsewhere (`UNUSUAL_MARKS`). */
const MIN_TIME = -62_135_596_800_000;
const MAX_TIME = 253_402_300_799_999;
const ISO_DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * Who made a document, as far as it says so itself: `user` is the name to sign in with (without
 * `org.couchdb.user:`), `contact` the id of the person's contact document. Nobody has checked the claim.
 */
export function authorOf(id: string, body: Body): { user?: string; contact?: string } {
  switch (fieldAt(body, 'type')) {
    case 'data_record':
      return claim(undefined, textAt(body, 'contact', '_id') ?? textAt(body, 'contact'));
    case 'task':
      return claim(textAt(body, 'user') ?? userWithin(id));
    case 'target':
      return claim(textAt(body, 'user') ?? userWithin(id), textAt(body, 'owner'));
    case 'telemetry':
      return claim(textAt(body, 'metadata', 'user'));
    case 'feedback':
      return claim(textAt(body, 'meta', 'user', 'name') ?? textAt(body, 'meta', 'user'));
    default: {
      const settings = userSettingsOf(id, body);
      if (settings !== null) return claim(settings.user, settings.contactId);
      return claim(textAt(body, 'meta', 'created_by'), textAt(body, 'meta', 'created_by_person_uuid'));
    }
  }
}

function claim(user: string | undefined, contact?: string): { user?: string; contact?: string } {
  const name = user?.startsWith(USER_PREFIX) ? user.slice(USER_PREFIX.length) : user;
  return { ...(name ? { user: name } : {}), ...(contact === undefined ? {} : { contact }) };
}

/** The user in `task~org.couchdb.user:NAME~<emission>~<time>` and `target~<period>~<contact>~org.couchdb.user:NAME`. */
function userWithin(id: string): string | undefined {
  return id.split('~').find((part) => part.startsWith(USER_PREFIX));
}

/**
 * What a `user-settings` document says of its user; `null` for any other document. The name is the one in
 * the id, which the database guards, not the one in the fields. `facility_id` is an array on newer servers
 * and a string on older ones.
 */
export function userSettingsOf(
  id: string,
  body: Body,
): { user: string; contactId?: string; facilityIds: string[]; signsIn: SignInWay } | null {
  const type = fieldAt(body, 'type');
  if (!id.startsWith(USER_PREFIX) || (type !== undefined && type !== 'user-settings')) return null;
  const user = id.slice(USER_PREFIX.length);
  if (user === '') return null;
  const contactId = textAt(body, 'contact_id');
  const facility = fieldAt(body, 'facility_id');
  const facilityIds = (Array.isArray(facility) ? facility : [facility]).filter(isId);
  return {
    user,
    ...(contactId === undefined ? {} : { contactId }),
    facilityIds,
    signsIn: signInWayOf(body),
  };
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** The fields in which a report names its subject, in the server's order of preference. */
const SUBJECT_PATHS = [
  ['patient_id'],
  ['fields', 'patient_id'],
  ['place_id'],
  ['fields', 'place_id'],
  ['fields', 'patient_uuid'],
] as const;

/** The short code by which reports name a contact; `null`: it has none, or is none. */
export function shortCodeOf(id: string, body: Body, deleted: boolean): string | null {
  if (kindOf(id, body, deleted) !== 'contact') return null;
  return codeAt(body, 'patient_id') ?? codeAt(body, 'place_id') ?? null;
}

/** The server's words for "this report names a patient whom I do not know". */
const UNKNOWN_SUBJECT_ERRORS: readonly unknown[] = ['registration_not_found', 'invalid_patient_id'];

/**
 * Whom a report or message is about: the id or the short code of a contact, or the sender where it names
 * nobody else. `null` where it says nothing, which makes the server refuse it from restricted users. The
 * same steps as `getSubject` of the server's view `docs_by_replication_key`.
 */
export function subjectOf(body: Body): string | null {
  const sender = textAt(body, 'contact', '_id');
  if (formOf(body) !== null) {
    const errors = fieldAt(body, 'errors');
    const isUnknown =
      Array.isArray(errors) &&
      errors.some((error) => UNKNOWN_SUBJECT_ERRORS.includes(fieldAt(error, 'code')));
    return (isUnknown ? sender : undefined) ?? subjectsOf(body)[0] ?? sender ?? null;
  }
  if (fieldAt(body, 'sms_message')) return sender ?? null;
  return fieldAt(body, 'kujua_message') ? (receiverOf(body) ?? null) : null;
}

function subjectsOf(body: Body): string[] {
  return SUBJECT_PATHS.map((path) => codeAt(body, ...path)).filter(isId);
}

/** To whom an outgoing SMS goes: `tasks[0].messages[0].contact._id`. */
function receiverOf(body: Body): string | undefined {
  return textAt(firstIn(firstIn(body, 'tasks'), 'messages'), 'contact', '_id');
}

/** The code of the form that a report was filled in with, or `null`. */
export function formOf(body: Body): string | null {
  return textAt(body, 'form') ?? null;
}

/**
 * When a document says it was made, in milliseconds since 1970, however unlikely; `null` where it does not say, or says
 * what no calendar has. Numbers, digits as text and ISO 8601 are understood.
 */
export function reportedAtOf(body: Body): number | null {
  for (const key of ['reported_date', 'updated_date', 'authoredOn']) {
    const time = timeOf(fieldAt(body, key));
    if (time !== null) return time;
  }
  return null;
}

function timeOf(value: unknown): number | null {
  const time = typeof value === 'string' ? timeOfText(value) : value;
  return typeof time === 'number' && time >= MIN_TIME && time <= MAX_TIME ? Math.trunc(time) : null;
}

function timeOfText(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  return ISO_DATE.test(text) ? Date.parse(text) : Number.NaN;
}

/**
 * Ids of the documents that the server, or a reader, needs before this one: the places above a contact; the
 * subject, the receiver and the sender of a report or message, with the sender's places; the owner of a
 * task or target; a user's contact and places. Some may be short codes, or unknown. Without doubles and
 * without the document itself.
 */
export function needsOf(id: string, body: Body): string[] {
  return [...new Set(neededBy(id, body).filter(isId))].filter((need) => need !== id);
}

function neededBy(id: string, body: Body): (string | undefined)[] {
  switch (fieldAt(body, 'type')) {
    case 'data_record':
      return [...subjectsOf(body), receiverOf(body), ...lineageIds(fieldAt(body, 'contact'))];
    case 'task':
    case 'target':
      return [textAt(body, 'owner')];
    default: {
      const settings = userSettingsOf(id, body);
      return settings === null
        ? lineageIds(fieldAt(body, 'parent'))
        : [settings.contactId, ...settings.facilityIds];
    }
  }
}

/** `{_id, parent: {_id, parent: …}}`, nearest first; old documents may hold the id alone. */
function lineageIds(contact: unknown): string[] {
  const ids: string[] = [];
  let at = contact;
  for (let level = 0; level < MAX_LINEAGE && at; level += 1) {
    const id = typeof at === 'string' ? at : textAt(at, '_id');
    if (isId(id)) ids.push(id);
    at = isObject(at) ? fieldAt(at, 'parent') : undefined;
  }
  return ids;
}

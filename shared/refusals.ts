/**
 * Why a server will not take a record from a health worker, in the words of the people who settle it. The
 * server itself only says "forbidden"; the rules are those of its own filter (docs/cht.md §2.2): a restricted
 * user may write what the user would see, and contacts and their places decide who sees what.
 */
import { isOrdinary, type Unusual } from './unusual.ts';
import { isBareDeletion, type DocumentKind } from './document-kinds.ts';
import { subjectOf } from './document-people.ts';
import type { RecordSize } from './record-size.ts';
import type { ChangeClass, ChangeState } from './states.ts';
import { fieldAt, isObject, textAt, type Body } from './untrusted.ts';
import type words from './words/en/refusals.json';

type ReasonWord = keyof typeof words;

/** The reasons the station works out; a `refused` change carries one of them or the server's own word. */
export const REFUSAL_REASONS = [
  'subject-elsewhere',
  'subject-unknown',
  'subject-deleted',
  'no-subject',
  'outside-area',
  'too-deep',
  'record-elsewhere',
  'removed-on-server',
  'perhaps-removed',
  'kind-not-allowed',
  'not-own',
  'no-right',
  'bare-deletion',
  'other-content',
  'too-large-for-server',
  'unreadable-for-server',
] as const satisfies readonly ReasonWord[];
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** Causes of the record's own: no other person, no move of a patient and no new right takes them away. */
export const LASTING_REASONS: readonly string[] = [
  'too-large-for-server',
  'unreadable-for-server',
  'other-content',
] satisfies readonly RefusalReason[];

/** What the station knows for certain: it measured the record, compared it, or the server told. */
const KNOWN: readonly string[] = [...LASTING_REASONS, 'removed-on-server'];

/** The station worked the reason out. The server itself says no more than "forbidden", and only once it is asked to take it. */
export function isGuessed(reason: string): boolean {
  return REFUSAL_REASONS.some((own) => own === reason) && !KNOWN.includes(reason);
}

/** Who says why: the station guesses, the station is certain, or it is the server's own word. */
export function saidBy(reason: string): 'guessed' | 'certain' | 'server' {
  if (isGuessed(reason)) return 'guessed';
  return KNOWN.includes(reason) ? 'certain' : 'server';
}

/** Sent, this would bring back what was archived; the server would not refuse it. */
const HARMFUL: readonly string[] = ['perhaps-removed'] satisfies readonly RefusalReason[];

/**
 * Whether a foreseen refusal may be tried without another question: the author sends it, the server decides, and it is
 * nothing that would have to be looked at if it were not refused.
 */
export function mayTry(record: {
  readonly refusal: string | null;
  readonly refusalApproved: boolean;
  readonly class: ChangeClass;
  readonly state: ChangeState;
  readonly deleted: boolean;
  readonly unusual: readonly Unusual[];
}): boolean {
  const { refusal, deleted, unusual, state } = record;
  if (refusal === null || record.refusalApproved || !isGuessed(refusal) || HARMFUL.includes(refusal))
    return false;
  const isTried = state === 'open' || state === 'approved';
  return isTried && !deleted && isOrdinary({ class: record.class, refused: false, unusual });
}

/** Why an approved record does not go yet. */
export const WAIT_REASONS = [
  'needs-held',
  'needs-refused',
  'needs-undecided',
  'needs-unsent',
  'kept-side-first',
  'joined-first',
  'owner-unknown',
  'own-login-only',
  'person-not-told',
  'deletion-unasked',
  'second-needed',
  'body-gone',
] as const satisfies readonly ReasonWord[];
export type WaitReason = (typeof WAIT_REASONS)[number];

/** The server had accepted it and lost it: it was put back from an older backup. */
export const GONE_REASON = 'gone-from-server' satisfies ReasonWord;

/** How a document stands on the server to one health worker. */
export type Standing =
  /** In the area, or about to be. */
  | 'visible'
  /** On the server, out of the area. */
  | 'elsewhere'
  /** In the area, deeper than the role of the health worker reaches. */
  | 'deeper'
  /** Deleted, or archived. */
  | 'deleted'
  | 'absent';

export interface HealthWorker {
  readonly user: string;
  /** The places that are theirs. */
  readonly facilities: readonly string[];
  readonly maySend: boolean;
  /** The contact who is this person. */
  readonly contact?: string | null;
  /** So many levels below the own places the role reaches: contacts, and reports of others about them. Absent: all. */
  readonly contactDepth?: number | null;
  readonly reportDepth?: number | null;
  /** Reports that name nobody are theirs, too: both settings of the server allow it. */
  readonly seesUnallocated?: boolean;
  /** Ids of what the server lists as theirs, also from outside their places; not known to a station account. */
  readonly listed?: ReadonlySet<string>;
}

export interface RecordToSend {
  readonly id: string;
  readonly kind: DocumentKind;
  readonly deleted: boolean;
  readonly body: Body;
}

/**
 * Why the server will not take a record from this person; `null`: nothing speaks against it.
 * `standingOf` and `depthOf` take ids and short codes; `undefined`: cannot be told, and then nothing is foreseen.
 * `depthOf`: so many levels below the places of this person.
 */
export function whyNotTaken(
  record: RecordToSend,
  person: HealthWorker,
  standingOf: (id: string) => Standing | undefined,
  depthOf: (id: string) => number | undefined = () => undefined,
): RefusalReason | null {
  if (!person.maySend) return 'no-right';
  const own = standingOf(record.id);
  if (own === 'elsewhere') {
    const isDeeper = record.kind === 'contact' && whyNotContact(record, person) === 'too-deep';
    return isDeeper ? 'too-deep' : 'record-elsewhere';
  }
  if (own === 'deeper') return 'too-deep';
  if (own === 'deleted') return 'removed-on-server';
  if (isBareDeletion(record.body, record.deleted)) return 'bare-deletion';
  switch (record.kind) {
    case 'contact':
      // A primary contact may be let in from outside: the server's list knows.
      return person.listed?.has(record.id) === true ? null : whyNotContact(record, person);
    case 'report':
    case 'message':
      if (person.seesUnallocated === true && subjectOf(record.body) === null) return null;
      return whyNotReport(record.body, standingOf) ?? whyTooDeep(record.body, person, depthOf);
    case 'task':
      return textAt(record.body, 'user') === `org.couchdb.user:${person.user}` ? null : 'not-own';
    case 'target':
      return whyNotSubject(textAt(record.body, 'owner') ?? null, standingOf);
    case 'user-settings':
      return record.id === `org.couchdb.user:${person.user}` ? null : 'not-own';
    default:
      return 'kind-not-allowed';
  }
}

function whyNotContact(contact: RecordToSend, person: HealthWorker): RefusalReason | null {
  const depth = depthBelow(contact, person.facilities);
  if (depth === null) return 'outside-area';
  return depth > (person.contactDepth ?? Infinity) ? 'too-deep' : null;
}

/** Who wrote a report may send it, however deep. */
function whyTooDeep(
  body: Body,
  person: HealthWorker,
  depthOf: (id: string) => number | undefined,
): RefusalReason | null {
  const subject = subjectWhoseDepthCounts(body, person);
  if (subject === null) return null;
  const keys = [subject, ...(needsSignOff(body) ? placesAbove(body, 'contact') : [])];
  const depths = keys.map(depthOf).filter((depth) => depth !== undefined);
  const most = person.reportDepth ?? Infinity;
  return depths.length > 0 && depths.every((depth) => depth > most) ? 'too-deep' : null;
}

/** The subject of a report that goes by how deep the subject lies; `null`: it does not. */
export function subjectWhoseDepthCounts(body: Body, person: HealthWorker): string | null {
  if (person.reportDepth == null) return null;
  return textAt(body, 'contact', '_id') === person.contact ? null : subjectOf(body);
}

/** Ids and short codes whose standing `whyNotTaken` wants to know. */
export function idsToPlace({ id, kind, body }: RecordToSend): string[] {
  const subject = kind === 'report' || kind === 'message' ? subjectOf(body) : undefined;
  const others = kind === 'target' ? textAt(body, 'owner') : subject;
  return [
    id,
    ...(others == null ? [] : [others]),
    ...(needsSignOff(body) ? placesAbove(body, 'contact') : []),
  ];
}

function whyNotReport(body: Body, standingOf: (id: string) => Standing | undefined): RefusalReason | null {
  const reason = whyNotSubject(subjectOf(body), standingOf);
  if (reason === null || !needsSignOff(body)) return reason;
  // Seen by everybody above the sender, so that a supervisor can sign it.
  return placesAbove(body, 'contact').some((id) => standingOf(id) === 'visible') ? null : reason;
}

function whyNotSubject(
  subject: string | null,
  standingOf: (id: string) => Standing | undefined,
): RefusalReason | null {
  if (subject === null) return 'no-subject';
  switch (standingOf(subject)) {
    case 'elsewhere':
      return 'subject-elsewhere';
    case 'deeper':
      return 'too-deep';
    case 'deleted':
      return 'subject-deleted';
    case 'absent':
      return 'subject-unknown';
    case 'visible':
    case undefined:
      return null;
  }
}

function needsSignOff(body: Body): boolean {
  const value = fieldAt(fieldAt(body, 'fields'), 'needs_signoff');
  return value === true || value === 'true';
}

/** How many levels a contact lies below the nearest of these places: 0 is one of them; `null`: below none. */
export function depthBelow(
  { id, body }: { readonly id: string; readonly body: Body },
  facilities: readonly string[],
): number | null {
  const depth = [id, ...placesAbove(body, 'parent')].findIndex((place) => facilities.includes(place));
  return depth === -1 ? null : depth;
}

/** Ids of `{_id, parent: {_id, …}}`, nearest first. */
function placesAbove(body: Body, field: 'contact' | 'parent'): string[] {
  const ids: string[] = [];
  let at: unknown = fieldAt(body, field);
  for (let level = 0; level < 32 && at !== undefined; level += 1) {
    const id = typeof at === 'string' ? at : textAt(at, '_id');
    if (id !== undefined) ids.push(id);
    at = isObject(at) ? fieldAt(at, 'parent') : undefined;
  }
  return ids;
}

/** One refused record, for the list and the export. */
export interface RefusalRow {
  readonly batch: string;
  readonly user: string | null;
  readonly device: string | null;
  readonly id: string;
  readonly rev: string;
  readonly kind: string;
  readonly form: string | null;
  readonly label: string;
  /** Milliseconds since 1970, from the record. */
  readonly reportedAt: number | null;
  /** `2026-11`; `null` where the record has no date. */
  readonly month: string | null;
  readonly reason: string;
  /** Only of what is too large for the server. */
  readonly size?: RecordSize;
  /** It may be sent to see what the server says. */
  readonly mayTry: boolean;
}

export interface RefusalCount {
  readonly user: string | null;
  readonly form: string | null;
  readonly month: string | null;
  readonly reason: string;
  readonly records: number;
}

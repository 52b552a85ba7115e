/** What a CHT document is, and whether it may ever be sent (docs/rules.md §3.3 and §3.4; docs/cht.md §2.5 and §4.1). */
import { fieldAt, textAt, type Body } from './untrusted.ts';

export const DOCUMENT_KINDS = [
  'contact',
  'report',
  'message',
  'task',
  'target',
  'user-settings',
  'form',
  'translations',
  'settings',
  'design',
  'resource',
  'feedback',
  'telemetry',
  'read-mark',
  'purge-stub',
  'other',
] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

/** Why a document is never sent (docs/rules.md §3.4). */
export const NEVER_SENT_REASONS = [
  /** `_deleted` and `purged: true`: the phone dropped its copy to save space. */
  'purge-stub',
  /** Any other truthy `purged`: the server refuses it from everyone (validate_doc_update). */
  'purged',
  'design-document',
  /** `_local/*`: bookkeeping that never replicates. */
  'local-document',
  /** One of the ids that only administrators write. */
  'server-document',
  'form',
  'translations',
  'ui-extension',
  'login-token',
  /** Kinds of the `-meta` database, which the medic database refuses. */
  'telemetry',
  'feedback',
  'read-mark',
] as const;
export type NeverSentReason = (typeof NEVER_SENT_REASONS)[number];

/** Ids that only the server's administrators write (webapp readOnlyFilter and the server's validation). */
export const SERVER_DOCUMENT_IDS: ReadonlySet<string> = new Set([
  'resources',
  'branding',
  'service-worker-meta',
  'zscore-charts',
  'settings',
  'partners',
  'extension-libs',
  'privacy-policies',
  'migration-log',
]);

/** The types that the server takes; contacts of a configured type say `contact` and a `contact_type`. */
const KIND_OF_TYPE: ReadonlyMap<unknown, DocumentKind> = new Map<unknown, DocumentKind>([
  ['contact', 'contact'],
  ['person', 'contact'],
  ['clinic', 'contact'],
  ['health_center', 'contact'],
  ['district_hospital', 'contact'],
  ['data_record', 'report'],
  ['task', 'task'],
  ['target', 'target'],
  ['user-settings', 'user-settings'],
  ['form', 'form'],
  ['translations', 'translations'],
  ['ui-extension', 'resource'],
  ['telemetry', 'telemetry'],
  ['feedback', 'feedback'],
]);

/**
 * What an id says where the type says nothing: documents of the `-meta` database have no type, and a bare
 * deletion has lost its own. An id never overrules a type that is known.
 */
const KIND_OF_PREFIX: readonly (readonly [prefix: string, kind: DocumentKind])[] = [
  ['task~', 'task'],
  ['target~', 'target'],
  ['org.couchdb.user:', 'user-settings'],
  ['form:', 'form'],
  ['messages-', 'translations'],
  ['ui-extension:', 'resource'],
  ['telemetry-', 'telemetry'],
  ['interaction-', 'telemetry'],
  ['feedback-', 'feedback'],
  ['read:report:', 'read-mark'],
  ['read:message:', 'read-mark'],
];

/**
 * Whether this is what a phone leaves behind when it drops a document to save space. Sent on, it would
 * delete the server's record. CHT's own filter looks for exactly four keys and misses a stub with
 * `_revisions`, so other keys do not matter here (docs/rules.md §3.3).
 */
export function isPurgeStub(body: Body, deleted: boolean): boolean {
  return fieldAt(body, 'purged') === true && (deleted || fieldAt(body, '_deleted') === true);
}

/** The kind of a document, from its type first and its id second. Never throws, whatever the fields hold. */
export function kindOf(id: string, body: Body, deleted: boolean): DocumentKind {
  if (isPurgeStub(body, deleted)) return 'purge-stub';
  if (id.startsWith('_design/')) return 'design';
  if (id === 'settings') return 'settings';
  if (SERVER_DOCUMENT_IDS.has(id)) return 'resource';
  const kind = KIND_OF_TYPE.get(fieldAt(body, 'type')) ?? kindOfPrefix(id) ?? 'other';
  return kind === 'report' && isMessage(body) ? 'message' : kind;
}

/** An SMS that no form was recognised in. */
function isMessage(body: Body): boolean {
  const isSms = Boolean(fieldAt(body, 'sms_message')) || Boolean(fieldAt(body, 'kujua_message'));
  return isSms && textAt(body, 'form') === undefined;
}

function kindOfPrefix(id: string): DocumentKind | undefined {
  return KIND_OF_PREFIX.find(([prefix]) => id.startsWith(prefix))?.[1];
}

const REASON_OF_KIND: Partial<Record<DocumentKind, NeverSentReason>> = {
  design: 'design-document',
  settings: 'server-document',
  form: 'form',
  translations: 'translations',
  telemetry: 'telemetry',
  feedback: 'feedback',
  'read-mark': 'read-mark',
};

/**
 * Why a document must never be sent to the server, or `null` where it may be. The list is that of
 * docs/rules.md §3.4: what a phone never uploads, what the server refuses from everyone but administrators (an upload with
 * an administrator's account must not get it through either), and what belongs to the `-meta` database.
 */
export function whyNeverSent(id: string, body: Body, deleted: boolean): NeverSentReason | null {
  if (isPurgeStub(body, deleted)) return 'purge-stub';
  if (fieldAt(body, 'purged')) return 'purged';
  if (id.startsWith('_local/')) return 'local-document';
  if (fieldAt(body, 'type') === 'token_login' || id.startsWith('token:login:')) return 'login-token';
  const kind = kindOf(id, body, deleted);
  if (kind === 'resource') return SERVER_DOCUMENT_IDS.has(id) ? 'server-document' : 'ui-extension';
  return REASON_OF_KIND[kind] ?? null;
}

const KEPT_BY_APP: readonly string[] = [
  'purge-stub',
  'design-document',
  'server-document',
  'form',
  'translations',
  'ui-extension',
] satisfies readonly NeverSentReason[];
/** Only administrators write these, and the app offers them all the same. */
const OFFERED: readonly string[] = ['privacy-policies', 'migration-log'];

/**
 * Of what is never sent from here: whether the app's own push leaves it out, too (docs/cht.md §2.6). The rest of it an app
 * offers to its server, which refuses it.
 * @param why from `whyNeverSent`, or why it is set aside
 */
export function isKeptByApp(id: string, why: string): boolean {
  return KEPT_BY_APP.includes(why) && !OFFERED.includes(id);
}

/**
 * Whether this is a deletion that kept nothing by which the server knows what it was: without a `type` it has no
 * place in anybody's area, whatever else is left of it, and is refused from restricted users (docs/rules.md §3.8).
 */
export function isBareDeletion(body: Body, deleted: boolean): boolean {
  return deleted && fieldAt(body, 'type') === undefined;
}

/** The id of a contact's type. */
export function contactTypeOf(body: Body): string | undefined {
  const type = textAt(body, 'type');
  return type === 'contact' ? textAt(body, 'contact_type') : type;
}

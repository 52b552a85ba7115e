/**
 * Documents that no `medic` database holds: of CouchDB's users, of CHT's Sentinel and of its logs (docs/cht.md §4.2). In
 * `medic` they would be taken for records, some with the hash of a password in them. What CHT keeps in a `-meta` database
 * (telemetry, feedback, marks of what was read) is a kind of its own that is never sent: `shared/document-kinds.ts`.
 */

/** What CouchDB keeps in a document of `_users`; a `user-settings` of CHT has none of them. */
const OF_ACCOUNTS = ['derived_key', 'password_scheme', 'password_sha', 'salt'] as const;

/** Ids of documents that CHT's server writes beside `medic`, none of which has a type that `medic` knows. */
const OF_ID: readonly (readonly [pattern: RegExp, database: string])[] = [
  [/^(?:replication-(?:count|fail)-|connected-user-|upgrade_log:)/, 'medic-logs'],
  [/^purgelog:/, 'medic-sentinel'],
];

/** The name of the database that the document is of, where that is surely not `medic`; `null` for all others. */
export function otherDatabaseOf(id: string, body: Readonly<Record<string, unknown>>): string | null {
  const { type } = body;
  if (id.startsWith('org.couchdb.user:'))
    return type === 'user' || OF_ACCOUNTS.some((key) => Object.hasOwn(body, key)) ? '_users' : null;
  if (type === 'info') return id.endsWith('-info') ? 'medic-sentinel' : null;
  return type === undefined ? (OF_ID.find(([pattern]) => pattern.test(id))?.[1] ?? null) : null;
}

/**
 * Dumps that are set aside as a whole: what they say of themselves shows that their records are not for the server of
 * this station. They are kept and shown, never sent and never counted among what waits. No dump decides which server
 * is the true one: who sets the server does, and then each dump is looked at again (docs/rules.md §3.14).
 *
 * - `other-server`: the dump names another server
 * - `other-database`: the dump names a database that holds no health records
 */
export const ASIDE_REASONS = ['other-server', 'other-database'] as const;
export type AsideReason = (typeof ASIDE_REASONS)[number];

/** The problem that an import of such a dump ends with, so that it is said wherever problems are said. */
export const ASIDE_PROBLEMS = {
  'other-server': 'wrong-server',
  'other-database': 'wrong-database',
} as const satisfies Record<AsideReason, string>;

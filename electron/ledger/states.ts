/** Sets of rows that several statements speak of, as conditions on `changes c`; the sets of values are in shared/states.ts. */
import { CLASSES, type ChangeClass } from '../../shared/review.ts';
import { ASIDE_REASONS } from '../../shared/set-aside.ts';
import { LIVE_STATES, OUTBOX_STATES, UNDECIDABLE_CLASSES, UNHELD_STATES } from '../../shared/states.ts';
import { type BatchRuleName, type Unusual, ORDINARY_CLASSES } from '../../shared/unusual.ts';

/** A closed set as SQL writes it: `('open', 'held')`. Only for lists that the code itself holds. */
export function oneOf(set: readonly string[]): string {
  return `(${set.map((value) => `'${value.replaceAll("'", "''")}'`).join(', ')})`;
}

/** Changes somebody has to decide on: everything but what the server has, never takes, or cannot read. */
export const DECIDABLE = `class NOT IN ${oneOf(UNDECIDABLE_CLASSES)}`;

/** The server does not take it, whatever was decided on it; `refusal_approved`: somebody approved it all the same. */
export const UNTAKEN = `c.refused IS NOT NULL AND c.state IN ${oneOf(LIVE_STATES)}`;

/** Of a dump that is set aside: it counts for nothing. `alias`: of the rows. */
export function isAsideIn(alias: string): string {
  return `coalesce(${alias}.never_sent, '') IN ${oneOf(ASIDE_REASONS)}`;
}

/** The revision that a row stands for, whichever of its contents it has (`revisionOf`). */
export function revisionIn(alias: string): string {
  return `iif(instr(${alias}.rev, '~') = 0, ${alias}.rev, substr(${alias}.rev, 1, instr(${alias}.rev, '~') - 1))`;
}

/** Kept here because the server will not take it, and for nothing else: what is approved all the same goes, what is held is held. */
export const REFUSED = `c.refused IS NOT NULL AND c.refusal_approved = 0 AND c.state IN ${oneOf(UNHELD_STATES)}`;

/** What the server refuses does not go before the cause is gone or somebody approves it all the same. */
export const MAY_GO = `(c.refused IS NULL OR c.refusal_approved = 1)`;

/** Approved or sent without proof, and nothing keeps it here. */
export const TO_SEND = `c.state IN ${oneOf(OUTBOX_STATES)} AND c.never_sent IS NULL AND ${MAY_GO}`;

/** What one button may approve, as far as the record itself tells (docs/rules.md §9.1). */
export const ORDINARY = `c.class IN ${oneOf(ORDINARY_CLASSES)} AND c.refused IS NULL AND c.unusual = '[]'`;

/** What one button may approve in a batch about which this is unusual. */
export function ordinaryIn(unusual: readonly Unusual<BatchRuleName>[]): string {
  const hits = unusual.map(({ rule }) => HITS[rule]);
  return hits.length === 0 ? ORDINARY : `${ORDINARY} AND NOT (${hits.join(' OR ')})`;
}

/** The records that a rule about the batch makes unusual: `hits` of `BATCH_RULES`, as a condition. */
export const HITS: Readonly<Record<BatchRuleName, string>> = {
  'odd-name': 'true',
  'too-many-people': 'true',
  'person-unseen': 'true',
  'many-deletions': 'c.deleted = 1',
  'contacts-rewritten': `c.kind = 'contact' AND c.class = 'update'`,
  'far-more-than-usual': 'true',
  'far-fewer-than-usual': 'true',
};

/** `ordinaryIn` for rows of any batch. */
export const ORDINARY_ANYWHERE = `${ORDINARY} AND NOT EXISTS (
  SELECT 1 FROM batches k, json_each(k.unusual) r WHERE k.batch = c.batch AND (${Object.entries(HITS)
    .map(([rule, hits]) => `r.value ->> 'rule' = '${rule}' AND (${hits})`)
    .join(' OR ')}))`;

/** Origins of what a health worker brought: as it came, or put on the server's version. */
export const BROUGHT_BY_A_PERSON = `origin IN ${oneOf(['dump', 'rebase'])}`;

/** Kinds of documents that name their author. */
export const NAMES_ITS_AUTHOR = `kind IN ${oneOf(['report', 'message'])}`;

/** The rank of a class in review: what needs a person most stands first. */
export function reviewPriority(kind: ChangeClass): number {
  return CLASSES.indexOf(kind);
}

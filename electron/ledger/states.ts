/** Sets of rows that several statements speak of, as conditions on `changes c`. */
import type { BatchRuleName, Unusual } from '../../shared/unusual.ts';

/** Kept here because the server will not take it; `refusal_approved`: somebody approved it all the same. */
export const REFUSED = `c.refused IS NOT NULL AND c.state IN ('open', 'approved', 'held', 'sent')`;

/** Of these: somebody has to decide what becomes of it. */
export const REFUSED_UNDECIDED = `c.refused IS NOT NULL AND c.refusal_approved = 0 AND c.state IN ('open', 'approved')`;

/** What the server refuses does not go before the cause is gone or somebody approves it all the same. */
export const MAY_GO = `(c.refused IS NULL OR c.refusal_approved = 1)`;

/** Approved or sent without proof, and nothing keeps it here. */
export const TO_SEND = `c.state IN ('approved', 'sent') AND ${MAY_GO}`;

/** What one button may approve, as far as the record itself tells (docs/rules.md §9.1). */
export const ORDINARY = `c.class IN ('new', 'update') AND c.refused IS NULL AND c.unusual = '[]'`;

/** What one button may approve in a batch about which this is unusual. */
export function ordinaryIn(unusual: readonly Unusual<BatchRuleName>[]): string {
  const hits = unusual.map(({ rule }) => HITS[rule]);
  return hits.length === 0 ? ORDINARY : `${ORDINARY} AND NOT (${hits.join(' OR ')})`;
}

/** The records that a rule about the batch makes unusual: `hits` of `BATCH_RULES`, as a condition. */
export const HITS: Readonly<Record<BatchRuleName, string>> = {
  'odd-name': 'true',
  'person-unseen': 'true',
  'many-deletions': 'c.deleted = 1',
  'contacts-renamed': `c.kind = 'contact' AND c.class = 'update'`,
  'far-more-than-usual': 'true',
};

/** `ordinaryIn` for rows of any batch. */
export const ORDINARY_ANYWHERE = `${ORDINARY} AND NOT EXISTS (
  SELECT 1 FROM batches k, json_each(k.unusual) r WHERE k.batch = c.batch AND (${Object.entries(HITS)
    .map(([rule, hits]) => `r.value ->> 'rule' = '${rule}' AND (${hits})`)
    .join(' OR ')}))`;

/**
 * What an import brought, by person, as people count it (docs/rules.md §9.2): each record once. **New here**: this station had no
 * version of the record before. **Changed**: it had one, and the import brought another with other content. Neither says what the
 * server has: before the first comparison nobody knows.
 */

/** Their sum is `new` of the import's documents. */
export interface CameCounts {
  /** Reports that are new here. */
  readonly reports: number;
  /** People and places that are new here. */
  readonly contacts: number;
  /** Reports, people, places and messages that were here, with other content now. */
  readonly changed: number;
  /** Records that were deleted on the phone. */
  readonly deleted: number;
  /** Everything else, new or not: messages that are new here, tasks, targets, settings, forms. */
  readonly others: number;
  /** Versions beyond one of a record: a second branch, or another revision with what was here already. */
  readonly versions: number;
}

export const CAME = ['reports', 'contacts', 'changed', 'deleted', 'others', 'versions'] as const;

export interface Came extends CameCounts {
  readonly batch: string;
  /** `null`: nobody knows whose it is. */
  readonly user: string | null;
  /** As the person is called; `null`: not known here. */
  readonly name: string | null;
}

export const NOTHING_CAME: CameCounts = {
  reports: 0,
  contacts: 0,
  changed: 0,
  deleted: 0,
  others: 0,
  versions: 0,
};

export function sumOf(counts: CameCounts): number {
  return CAME.reduce((sum, one) => sum + counts[one], 0);
}

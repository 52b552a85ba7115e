/** The history for people: acts, each of which may stand for many entries of the audit trail. */

/** What one person did in one go: one decision, one sending, or what else was entered at one moment. */
export interface Act {
  /** The number of its first entry in the audit trail, by which it is asked for. */
  readonly act: number;
  /** When it began, ISO 8601. */
  readonly at: string;
  /** When its last entry was made: the same, but for what took its time. */
  readonly until: string;
  readonly person: string;
  /** One of `AUDIT_ACTIONS`, or an action of a newer station. */
  readonly what: string;
  /** Entries of the audit trail that it stands for. */
  readonly entries: number;
  /** How many records it was about; `null`: it was about none, or none are counted in it. */
  readonly records: number | null;
  /** Whether those records can be listed; of some acts only their number was entered. */
  readonly isListed: boolean;
  /** The one batch that it was about, whose that is, and from which device; `null`: none, several, or not known. */
  readonly batch: string | null;
  readonly user: string | null;
  readonly device: string | null;
  /** The one record that it was about, and what that is called; `null`: none, or several. */
  readonly id: string | null;
  readonly label: string | null;
  readonly form: string | null;
  /** The decision, whose records a list can be asked for; `null`: it was none. */
  readonly decision: number | null;
  readonly upload: string | null;
}

/** What the acts can be narrowed down by, with how many there are of each. */
export const HISTORY_COUNTED = ['person', 'what', 'user'] as const;
export type HistoryCounted = (typeof HISTORY_COUNTED)[number];

/** One record that an act was about. */
export interface ActRecord {
  readonly at: string;
  readonly batch: string | null;
  readonly id: string;
  /** `null`: the entry names none. */
  readonly rev: string | null;
  /** `null`: the ledger does not know the record. */
  readonly label: string | null;
  readonly form: string | null;
}

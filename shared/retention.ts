/** How long what the server is proven to hold stays on this computer, and what would go now. */

/** Days after the proof. */
export const RETENTION_DAYS = { standard: 90, least: 1, most: 3650 } as const;

/** What would go, or went: documents, safe copies of dumps, and how large these are. */
export interface GivenUp {
  readonly records: number;
  readonly copies: number;
  readonly bytes: number;
}

export interface Retention {
  /** Days after the proof; `null`: everything stays. */
  readonly days: number | null;
  /** What would go now; nothing where everything stays. */
  readonly going: GivenUp;
  /** What went so far. */
  readonly gone: Pick<GivenUp, 'records' | 'copies'>;
  /** When it was last looked by itself whether anything is to go, ISO 8601; `null`: not yet. */
  readonly lookedAt: string | null;
  /** Something would go, but this computer's clock is not known to be right: it is held against the server's first. */
  readonly waitsForClock: boolean;
}

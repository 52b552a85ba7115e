/** How patient an upload is with the network and the server. Milliseconds, unless the name says otherwise. */
export interface UploadPace {
  /** For answers that cost the server nothing. */
  readonly quickMs: number;
  /** Single requests were seen to take 13 s when the server's views had to catch up (docs/cht-exchanges.md §7). */
  readonly patientMs: number;
  /** A slower line than this is given up; time for the bytes of a request is added to `patientMs`. */
  readonly bytesPerSecond: number;
  /** How often in a row something may fail before the session ends. Each success begins anew. */
  readonly tries: number;
  /** The pause after the first failure; it doubles with each further one. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** In which time the server counts failed sign-ins (docs/cht.md §1.3). */
  readonly signInWindowMs: number;
  /** A request that took longer is followed by a smaller one, one that was quicker by a larger one. */
  readonly slowRequestMs: number;
  readonly quickRequestMs: number;
  /** Documents in the first request, and the most that one ever holds: 500 a request are twice as fast as 100, and with more a server whose views have to catch up becomes unsteady (docs/cht-exchanges.md §7). */
  readonly firstDocuments: number;
  readonly mostDocuments: number;
}

export const UPLOAD_PACE: UploadPace = {
  quickMs: 30_000,
  patientMs: 180_000,
  bytesPerSecond: 4096,
  tries: 6,
  firstPauseMs: 1000,
  longestPauseMs: 60_000,
  signInWindowMs: 10_000,
  slowRequestMs: 20_000,
  quickRequestMs: 3000,
  firstDocuments: 100,
  mostDocuments: 500,
};

/** How long a phone may take. It can freeze an app, lock itself or be pulled out at any instant. In milliseconds. */
export const PATIENCE = {
  /** The ADB server is on this computer. */
  serverMs: 1_500,
  /** Opening a connection, listing, a small file. */
  answerMs: 8_000,
  /** A piece of a file. */
  pieceMs: 20_000,
} as const;

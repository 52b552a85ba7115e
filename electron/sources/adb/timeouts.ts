/** How long a phone may take. It can freeze an app, lock itself or be pulled out at any instant. In milliseconds. */
export const ADB_TIMEOUTS = {
  /** The ADB server is on this computer. */
  serverMs: 1_500,
  /** Opening a service, listing a folder, a small command. */
  answerMs: 8_000,
  /** All folders of a phone. */
  listMs: 30_000,
  /** A piece of a file. */
  pieceMs: 20_000,
  /** The phone accepts this computer at once, or it asks the person. */
  allowMs: 3_000,
  /** So long its question may stand. */
  tapMs: 5 * 60_000,
  /** Accepted, and nobody came back to read it. */
  unusedMs: 30_000,
  /** How often an interface is claimed that another program holds, … */
  claims: 10,
  /** … and the pause between two tries. */
  claimMs: 500,
  /** A transfer under way ends with its interface; should it not, the device is closed all the same. */
  releaseMs: 1_000,
} as const;

/** One revision, two contents: what a reviewer sees of it, and what the station proposes. */

/** Formats that promise that nothing is missing, and prove it with digests. */
const PROVEN_FORMATS: readonly string[] = ['station'];

/**
 * Whether a dump is a complete reading of the phone whose digests were checked. A list of records can be edited by
 * hand, and nothing in it would tell.
 */
export function isVerified(dump: {
  readonly format: string | null;
  readonly flags: readonly string[];
  /** Its end or its check sum is wrong. */
  readonly damaged: boolean;
}): boolean {
  return (
    dump.format !== null &&
    PROVEN_FORMATS.includes(dump.format) &&
    !dump.damaged &&
    !dump.flags.includes('cut-off') &&
    !dump.flags.includes('maybe-incomplete')
  );
}

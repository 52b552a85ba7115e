/** Versions of the program, as in `1.2.0`. Of what is only tried (`1.2.0-beta.1`) there are no updates. */

const VERSION = /^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$/;
const TRIED = /^([^-+]+)-[0-9A-Za-z.-]{1,100}$/;

export function isVersion(text: string): boolean {
  return VERSION.test(text);
}

/**
 * Whether a version of an update is newer than one that runs or ran: strictly, and what was tried is older than what came
 * of it. Where either is no version, it is not.
 */
export function isNewer(version: string, than: string): boolean {
  const wanted = numbersOf(version);
  const tried = TRIED.exec(than)?.[1];
  const had = numbersOf(tried ?? than);
  if (wanted === null || had === null) return false;
  for (const [at, number] of wanted.entries()) {
    const other = had[at] ?? 0;
    if (number !== other) return number > other;
  }
  return tried !== undefined;
}

/** The newest of several; `null` where none is a version. */
export function newestOf(versions: readonly (string | null)[]): string | null {
  return versions.reduce(
    (newest, one) => (one !== null && (newest === null || isNewer(one, newest)) ? one : newest),
    null,
  );
}

function numbersOf(version: string): number[] | null {
  return VERSION.exec(version)?.slice(1).map(Number) ?? null;
}

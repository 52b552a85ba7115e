/**
 * Names of people who sign in to a CHT server. A name that CHT could not have given is no claim about anybody:
 * it may be a look-alike (`сhw1` with a Cyrillic letter, `chw1` with a sign that cannot be seen) or the name of a
 * file.
 */

/**
 * What CHT allows as the name of a user: lower-case letters, digits, full stop, underscore, hyphen
 * (cht-core, `shared-libs/user-management/src/users.js`, `USERNAME_ALLOWED_CHARS`).
 */
const USER_NAME = /^[a-z0-9._-]{1,200}$/;

/** Whether CHT could have given this name to a user. */
export function isUserName(name: string): boolean {
  return USER_NAME.test(name);
}

/** Words that people and programs put before the name of a file when they copy it. */
const COPY_PREFIX =
  /^(?:~\$|(?:copy(?: \(\d+\))? of|copie (?:\(\d+\) )?de|copia de|kopie von|nakala ya) )\s*/iu;

/**
 * The user name that the beginning of a file's name proposes; `null` where it proposes none. "Copy of chw1" proposes
 * `chw1`. It is a proposal: somebody may correct it.
 */
export function userNameProposed(text: string): string | null {
  let name = text.trim();
  for (let turn = 0; turn < 4; turn += 1) {
    const shorter = name.replace(COPY_PREFIX, '').trim();
    if (shorter === name) break;
    name = shorter;
  }
  return isUserName(name) ? name : null;
}

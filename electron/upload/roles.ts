/** What a person's roles mean to the server. */

/** With one of these the server restricts nothing; `national_admin` is of CHT 3. */
const UNRESTRICTED: readonly string[] = ['_admin', 'admin', 'national_admin', 'mm-online'];

/**
 * Whether the server restricts what a person with these roles sees and writes: by its own rule (cht-core,
 * `shared-libs/user-management/src/roles.js`).
 */
export function isRestrictedBy(roles: readonly string[]): boolean {
  return !roles.some((role) => UNRESTRICTED.includes(role));
}

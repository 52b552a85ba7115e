/** What the name of a replica says. A file of its own: whoever only asks this need not load PouchDB, which takes a third of a second. */

/** Whether a name of a replica is a URL: several stations may share it. */
export function isShared(nameOrUrl: string): boolean {
  return /^https?:\/\//.test(nameOrUrl);
}

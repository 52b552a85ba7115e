/** Names of revisions, and lineages. The words are defined in `revisions.ts`. */

const REVISION = /^[1-9][0-9]{0,8}-[0-9A-Za-z]{1,64}$/;
const BINARY_ID = /^[0-9a-f]{32}$/;

/**
 * Whether a text is a revision that CouchDB takes. An id of exactly 32 characters must be lower-case hex:
 * CouchDB decodes it as 16 bytes (`couch_doc:parse_revid`) and answers 400 to the whole request if it
 * cannot. Other lengths are taken as they are.
 */
export function isRevision(text: string): boolean {
  if (!REVISION.test(text)) return false;
  const id = idOf(text);
  return id.length !== 32 || BINARY_ID.test(id);
}

/** The number of edits since the document was made, 1 for the first. `rev` has passed `isRevision`. */
export function generationOf(rev: string): number {
  return Number(rev.slice(0, rev.indexOf('-')));
}

function idOf(rev: string): string {
  return rev.slice(rev.indexOf('-') + 1);
}

/**
 * The lineage, newest first, that `_revisions: {start, ids}` stands for: `ids[0]` has generation `start`,
 * each next one a generation less. Ids beyond generation 1 stand for nothing and are left out.
 */
export function historyFrom(start: number, ids: readonly string[]): string[] {
  return ids.slice(0, Math.max(0, start)).map((id, age) => `${start - age}-${id}`);
}

/** The inverse of `historyFrom`. An empty history gives `{start: 0, ids: []}`. */
export function toRevisions(history: readonly string[]): { start: number; ids: string[] } {
  const newest = history[0];
  return { start: newest === undefined ? 0 : generationOf(newest), ids: history.map(idOf) };
}

/** Whether a lineage reaches generation 1, so that nothing before it is missing. */
export function isComplete(history: readonly string[]): boolean {
  const oldest = history.at(-1);
  return oldest !== undefined && generationOf(oldest) === 1;
}

/**
 * Orders revisions that are not deleted, the winner first: higher generation, then greater id.
 * Ids are compared as text, as PouchDB does. CouchDB compares the 16 bytes that 32 hex digits stand for,
 * which is the same order among such ids, and only such ids are made by either.
 */
export function compareRevisions(a: string, b: string): number {
  const generations = generationOf(b) - generationOf(a);
  if (generations !== 0) return generations;
  const [idA, idB] = [idOf(a), idOf(b)];
  return idA === idB ? 0 : idA > idB ? -1 : 1;
}

/** Orders the leaves of a document, the winner first: those that are not deleted before the others. */
export function compareLeaves<Leaf extends { readonly rev: string; readonly deleted?: boolean | null }>(
  a: Leaf,
  b: Leaf,
): number {
  return Number(a.deleted === true) - Number(b.deleted === true) || compareRevisions(a.rev, b.rev);
}

/** Marks the name of a second content: no revision has it. */
const SECOND = '~';

/**
 * The name of the row of a second content under a revision: two rows of the ledger cannot have one name. It depends on
 * the content alone.
 */
export function nameOfSecond(rev: string, content: string): string {
  return `${rev}${SECOND}${content.slice(0, 16)}`;
}

/** The revision that a row stands for: its name, unless it is a second content. */
export function revisionOf(name: string): string {
  const at = name.indexOf(SECOND);
  return at === -1 ? name : name.slice(0, at);
}

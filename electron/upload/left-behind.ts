/** Records over which a server fails, and what may be said about them. */
import type { StationError } from '../../shared/errors.ts';

/** So many that the server fails on are left behind while it takes none between them; then it is the server. */
const MOST_IN_A_ROW = 3;

/** The server itself failed: what stands before it answers 502 to 504. */
export function isServersOwnFailure(error: StationError): boolean {
  return error.code === 'server-error' && error.detail === '500';
}

/** Half of a pair of surrogates, escaped as JSON has it. */
const HALF =
  /\\u[dD][89abAB][\da-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][\da-fA-F]{2})\\u[dD][c-fC-F]/;

/**
 * Whether a text of JSON holds half a character, as in an emoji that was cut in two. A phone's database keeps that; CouchDB
 * cannot read it and fails over the whole request (docs/cht-exchanges.md §3).
 */
export function holdsHalfCharacter(json: string): boolean {
  // An escaped backslash may stand before a plain `u`.
  return !json.isWellFormed() || (json.includes('\\u') && HALF.test(json.replaceAll('\\\\', ' ')));
}

/**
 * What was left behind in one session. A *suspect* is a record on which the server failed while it took others: it is
 * refused only when the server takes something after it, or the session comes to its end, because a server that falls sick
 * in the middle looks the same for a while.
 */
export class LeftBehind<Document> {
  #inARow = 0;
  #suspects: Document[] = [];

  mayBeMore(): boolean {
    return this.#inARow < MOST_IN_A_ROW;
  }

  add(documents: readonly Document[], areSuspects: boolean): void {
    this.#inARow += documents.length;
    if (areSuspects) this.#suspects.push(...documents);
  }

  /** The server is not sick. Answers what it is seen to fail on. */
  serverIsWell(): readonly Document[] {
    this.#inARow = 0;
    const suspects = this.#suspects;
    this.#suspects = [];
    return suspects;
  }
}

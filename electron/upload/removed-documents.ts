/** Which documents a server does not have any more for this person. Sources: docs/cht.md §8, docs/cht-exchanges.md §5. */
import { fieldAt, isObject } from '../../shared/untrusted.ts';
import { strings } from './answers.ts';
import type { Question } from './session.ts';

/** Ids in one question; a phone asks for fewer. */
const IDS_AT_ONCE = 1000;

export class RemovedDocuments {
  /** Answers with JSON, or `null` where the server does not offer what is asked for. */
  readonly #ask: (question: Question) => Promise<unknown>;
  /** Until the server has once not offered it: then it is not asked for it again in this session. */
  #tellsDeletes = true;

  constructor(ask: (question: Question) => Promise<unknown>) {
    this.#ask = ask;
  }

  /** Those that were deleted, purged for this user or archived; `null` where the server does not offer that. */
  async among(ids: readonly string[]): Promise<ReadonlySet<string> | null> {
    const found = new Set<string>();
    for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
      const some = ids.slice(at, at + IDS_AT_ONCE);
      const told = this.#tellsDeletes ? await this.#toDelete(some) : null;
      this.#tellsDeletes = told !== null;
      const removed = told ?? (await this.#archived(some));
      if (removed === null) return null;
      for (const id of removed) found.add(id);
    }
    return found;
  }

  async #toDelete(ids: readonly string[]): Promise<string[] | null> {
    const body = await this.#ask({
      method: 'POST',
      path: '/api/v1/replication/get-deletes',
      body: JSON.stringify({ doc_ids: ids }),
      speed: 'patient',
    });
    return isObject(body) && Array.isArray(body['doc_ids']) ? strings(body['doc_ids']) : null;
  }

  async #archived(ids: readonly string[]): Promise<string[] | null> {
    const body = await this.#ask({
      method: 'POST',
      path: '/medic-archive/_all_docs',
      body: JSON.stringify({ keys: ids }),
      speed: 'patient',
    });
    if (!isObject(body) || !Array.isArray(body['rows'])) return null;
    return (body['rows'] as unknown[]).flatMap((row) => {
      // What was taken out of the archive again is listed there as deleted.
      const isThere =
        isObject(row) && row['error'] === undefined && fieldAt(row, 'value', 'deleted') !== true;
      return isThere && typeof row['id'] === 'string' ? [row['id']] : [];
    });
  }
}

/** Lists the leaves of each document, without reading any document. */
import type { PhoneDatabase } from './database.ts';
import type { Leaves } from './protocol.ts';

/** @param limit documents in one list */
export async function listLeaves(database: PhoneDatabase, after: number, limit: number): Promise<Leaves> {
  const { results, last_seq } = await database.changes({ since: after, limit, style: 'all_docs' });
  const last = results[results.length - 1];
  return {
    leaves: results.map(({ id, changes }) => [id, ...changes.map(({ rev }) => rev)]),
    next: last?.seq ?? last_seq,
    end: results.length < limit,
  };
}

/** What the server gives to a person's phone when it downloads: CHT's endpoints since 4.3 (docs/cht.md §8). */
import { StationError } from '../../shared/errors.ts';
import { isObject } from '../../shared/untrusted.ts';
import { documentsIn } from './answers.ts';
import { DATABASE, type Question } from './session.ts';

export interface Revision {
  readonly id: string;
  readonly rev: string;
}

export interface ReplicationAsks {
  /** Answers with JSON. */
  readonly json: (question: Question) => Promise<unknown>;
  /** Answers with JSON, or `null` where the server does not offer what is asked for. */
  readonly offered: (question: Question) => Promise<unknown>;
}

export class Replication {
  readonly #asks: ReplicationAsks;

  constructor(asks: ReplicationAsks) {
    this.#asks = asks;
  }

  /**
   * Everything that this person's phone should hold, with the revision that the server shows; `null` where the server
   * does not offer that.
   */
  async listed(): Promise<Revision[] | null> {
    const body = await this.#asks.offered({
      method: 'GET',
      path: '/api/v1/replication/get-ids',
      speed: 'patient',
    });
    if (!isObject(body) || !Array.isArray(body['doc_ids_revs'])) return null;
    return (body['doc_ids_revs'] as unknown[]).flatMap((row) => {
      if (!isObject(row) || typeof row['id'] !== 'string' || typeof row['rev'] !== 'string') return [];
      return [{ id: row['id'], rev: row['rev'] }];
    });
  }

  /**
   * These revisions, whole: with `_revisions`, and the bytes of attachments as base64. What the server does not give is
   * absent. An answer that is too large is asked for in halves.
   */
  async documents(revisions: readonly Revision[]): Promise<Record<string, unknown>[]> {
    try {
      const found = await this.#asks.json({
        method: 'POST',
        path: `/${DATABASE}/_bulk_get?attachments=true&revs=true`,
        body: JSON.stringify({ docs: revisions }),
        speed: 'patient',
      });
      return documentsIn(found);
    } catch (error) {
      const isTooLarge = error instanceof StationError && error.code === 'bad-answer' && revisions.length > 1;
      if (!isTooLarge) throw error;
      const middle = Math.ceil(revisions.length / 2);
      return [
        ...(await this.documents(revisions.slice(0, middle))),
        ...(await this.documents(revisions.slice(middle))),
      ];
    }
  }
}

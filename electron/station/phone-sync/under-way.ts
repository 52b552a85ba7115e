/** A phone's sync while it is under way: what is told of it, and what is found out where the app does not come to its end. */
import { StationError } from '../../../shared/errors.ts';
import type { Standing } from '../../sources/live/sync-watch.ts';
import type { PhoneSession } from '../../upload/phone-session.ts';
import type { JobHandle } from '../jobs.ts';
import type { SyncRecord } from './record.ts';
import type { RequestsOfPhone } from './send-on.ts';

export interface SyncUnderWayParts {
  readonly job: JobHandle;
  readonly requests: RequestsOfPhone;
  readonly record: SyncRecord;
  readonly session: Pick<PhoneSession, 'missing'>;
  readonly log: (line: string) => void;
}

export class SyncUnderWay {
  readonly requests: RequestsOfPhone;
  readonly #parts: SyncUnderWayParts;
  #standing: Standing = 'syncs';
  /** Of the records that were sent, those that the server has; `null`: it was not asked since. */
  #confirmed: number | null = null;

  constructor(parts: SyncUnderWayParts) {
    this.#parts = parts;
    this.requests = parts.requests;
  }

  tell(): void {
    const { job, record, requests } = this.#parts;
    const { received, dropped } = requests.counts;
    const counts = { sent: record.sent, received, dropped };
    const standsStill = this.#standing !== 'syncs';
    job.progress({
      step: this.#standing === 'syncs' ? 'sync' : this.#standing,
      done: record.sent,
      counts: {
        ...counts,
        ...(standsStill ? { failures: requests.failures } : {}),
        ...(standsStill && this.#confirmed !== null ? { confirmed: this.#confirmed } : {}),
      },
    });
  }

  /** The app's sync stands in another way than before. */
  stands(standing: Standing): void {
    if (standing === 'syncs' && this.#standing === 'unended') this.requests.tryAgain();
    this.#standing = standing;
    this.#confirmed = null;
    this.tell();
    if (standing !== 'syncs') void this.#askServer();
  }

  /** What was given to the server may be there although the app does not come to its end. It is noted at the end. */
  async #askServer(): Promise<void> {
    const { record, session, log } = this.#parts;
    const { sentKeys, sent } = record;
    try {
      const missing = new Set(
        (await session.missing(sentKeys.map(({ id, rev }) => [id, rev]))).map(({ id }) => id),
      );
      if (this.#standing === 'syncs' || record.sent !== sent) return;
      this.#confirmed = sent - missing.size;
      this.tell();
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      log(`what a phone sent so far could not be confirmed: ${error.code}`);
    }
  }
}

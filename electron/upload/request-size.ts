/**
 * How much goes into one request. It begins small, grows where the server is quick and shrinks where it is
 * slow or says "too large". Measured: 500 documents a request are twice as fast as 100, and more than 500
 * makes a server whose views have to catch up unsteady (speed.md).
 */
import type { UploadPace } from '../../shared/upload-pace.ts';

const FIRST_DOCUMENTS = 100;
const MOST_DOCUMENTS = 500;
/** Memory on both sides; the server itself takes 32 MiB (cht-exchanges). */
export const REQUEST_BYTES = 8 * 1024 * 1024;

export class RequestSize {
  readonly #pace: UploadPace;
  #documents = FIRST_DOCUMENTS;

  constructor(pace: UploadPace) {
    this.#pace = pace;
  }

  get documents(): number {
    return this.#documents;
  }

  /** A request of so many documents was answered. */
  took(documents: number, ms: number): void {
    if (ms > this.#pace.slowRequestMs) this.tooMuch(documents);
    // Only a full request says that a larger one would be quick, too.
    else if (ms < this.#pace.quickRequestMs && documents >= this.#documents) {
      this.#documents = Math.min(MOST_DOCUMENTS, this.#documents * 2);
    }
  }

  /** A request of so many documents was too large or too slow. */
  tooMuch(documents: number): void {
    this.#documents = Math.max(1, Math.min(this.#documents, Math.floor(documents / 2)));
  }
}

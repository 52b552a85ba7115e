/**
 * How much goes into one request. It begins small, grows where the server is quick and shrinks where it is
 * slow or says "too large".
 */
import type { UploadPace } from '../../shared/upload-pace.ts';

/** Memory on both sides; the server itself takes 32 MiB (docs/cht.md §2.4). */
export const REQUEST_BYTES = 8 * 1024 * 1024;

export class RequestSize {
  readonly #pace: UploadPace;
  #documents: number;

  constructor(pace: UploadPace) {
    this.#pace = pace;
    this.#documents = pace.firstDocuments;
  }

  get documents(): number {
    return this.#documents;
  }

  /** The next requests are likely to be larger. */
  get isGrowing(): boolean {
    return this.#documents < this.#pace.mostDocuments;
  }

  /** A request of so many documents was answered. */
  took(documents: number, ms: number): void {
    if (ms > this.#pace.slowRequestMs) this.tooMuch(documents);
    // Only a full request says that a larger one would be quick, too.
    else if (ms < this.#pace.quickRequestMs && documents >= this.#documents) {
      // Where it was no matter at all there is no need to try every size in between.
      const factor = ms < this.#pace.quickRequestMs / 10 ? 4 : 2;
      this.#documents = Math.min(this.#pace.mostDocuments, this.#documents * factor);
    }
  }

  /** A request of so many documents was too large or too slow. */
  tooMuch(documents: number): void {
    this.#documents = Math.max(1, Math.min(this.#documents, Math.floor(documents / 2)));
  }
}

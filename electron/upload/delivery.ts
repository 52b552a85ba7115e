/**
 * Delivers documents: one request after the other, each followed by its proof, in halves where the server does not
 * take a request as it is. The proof of a request that was answered well may still be under way when the next
 * request leaves.
 */
import type { Timers } from '../../shared/timers.ts';
import { StationError } from '../../shared/errors.ts';
import type { ChtClient } from './client.ts';
import { holdsHalfCharacter, isServersOwnFailure, LeftBehind } from './left-behind.ts';
import { mayPass } from './retry.ts';
import { isMissing, missingOf } from './proof.ts';
import type { RequestSize } from './request-size.ts';
import type { WriteAnswer } from './writing.ts';

/**
 * A document that is larger than this as JSON, its attachments as base64 among it, cannot pass the server's limit for
 * a request, and there is no other way in (docs/cht.md §2.4).
 */
export const BODY_BYTES = 32 * 1024 * 1024 - 1024;

/** From so many bytes in its dump on a record is measured before its content is read into memory. */
export const MEASURED_BYTES = BODY_BYTES / 2;

/** So many requests may be unproven while the next one leaves. */
const PROOFS = 2;
/**
 * After so many failures of a server that answers everything else, the request is halved; and so often a single
 * document is tried on which it stumbles while it takes the others.
 */
const STUMBLES = 2;

export interface ToSend {
  readonly id: string;
  readonly rev: string;
}

/** One document as it is sent: its JSON with attachments inline, and the bytes of that. */
export interface Loaded<Item extends ToSend = ToSend> extends ToSend {
  readonly item: Item;
  readonly json: string;
  readonly bytes: number;
}

/**
 * Asked before each request: which of the documents leave with it. They are recorded as sent. What became of the others
 * is recorded too, and they must not be sent any more.
 */
export type Leave<Item extends ToSend> = (
  documents: readonly Loaded<Item>[],
) => Promise<readonly Loaded<Item>[]>;

export interface DeliveryParts {
  readonly client: Pick<ChtClient, 'revsDiff' | 'bulkDocs' | 'retry'>;
  readonly recordAccepted: (items: readonly ToSend[], already: boolean) => void;
  readonly recordRefused: (item: ToSend, reason: string) => void;
  readonly recordFailed: (items: readonly ToSend[], reason: string) => void;
  readonly signal: AbortSignal;
  readonly timers: Timers;
}

function isHalf({ json }: Loaded): boolean {
  return holdsHalfCharacter(json);
}

/** The place of the one that makes up most of a request; `null`: none does. */
function heaviest(documents: readonly Loaded[]): number | null {
  const whole = documents.reduce((sum, { bytes }) => sum + bytes, 0);
  const at = documents.findIndex(({ bytes }) => bytes > whole / 2);
  return at === -1 || documents.length === 1 ? null : at;
}

export class Delivery<Item extends ToSend> {
  readonly #parts: DeliveryParts;
  readonly #size: RequestSize;
  readonly #leave: Leave<Item>;
  readonly #onRequest: () => void;
  /** Each resolves when the one before did and its own proof has come. */
  readonly #proofs: Promise<void>[] = [];
  readonly #leftBehind = new LeftBehind<ToSend>();
  /** Requests that the server took. */
  #taken = 0;

  constructor(parts: DeliveryParts, size: RequestSize, leave: Leave<Item>, onRequest: () => void) {
    this.#parts = parts;
    this.#size = size;
    this.#leave = leave;
    this.#onRequest = onRequest;
  }

  /** Resolves once everything that was delivered is proven or refused. @throws StationError when the session cannot go on */
  settled(): Promise<void> {
    return this.#proofs.at(-1) ?? Promise.resolve();
  }

  /** Everything was delivered: resolves once it is settled and nothing is suspected any more. @throws as `settled` */
  async end(): Promise<void> {
    await this.settled();
    this.#refuseSuspects();
  }

  stopIfAsked(): void {
    if (this.#parts.signal.aborted) throw new StationError('cancelled');
  }

  /**
   * Sends documents. It resolves once they are answered: then they are proven or refused, or that is under way
   * (`settled`).
   * @throws StationError when the session cannot go on
   */
  deliver(documents: readonly Loaded<Item>[]): Promise<void> {
    return this.#deliver(documents, null);
  }

  /**
   * @param takenBefore how many requests the server had taken when it began to stumble over something that is
   *   perhaps among these; `null`: it does not stumble
   */
  async #deliver(documents: readonly Loaded<Item>[], takenBefore: number | null): Promise<void> {
    const { retry } = this.#parts.client;
    let rest = documents;
    for (let failures = 1; ; failures += 1) {
      this.stopIfAsked();
      let answer: WriteAnswer;
      rest = await this.#leave(rest);
      if (rest.length === 0) return;
      try {
        answer = await this.#request(rest);
      } catch (error) {
        await this.settled();
        if (!mayPass(error)) throw error;
        const sent = rest.length;
        const stumbles = error.code === 'server-error';
        // A server that takes the others is not sick: it is this document that it cannot take.
        const isItself = stumbles && sent === 1 && takenBefore !== null && this.#taken > takenBefore;
        const isUnreadable = sent === 1 && isServersOwnFailure(error) && rest.some(isHalf);
        const isOver = isUnreadable || retry.isOver(error, failures) || (isItself && failures >= STUMBLES);
        if (isOver && !isUnreadable && !this.#mayGiveUp(error, sent)) throw error;
        // The halves of what it stumbled over go at once: the one pause was made before.
        const atOnce = isOver || (stumbles && sent > 1 && takenBefore !== null);
        // The server may have stored all of it although no answer came: what is there counts.
        if (!atOnce) await retry.pauseAfter(error);
        rest = await this.#prove(rest);
        if (rest.length === 0) return;
        if (isUnreadable) return this.#refuse(rest);
        if (isOver) return this.#giveUp(rest, isItself && isServersOwnFailure(error));
        if (error.code === 'server-slow' && sent > 1) {
          this.#size.tooMuch(sent);
          return this.#inHalves(rest, takenBefore);
        }
        // It answers what it is asked: perhaps it stumbles over one of these.
        if (stumbles && sent > 1 && (takenBefore !== null || failures >= STUMBLES))
          return this.#inHalves(rest, takenBefore ?? this.#taken);
        continue;
      }
      retry.succeeded();
      if (answer.failed === null) {
        this.#taken += 1;
        this.#refuseSuspects();
        return this.#proveMeanwhile(rest, answer);
      }
      await this.settled();
      const missing = await this.#prove(rest);
      if (missing.length > 0) await this.#afterRefusal(missing, rest.length, answer.failed, takenBefore);
      return;
    }
  }

  async #request(documents: readonly Loaded[]): Promise<WriteAnswer> {
    this.#onRequest();
    const begun = this.#parts.timers.now();
    const answer = await this.#parts.client.bulkDocs(documents.map((document) => document.json));
    this.#size.took(documents.length, this.#parts.timers.now() - begun);
    return answer;
  }

  /**
   * The whole request failed, and yet part of it may be stored (seen with 412). What is missing goes again in
   * halves, down to the one document that the server cannot take: that is refused, with the server's own words.
   */
  async #afterRefusal(
    missing: readonly Loaded<Item>[],
    sent: number,
    failed: NonNullable<WriteAnswer['failed']>,
    takenBefore: number | null,
  ): Promise<void> {
    const [only] = missing;
    const { status, reason } = failed;
    if (sent > 1 || only === undefined) {
      const heavy = status === 413 ? heaviest(missing) : null;
      if (heavy !== null) return this.#around(missing, heavy, takenBefore);
      if (status === 413) this.#size.tooMuch(sent);
      return this.#inHalves(missing, takenBefore);
    }
    this.#parts.recordRefused(only, status === 413 ? 'too-large-for-server' : reason);
  }

  /** Over a single document that the server fails on the session goes on; over many of them it does not. */
  #mayGiveUp(error: StationError, sent: number): boolean {
    return error.code === 'server-error' && sent === 1 && this.#leftBehind.mayBeMore();
  }

  #giveUp(documents: readonly ToSend[], areSuspects: boolean): void {
    this.#leftBehind.add(documents, areSuspects);
    this.#parts.recordFailed(documents, 'server-error');
  }

  #refuseSuspects(): void {
    this.#refuse(this.#leftBehind.serverIsWell());
  }

  #refuse(documents: readonly ToSend[]): void {
    for (const document of documents) this.#parts.recordRefused(document, 'unreadable-for-server');
  }

  #inHalves(documents: readonly Loaded<Item>[], takenBefore: number | null): Promise<void> {
    const half = Math.ceil(documents.length / 2);
    return this.#inParts([documents.slice(0, half), documents.slice(half)], takenBefore);
  }

  /** The one at this place goes by itself: in each half that it is in it would be sent once more for nothing. */
  #around(documents: readonly Loaded<Item>[], at: number, takenBefore: number | null): Promise<void> {
    const parts = [documents.slice(0, at), documents.slice(at, at + 1), documents.slice(at + 1)];
    return this.#inParts(parts, takenBefore);
  }

  async #inParts(parts: readonly (readonly Loaded<Item>[])[], takenBefore: number | null): Promise<void> {
    for (const part of parts) {
      // A later part may need something of an earlier one.
      await this.settled();
      if (part.length > 0) await this.#deliver(part, takenBefore);
    }
  }

  /** Resolves once so few proofs are outstanding that the next request may leave. */
  async #proveMeanwhile(documents: readonly Loaded[], answer: WriteAnswer): Promise<void> {
    const keys = documents.map(({ id, rev }) => ({ id, rev }));
    const before = this.settled();
    const missing = this.#prove(keys);
    // Also where one of the two fails the other is waited for: after the end nothing is asked any more.
    const proof = Promise.allSettled([before, missing]).then(async () => {
      await before;
      this.#recordMissing(await missing, answer);
    });
    // Its failure is heard when something waits for it.
    proof.catch(() => {});
    this.#proofs.push(proof);
    if (this.#proofs.length > PROOFS) await this.#proofs.shift();
  }

  /** What the server no longer reports missing is accepted, whatever its answer was. Returns what is missing. */
  async #prove<Document extends ToSend>(documents: readonly Document[]): Promise<Document[]> {
    const { client, recordAccepted } = this.#parts;
    const missing = await missingOf(client, documents);
    const accepted = documents.filter((document) => !isMissing(missing, document));
    if (accepted.length > 0) recordAccepted(accepted, false);
    return documents.filter((document) => isMissing(missing, document));
  }

  /** Missing although the request was answered: refused with the server's reason, or not proven. */
  #recordMissing(missing: readonly ToSend[], { refused }: WriteAnswer): void {
    const reasons = new Map(refused.map((entry) => [entry.id, entry.reason ?? entry.error]));
    for (const item of missing) {
      const reason = reasons.get(item.id);
      if (reason === undefined) this.#parts.recordFailed([item], 'not-proven');
      else this.#parts.recordRefused(item, reason);
    }
  }
}

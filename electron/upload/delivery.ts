/**
 * Delivers documents: one request after the other, each followed by its proof, with halves and other forms
 * where the server does not take a request as it is. The proof of a request that was answered well may still
 * be under way when the next request leaves.
 */
import type { Timers } from '../../shared/timers.ts';
import { StationError } from '../../shared/errors.ts';
import type { ChtClient } from './client.ts';
import { multipartOf, type Multipart } from './multipart.ts';
import { mayPass } from './retry.ts';
import { isMissing, missingOf } from './proof.ts';
import type { RequestSize } from './request-size.ts';
import type { WriteAnswer } from './writing.ts';

/** A body that is larger than this cannot pass the server's limit for a request (docs/cht.md §2.4). */
export const BODY_BYTES = 32 * 1024 * 1024 - 1024;

/** So many requests may be unproven while the next one leaves. */
const PROOFS = 2;
/** After so many failures of a server that answers everything else, the request is halved. */
const STUMBLES = 2;
/** So many documents that the server fails on are left behind in one session. */
const GIVEN_UP = 3;

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
 * Asked before each request: which of the documents leave with it. They are noted as sent, with `bytes` where that is
 * not the size of their JSON. What became of the others is noted, too; they are no more to be sent.
 */
export type Leave<Item extends ToSend> = (
  documents: readonly Loaded<Item>[],
  bytes: number | undefined,
) => Promise<readonly Loaded<Item>[]>;

export interface DeliveryParts {
  readonly client: Pick<ChtClient, 'revsDiff' | 'bulkDocs' | 'putDocument' | 'retry'>;
  readonly noteAccepted: (items: readonly ToSend[], already: boolean) => void;
  readonly noteRefused: (item: ToSend, reason: string) => void;
  readonly noteFailed: (items: readonly ToSend[], reason: string) => void;
  readonly signal: AbortSignal;
  readonly timers: Timers;
}

export class Delivery<Item extends ToSend> {
  readonly #parts: DeliveryParts;
  readonly #size: RequestSize;
  readonly #leave: Leave<Item>;
  readonly #onRequest: () => void;
  /** Each resolves when the one before did and its own proof has come. */
  readonly #proofs: Promise<void>[] = [];
  #givenUp = 0;

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

  stopIfAsked(): void {
    if (this.#parts.signal.aborted) throw new StationError('cancelled');
  }

  /**
   * Sends documents. It resolves once they are answered: then they are proven or refused, or that is under way
   * (`settled`).
   * @throws StationError when the session cannot go on
   */
  async deliver(documents: readonly Loaded<Item>[]): Promise<void> {
    const { retry } = this.#parts.client;
    let rest = documents;
    for (let failures = 1; ; failures += 1) {
      this.stopIfAsked();
      let answer: WriteAnswer;
      const form = formOf(rest);
      rest = await this.#leave(rest, form?.body.length);
      if (rest.length === 0) return;
      try {
        answer = await this.#request(rest, form);
      } catch (error) {
        await this.settled();
        if (!mayPass(error)) throw error;
        const sent = rest.length;
        const isOver = retry.isOver(error, failures);
        if (isOver && !this.#mayGiveUp(error, sent)) throw error;
        // The server may have stored all of it although no answer came: what is there counts.
        if (!isOver) await retry.pauseAfter(error);
        rest = await this.#prove(rest);
        if (rest.length === 0) return;
        if (isOver) return this.#giveUp(rest);
        if (error.code === 'server-slow' && sent > 1) {
          this.#size.tooMuch(sent);
          return this.#inHalves(rest);
        }
        // It answers what it is asked: perhaps it stumbles over one of these.
        if (error.code === 'server-error' && sent > 1 && failures >= STUMBLES) return this.#inHalves(rest);
        continue;
      }
      retry.succeeded();
      if (answer.failed === null) return this.#proveMeanwhile(rest, answer);
      await this.settled();
      const missing = await this.#prove(rest);
      if (missing.length > 0) await this.#afterRefusal(missing, rest.length, answer.failed.status);
      return;
    }
  }

  async #request(documents: readonly Loaded[], form: Multipart | null): Promise<WriteAnswer> {
    const { client } = this.#parts;
    this.#onRequest();
    const [first] = documents;
    if (form !== null && first !== undefined) {
      if (form.body.length > BODY_BYTES)
        return { failed: { status: 413, reason: 'too-large-for-server' }, refused: [] };
      return client.putDocument(first.id, form);
    }
    const begun = this.#parts.timers.now();
    const answer = await client.bulkDocs(documents.map((document) => document.json));
    this.#size.took(documents.length, this.#parts.timers.now() - begun);
    return answer;
  }

  /**
   * The whole request failed, and yet part of it may be stored (seen with 412). What is missing goes again in
   * halves, down to the one document that the server cannot take.
   */
  async #afterRefusal(missing: readonly Loaded<Item>[], sent: number, status: number): Promise<void> {
    const [only] = missing;
    if (status === 413) this.#size.tooMuch(sent);
    if (sent > 1 || only === undefined) return this.#inHalves(missing);
    // Alone, once more as bytes: what stands between may have meant the form and not the document.
    const reason = await this.#alone(only);
    if (reason !== null) this.#parts.noteRefused(only, status === 413 ? 'too-large-for-server' : reason);
  }

  /** The last way for one document. Answers why it failed, or `null` when it is settled. */
  async #alone(document: Loaded<Item>): Promise<string | null> {
    const { client } = this.#parts;
    const multipart = multipartOf(JSON.parse(document.json) as Record<string, unknown>);
    if (multipart.body.length > BODY_BYTES) return 'too-large-for-server';
    let answer: WriteAnswer;
    for (;;) {
      this.stopIfAsked();
      if ((await this.#leave([document], multipart.body.length)).length === 0) return null;
      try {
        answer = await client.putDocument(document.id, multipart);
        client.retry.succeeded();
        break;
      } catch (error) {
        await client.retry.pauseAfter(error);
      }
    }
    const missing = await this.#prove([document]);
    if (missing.length === 0) return null;
    if (answer.failed !== null) return answer.failed.reason;
    this.#noteMissing(missing, answer);
    return null;
  }

  /** Over a single document that the server fails on the session goes on; over many of them it does not. */
  #mayGiveUp(error: StationError, sent: number): boolean {
    return error.code === 'server-error' && sent === 1 && this.#givenUp < GIVEN_UP;
  }

  #giveUp(documents: readonly Loaded<Item>[]): void {
    this.#givenUp += documents.length;
    this.#parts.noteFailed(documents, 'server-error');
  }

  async #inHalves(documents: readonly Loaded<Item>[]): Promise<void> {
    const half = Math.ceil(documents.length / 2);
    await this.deliver(documents.slice(0, half));
    // The second half may need something of the first.
    await this.settled();
    if (documents.length > half) await this.deliver(documents.slice(half));
  }

  /** Resolves once so few proofs are outstanding that the next request may leave. */
  async #proveMeanwhile(documents: readonly Loaded[], answer: WriteAnswer): Promise<void> {
    const keys = documents.map(({ id, rev }) => ({ id, rev }));
    const before = this.settled();
    const missing = this.#prove(keys);
    // Also where one of the two fails the other is waited for: after the end nothing is asked any more.
    const proof = Promise.allSettled([before, missing]).then(async () => {
      await before;
      this.#noteMissing(await missing, answer);
    });
    // Its failure is heard when something waits for it.
    proof.catch(() => {});
    this.#proofs.push(proof);
    if (this.#proofs.length > PROOFS) await this.#proofs.shift();
  }

  /** What the server no longer reports missing is accepted, whatever its answer was. Returns what is missing. */
  async #prove<Document extends ToSend>(documents: readonly Document[]): Promise<Document[]> {
    const { client, noteAccepted } = this.#parts;
    const missing = await missingOf(client, documents);
    const accepted = documents.filter((document) => !isMissing(missing, document));
    if (accepted.length > 0) noteAccepted(accepted, false);
    return documents.filter((document) => isMissing(missing, document));
  }

  /** Missing although the request was answered: refused with the server's reason, or not proven. */
  #noteMissing(missing: readonly ToSend[], { refused }: WriteAnswer): void {
    const reasons = new Map(refused.map((entry) => [entry.id, entry.reason ?? entry.error]));
    for (const item of missing) {
      const reason = reasons.get(item.id);
      if (reason === undefined) this.#parts.noteFailed([item], 'not-proven');
      else this.#parts.noteRefused(item, reason);
    }
  }
}

/** One document that cannot pass as JSON goes as bytes; `null`: JSON. */
function formOf(documents: readonly Loaded[]): Multipart | null {
  const [only, second] = documents;
  if (only === undefined || second !== undefined || only.bytes <= BODY_BYTES) return null;
  return multipartOf(JSON.parse(only.json) as Record<string, unknown>);
}

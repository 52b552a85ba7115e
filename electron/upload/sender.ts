/**
 * Sends approved changes and proves what arrived. Words: a *piece* is what the server is asked about at once,
 * a *request* what it is sent at once, a *proof* its own list of what it does not lack any more.
 *
 * The requests with documents go one after the other and each is proven before the next, so that nothing
 * overtakes what it needs; meanwhile the server is asked about the next piece: never more than two requests
 * are under way. The ledger is told before each request and after each proof, so a session that is cut off
 * anywhere goes on where it was.
 */
import { performance } from 'node:perf_hooks';
import { StationError } from '../../shared/errors.ts';
import type { ChtClient, WriteAnswer } from './client.ts';
import { multipartOf } from './multipart.ts';
import { mayPass } from './patience.ts';
import { isMissing, missingOf } from './proof.ts';
import { REQUEST_BYTES, RequestSize } from './request-size.ts';

/** A body that is larger than this cannot pass the server's limit for a request (cht-exchanges). */
export const BODY_BYTES = 32 * 1024 * 1024 - 1024;

export interface ToSend {
  readonly id: string;
  readonly rev: string;
}

/** With the size of the record, as far as it is known, so that not too many are loaded at once. */
export interface Sendable extends ToSend {
  readonly bytes: number;
}

const LOADED_AT_ONCE = 64;

/**
 * What is to become of a change, now that the server was asked again.
 * - `send`; `has-it`: this revision is there; `same-content`: the same content is there under another revision
 * - `lapsed`: it is not what was approved any more; `waits`: another one has to be proven first
 * - `refused`: the server will not take it, for a reason the station worked out
 */
export type Verdict =
  | { readonly kind: 'send' | 'has-it' | 'same-content' }
  | { readonly kind: 'lapsed' | 'waits' | 'refused'; readonly reason: string };

/** What the sender needs of the rest of the station. */
export interface SenderParts<Item extends Sendable> {
  readonly client: Pick<ChtClient, 'revsDiff' | 'bulkDocs' | 'putDocument' | 'patience' | 'pace'>;
  /** Asks the server about these changes; the answers end up in the baseline. */
  readonly look: (items: readonly Item[]) => Promise<void>;
  /** What is to become of changes, in their order, from the baseline and from what has happened to others since. */
  readonly verdicts: (items: readonly Item[]) => readonly Verdict[];
  /** The whole document as JSON, attachments inline; `null` where the replica does not have it. */
  readonly load: (item: Item) => Promise<string | null>;
  readonly noteSent: (items: readonly ToSend[], bytes: number) => void;
  readonly noteAccepted: (items: readonly ToSend[], already: boolean) => void;
  readonly noteSameContent: (item: ToSend) => void;
  readonly noteRefused: (item: ToSend, reason: string) => void;
  readonly noteFailed: (items: readonly ToSend[], reason: string) => void;
  readonly noteLapsed: (item: ToSend, reason: string) => void;
  /** After each piece. */
  readonly onProgress: (step: 'ask' | 'send' | 'prove', done: number) => void;
  readonly signal: AbortSignal;
}

/** A change that has to wait for another, and why. */
export interface Waiting<Item> {
  readonly item: Item;
  readonly reason: string;
}

interface Loaded extends ToSend {
  readonly json: string;
  readonly bytes: number;
}

/**
 * Sends everything, in the given order. Returns what waits for another one to be proven.
 * @throws StationError when the session cannot go on; what was noted stays noted
 */
export function sendAll<Item extends Sendable>(
  items: readonly Item[],
  parts: SenderParts<Item>,
): Promise<Waiting<Item>[]> {
  return new Sender(parts).send(items);
}

class Sender<Item extends Sendable> {
  readonly #parts: SenderParts<Item>;
  readonly #size: RequestSize;
  /** Documents of the next piece that are being read while this one is under way. */
  readonly #ahead = new Map<Item, Promise<string | null>>();
  #done = 0;

  constructor(parts: SenderParts<Item>) {
    this.#parts = parts;
    this.#size = new RequestSize(parts.client.pace);
  }

  async send(items: readonly Item[]): Promise<Waiting<Item>[]> {
    const waiting: Waiting<Item>[] = [];
    let at = 0;
    const takeNext = (): { piece: readonly Item[]; asked: Promise<unknown> } | null => {
      if (at >= items.length) return null;
      const piece = items.slice(at, at + this.#size.documents);
      at += piece.length;
      const asked = this.#parts.look(piece).then(() => this.#loadAhead(piece));
      // Its failure is heard when its turn comes.
      asked.catch(() => {});
      return { piece, asked };
    };
    for (let next = takeNext(); next !== null;) {
      const { piece, asked } = next;
      this.#stopIfAsked();
      this.#parts.onProgress('ask', this.#done);
      await asked;
      // Two leaves of one document are never under way at the same time.
      const ids = new Set(piece.map((item) => item.id));
      const isFree = items.slice(at, at + this.#size.documents).every((item) => !ids.has(item.id));
      const following = isFree ? takeNext() : undefined;
      try {
        waiting.push(...(await this.#sendPiece(piece)));
      } finally {
        await following?.asked.catch(() => {});
      }
      this.#done += piece.length;
      next = following === undefined ? takeNext() : following;
    }
    this.#parts.onProgress('prove', this.#done);
    return waiting;
  }

  /** Reads what will most likely be sent, as much as goes into one request. */
  #loadAhead(piece: readonly Item[]): void {
    let bytes = 0;
    const verdicts = this.#parts.verdicts(piece);
    for (const [at, item] of piece.entries()) {
      bytes += item.bytes;
      if (bytes > REQUEST_BYTES) break;
      if (verdicts[at]?.kind !== 'send') continue;
      const json = this.#parts.load(item);
      // Its failure is heard when its turn comes.
      json.catch(() => {});
      this.#ahead.set(item, json);
    }
  }

  /** Each is read once and let go again. */
  #load(item: Item): Promise<string | null> {
    const json = this.#ahead.get(item) ?? this.#parts.load(item);
    this.#ahead.delete(item);
    return json;
  }

  #stopIfAsked(): void {
    if (this.#parts.signal.aborted) throw new StationError('cancelled');
  }

  /** Cuts a piece into requests by size and sends each. */
  async #sendPiece(piece: readonly Item[]): Promise<Waiting<Item>[]> {
    const parts = this.#parts;
    const waiting: Waiting<Item>[] = [];
    const there: Item[] = [];
    const going: Item[] = [];
    const verdicts = parts.verdicts(piece);
    for (const [at, item] of piece.entries()) {
      const verdict = verdicts[at];
      if (verdict === undefined) continue;
      switch (verdict.kind) {
        case 'send':
          going.push(item);
          break;
        case 'has-it':
          there.push(item);
          break;
        case 'same-content':
          parts.noteSameContent(item);
          break;
        case 'lapsed':
          parts.noteLapsed(item, verdict.reason);
          break;
        case 'refused':
          parts.noteRefused(item, verdict.reason);
          break;
        case 'waits':
          waiting.push({ item, reason: verdict.reason });
      }
    }
    if (there.length > 0) parts.noteAccepted(there, true);
    await this.#sendItems(going);
    for (const item of piece) this.#ahead.delete(item);
    return waiting;
  }

  async #sendItems(items: readonly Item[]): Promise<void> {
    let ready: Loaded[] = [];
    let bytes = 0;
    const flush = async (): Promise<void> => {
      if (ready.length > 0) await this.#deliver(ready);
      ready = [];
      bytes = 0;
    };
    for (const some of groups(items)) {
      const jsons = await Promise.all(some.map((item) => this.#load(item)));
      for (const [at, item] of some.entries()) {
        const json = jsons[at] ?? null;
        if (json === null) {
          this.#parts.noteFailed([item], 'replica-failed');
          continue;
        }
        const loaded = { id: item.id, rev: item.rev, json, bytes: Buffer.byteLength(json) };
        if (loaded.bytes > BODY_BYTES) {
          await flush();
          await this.#deliver([loaded]);
          continue;
        }
        // The size may have shrunk since the piece was cut.
        if (bytes + loaded.bytes > REQUEST_BYTES || ready.length >= this.#size.documents) await flush();
        ready.push(loaded);
        bytes += loaded.bytes;
      }
    }
    await flush();
  }

  /** Sends until everything of it is proven or refused. @throws StationError when the session cannot go on */
  async #deliver(documents: readonly Loaded[]): Promise<void> {
    const { patience } = this.#parts.client;
    let rest = documents;
    for (;;) {
      this.#stopIfAsked();
      let answer: WriteAnswer;
      try {
        answer = await this.#request(rest);
      } catch (error) {
        if (!mayPass(error)) throw error;
        // The server may have stored all of it although no answer came: what is there counts.
        await patience.pauseAfter(error);
        const sent = rest.length;
        rest = await this.#prove(rest);
        if (rest.length === 0) return;
        if (error.code === 'server-slow' && sent > 1) {
          this.#size.tooMuch(sent);
          return this.#inHalves(rest);
        }
        continue;
      }
      patience.succeeded();
      const missing = await this.#prove(rest);
      if (answer.failed !== null && missing.length > 0)
        return this.#afterRefusal(missing, rest.length, answer.failed.status);
      this.#noteMissing(missing, answer);
      return;
    }
  }

  async #request(documents: readonly Loaded[]): Promise<WriteAnswer> {
    const { client, noteSent, onProgress } = this.#parts;
    onProgress('send', this.#done);
    const [first] = documents;
    if (documents.length === 1 && first !== undefined && first.bytes > BODY_BYTES) {
      const multipart = multipartOf(JSON.parse(first.json) as Record<string, unknown>);
      noteSent([first], multipart.body.length);
      if (multipart.body.length > BODY_BYTES)
        return { failed: { status: 413, reason: 'too-large-for-server' }, refused: [] };
      return client.putDocument(first.id, multipart);
    }
    noteSent(
      documents,
      documents.reduce((sum, document) => sum + document.bytes, 0),
    );
    const begun = performance.now();
    const answer = await client.bulkDocs(documents.map((document) => document.json));
    this.#size.took(documents.length, performance.now() - begun);
    return answer;
  }

  /**
   * The whole request failed, and yet part of it may be stored (seen with 412). What is missing goes again in
   * halves, down to the one document that the server cannot take.
   */
  async #afterRefusal(missing: readonly Loaded[], sent: number, status: number): Promise<void> {
    const [only] = missing;
    if (status === 413) this.#size.tooMuch(sent);
    if (sent > 1 || only === undefined) return this.#inHalves(missing);
    // Alone, once more as bytes: what stands between may have meant the form and not the document.
    const reason = await this.#alone(only);
    if (reason !== null) this.#parts.noteRefused(only, status === 413 ? 'too-large-for-server' : reason);
  }

  /** The last way for one document. Answers why it failed, or `null` when it is settled. */
  async #alone(document: Loaded): Promise<string | null> {
    const { client } = this.#parts;
    const multipart = multipartOf(JSON.parse(document.json) as Record<string, unknown>);
    if (multipart.body.length > BODY_BYTES) return 'too-large-for-server';
    let answer: WriteAnswer;
    for (;;) {
      this.#stopIfAsked();
      try {
        this.#parts.noteSent([document], multipart.body.length);
        answer = await client.putDocument(document.id, multipart);
        client.patience.succeeded();
        break;
      } catch (error) {
        await client.patience.pauseAfter(error);
      }
    }
    const missing = await this.#prove([document]);
    if (missing.length === 0) return null;
    if (answer.failed !== null) return answer.failed.reason;
    this.#noteMissing(missing, answer);
    return null;
  }

  async #inHalves(documents: readonly Loaded[]): Promise<void> {
    const half = Math.ceil(documents.length / 2);
    await this.#deliver(documents.slice(0, half));
    if (documents.length > half) await this.#deliver(documents.slice(half));
  }

  /** What the server no longer reports missing is accepted, whatever its answer was. Returns what is missing. */
  async #prove(documents: readonly Loaded[]): Promise<Loaded[]> {
    const { client, noteAccepted, onProgress } = this.#parts;
    onProgress('prove', this.#done);
    const missing = await missingOf(client, documents);
    const accepted = documents.filter((document) => !isMissing(missing, document));
    if (accepted.length > 0) noteAccepted(accepted, false);
    return documents.filter((document) => isMissing(missing, document));
  }

  /** Missing although the request was answered: refused with the server's reason, or not proven. */
  #noteMissing(missing: readonly Loaded[], { refused }: WriteAnswer): void {
    const reasons = new Map(refused.map((entry) => [entry.id, entry.reason ?? entry.error]));
    for (const document of missing) {
      const reason = reasons.get(document.id);
      if (reason === undefined) this.#parts.noteFailed([document], 'not-proven');
      else this.#parts.noteRefused(document, reason);
    }
  }
}

/** So many that they may be in memory at the same time. */
function* groups<Item extends Sendable>(items: readonly Item[]): Generator<readonly Item[]> {
  let from = 0;
  let bytes = 0;
  for (const [at, item] of items.entries()) {
    if (at > from && (at - from >= LOADED_AT_ONCE || bytes + item.bytes > REQUEST_BYTES)) {
      yield items.slice(from, at);
      from = at;
      bytes = 0;
    }
    bytes += item.bytes;
  }
  if (from < items.length) yield items.slice(from);
}

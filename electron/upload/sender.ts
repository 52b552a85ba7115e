/**
 * Sends approved changes and proves what arrived. Words: a *piece* is what the server is asked about at once,
 * a *request* what it is sent at once, a *proof* its own list of what it does not lack any more.
 *
 * The requests with documents go one after the other. Meanwhile the server is asked for the proof of the one before
 * and about the next piece. What needs something that is not proven yet waits for its proof, so nothing overtakes
 * what it needs. The ledger is told before each request and after each proof, so a session that is cut off
 * anywhere goes on where it was.
 */
import type { ChtClient } from './client.ts';
import { BODY_BYTES, Delivery, type DeliveryParts, type Loaded, type ToSend } from './delivery.ts';
import { REQUEST_BYTES, RequestSize } from './request-size.ts';

export interface Sendable extends ToSend {
  /** Size of the record as far as it is known, so that not too many are loaded at once. */
  readonly bytes: number;
  /** Ids of the documents that have to be at the server first. */
  readonly needs: readonly string[];
}

const LOADED_AT_ONCE = 64;
/** The server is asked about so many pieces before they are sent, once their size has settled. */
const PIECES_AHEAD = 2;

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
export interface SenderParts<Item extends Sendable> extends DeliveryParts {
  readonly client: DeliveryParts['client'] & Pick<ChtClient, 'pace'>;
  /** Asks the server about these changes; the answers end up in the baseline. */
  readonly look: (items: readonly Item[]) => Promise<void>;
  /** What is to become of changes, in their order, from the baseline and from what has happened to others since. */
  readonly verdicts: (items: readonly Item[]) => readonly Verdict[];
  /** Whole documents as JSON, attachments inline, in the order of the question; `null` where the replica has none. */
  readonly load: (items: readonly Item[]) => Promise<readonly (string | null)[]>;
  readonly noteSameContent: (item: ToSend) => void;
  /** With how many are settled. */
  readonly onProgress: (step: 'ask' | 'send' | 'prove', done: number) => void;
}

/** A change that has to wait for another, and why. */
export interface Waiting<Item> {
  readonly item: Item;
  readonly reason: string;
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

/** What the server is asked about at once. */
class Piece<Item> {
  readonly items: readonly Item[];
  /** Resolves once `verdicts` are there. */
  judged: Promise<void> = Promise.resolve();
  verdicts: readonly Verdict[] = [];
  /** Nothing that is still under way can change the verdicts. */
  isFirm = false;

  constructor(items: readonly Item[]) {
    this.items = items;
  }
}

class Sender<Item extends Sendable> {
  readonly #parts: SenderParts<Item>;
  readonly #size: RequestSize;
  readonly #delivery: Delivery;
  /** Of the pieces that are not settled yet, by the ids in them. */
  readonly #unsettled = new Map<string, Piece<Item>>();
  /** Documents of the next piece that are being read while this one is under way. */
  readonly #ahead = new Map<Item, { loading: ReturnType<SenderParts<Item>['load']>; at: number }>();
  #done = 0;

  constructor(parts: SenderParts<Item>) {
    this.#parts = parts;
    this.#size = new RequestSize(parts.client.pace);
    this.#delivery = new Delivery(parts, this.#size, (step) => parts.onProgress(step, this.#done));
  }

  async send(items: readonly Item[]): Promise<Waiting<Item>[]> {
    const delivery = this.#delivery;
    const waiting: Waiting<Item>[] = [];
    const ahead: Piece<Item>[] = [];
    let at = 0;
    const lookAhead = (): void => {
      const most = this.#size.isGrowing ? 1 : PIECES_AHEAD;
      while (ahead.length < most && at < items.length) {
        const next = items.slice(at, at + this.#size.documents);
        // Two leaves of one document are never under way at the same time.
        if (next.some((item) => this.#unsettled.has(item.id))) return;
        at += next.length;
        ahead.push(this.#lookAt(next));
      }
    };
    try {
      for (;;) {
        delivery.stopIfAsked();
        lookAhead();
        const piece = ahead.shift();
        if (piece === undefined) {
          await delivery.settled();
          if (at >= items.length) break;
          continue;
        }
        this.#parts.onProgress('ask', this.#done);
        await piece.judged;
        lookAhead();
        waiting.push(...(await this.#sendPiece(piece)));
        this.#countSettled(piece);
      }
    } finally {
      // Nothing is asked any more once the session has ended.
      await Promise.allSettled(ahead.map((piece) => piece.judged));
      await delivery.settled().catch(() => {});
    }
    this.#parts.onProgress('prove', this.#done);
    return waiting;
  }

  #lookAt(items: readonly Item[]): Piece<Item> {
    const piece = new Piece(items);
    for (const { id } of items) this.#unsettled.set(id, piece);
    piece.judged = this.#parts.look(items).then(() => this.#judge(piece));
    // Its failure is heard when its turn comes.
    piece.judged.catch(() => {});
    return piece;
  }

  /** What is to become of each; reads what will be sent, as much as goes into one request. */
  #judge(piece: Piece<Item>): void {
    piece.verdicts = this.#parts.verdicts(piece.items);
    piece.isFirm =
      piece.verdicts.every(({ kind }) => kind !== 'waits' && kind !== 'lapsed') &&
      piece.items.every(({ needs }) => needs.every((need) => (this.#unsettled.get(need) ?? piece) === piece));
    let bytes = 0;
    const going: Item[] = [];
    for (const [at, item] of piece.items.entries()) {
      bytes += item.bytes;
      if (bytes > REQUEST_BYTES) break;
      if (piece.verdicts[at]?.kind === 'send') going.push(item);
    }
    if (going.length > 0) this.#startLoading(going);
  }

  #startLoading(items: readonly Item[]): void {
    const loading = this.#parts.load(items);
    // Its failure is heard when its turn comes.
    loading.catch(() => {});
    for (const [at, item] of items.entries()) this.#ahead.set(item, { loading, at });
  }

  /** Each is read once and let go again. */
  async #load(item: Item): Promise<string | null> {
    if (!this.#ahead.has(item)) this.#startLoading([item]);
    const { loading, at } = this.#ahead.get(item) ?? {};
    this.#ahead.delete(item);
    return (await loading)?.[at ?? 0] ?? null;
  }

  /** Counts a piece once the proof that is under way has come. */
  #countSettled(piece: Piece<Item>): void {
    this.#delivery.settled().then(
      () => {
        this.#done += piece.items.length;
        for (const { id } of piece.items) if (this.#unsettled.get(id) === piece) this.#unsettled.delete(id);
      },
      () => {},
    );
  }

  /** Cuts a piece into requests by size and sends each. */
  async #sendPiece(piece: Piece<Item>): Promise<Waiting<Item>[]> {
    const parts = this.#parts;
    const waiting: Waiting<Item>[] = [];
    const there: Item[] = [];
    const going: Item[] = [];
    if (!piece.isFirm) {
      await this.#delivery.settled();
      piece.verdicts = parts.verdicts(piece.items);
    }
    for (const [at, item] of piece.items.entries()) {
      const verdict = piece.verdicts[at];
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
    for (const item of piece.items) this.#ahead.delete(item);
    return waiting;
  }

  async #sendItems(items: readonly Item[]): Promise<void> {
    let ready: Loaded[] = [];
    let bytes = 0;
    const flush = async (): Promise<void> => {
      if (ready.length > 0) await this.#delivery.deliver(ready);
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
          await this.#delivery.deliver([loaded]);
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

/**
 * Sends approved changes and proves what arrived. Words: a *piece* is what the server is asked about at once,
 * a *request* what it is sent at once, a *proof* its own list of what it does not lack any more.
 *
 * The requests with documents go one after the other. Meanwhile the server is asked for the proof of the one before
 * and about the next piece. What needs something of another request waits for its proof, so nothing overtakes what it
 * needs. A verdict ahead says what to read; the one that counts is made in the moment in which a request leaves. The
 * ledger is told before each request and after each proof, so a session that is cut off anywhere goes on where it was.
 */
import { BODY_BYTES, Delivery, MEASURED_BYTES, type Loaded } from './delivery.ts';
import { groups, ReadingAhead } from './reading-ahead.ts';
import { REQUEST_BYTES, RequestSize } from './request-size.ts';
import type { Sendable, SenderParts, Verdict, Waiting } from './sender-parts.ts';
import { settle } from './settle.ts';

/** The server is asked about so many pieces before they are sent, once their size has settled. */
const PIECES_AHEAD = 2;
/** After so long, in a pause or without internet, the server is asked again before something is sent. */
const LOOK_HOLDS_MS = 60_000;

/**
 * Sends everything, in the given order. Returns what waits for another one to be proven.
 * @throws StationError when the session cannot go on; what was recorded stays recorded
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
  /** By the timers and by the clock. */
  lookedAt: readonly [timers: number, clock: number] = [-Infinity, -Infinity];

  constructor(items: readonly Item[]) {
    this.items = items;
  }
}

class Sender<Item extends Sendable> {
  readonly #parts: SenderParts<Item>;
  readonly #size: RequestSize;
  readonly #delivery: Delivery<Item>;
  readonly #waiting: Waiting<Item>[] = [];
  /** The pieces that are not settled yet, by the ids in them. */
  readonly #unsettled = new Map<string, Piece<Item>>();
  readonly #reading: ReadingAhead<Item>;
  #done = 0;
  #step: 'ask' | 'send' | 'prove' = 'ask';

  constructor(parts: SenderParts<Item>) {
    this.#parts = parts;
    this.#size = new RequestSize(parts.client.pace);
    this.#reading = new ReadingAhead(parts.load);
    this.#delivery = new Delivery(
      parts,
      this.#size,
      (documents) => this.#leave(documents),
      () => this.#tell('send'),
    );
  }

  async send(items: readonly Item[]): Promise<Waiting<Item>[]> {
    const delivery = this.#delivery;
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
    this.#tell('ask');
    try {
      for (;;) {
        delivery.stopIfAsked();
        lookAhead();
        const piece = ahead.shift();
        if (piece === undefined) {
          if (at >= items.length) this.#tell('prove');
          await delivery.settled();
          if (at >= items.length) break;
          continue;
        }
        await piece.judged;
        lookAhead();
        await this.#sendPiece(piece);
        this.#countSettled(piece);
      }
      await delivery.end();
    } finally {
      // Nothing is asked any more once the session has ended.
      await Promise.allSettled(ahead.map((piece) => piece.judged));
      await delivery.settled().catch(() => {});
    }
    return this.#waiting;
  }

  /** Looks, requests and proofs overlap: what is told is how far the first, the last request and the last proof are. */
  #tell(step: 'ask' | 'send' | 'prove'): void {
    this.#step = step;
    this.#parts.onProgress(step, this.#done);
  }

  #now(): readonly [timers: number, clock: number] {
    return [this.#parts.timers.now(), this.#parts.clock()];
  }

  #lookAt(items: readonly Item[]): Piece<Item> {
    const piece = new Piece(items);
    for (const { id } of items) this.#unsettled.set(id, piece);
    piece.lookedAt = this.#now();
    piece.judged = this.#parts.look(items).then(() => this.#judge(piece));
    // Its failure is heard when its turn comes.
    piece.judged.catch(() => {});
    return piece;
  }

  /** What is to become of each; reads what will be sent, as much as goes into one request. */
  #judge(piece: Piece<Item>): void {
    piece.verdicts = this.#parts.verdicts(piece.items);
    let bytes = 0;
    const going: Item[] = [];
    for (const [at, item] of piece.items.entries()) {
      bytes += item.bytes;
      if (bytes > REQUEST_BYTES) break;
      if (piece.verdicts[at]?.kind === 'send') going.push(item);
    }
    this.#reading.begin(going);
  }

  /** Counts a piece once the proof that is under way has come. */
  #countSettled(piece: Piece<Item>): void {
    this.#delivery.settled().then(
      () => {
        this.#done += piece.items.length;
        this.#tell(this.#step);
        for (const { id } of piece.items) if (this.#unsettled.get(id) === piece) this.#unsettled.delete(id);
      },
      () => {},
    );
  }

  async #sendPiece(piece: Piece<Item>): Promise<void> {
    // What is under way may be what these wait for.
    if (piece.verdicts.some(({ kind }) => kind === 'waits' || kind === 'lapsed')) {
      await this.#delivery.settled();
      piece.verdicts = this.#parts.verdicts(piece.items);
    }
    await this.#sendItems(this.#settle(piece.items, piece.verdicts));
    this.#reading.forget(piece.items);
  }

  #settle(items: readonly Item[], verdicts: readonly Verdict[]): Item[] {
    const { going, waiting } = settle(items, verdicts, this.#parts);
    this.#waiting.push(...waiting);
    return going;
  }

  /**
   * The last word before a request, in the moment in which it is recorded as sent: somebody may have decided otherwise
   * since the verdict, a newer dump may have come, or what is needed may turn out not to be there.
   */
  async #leave(documents: readonly Loaded<Item>[]): Promise<readonly Loaded<Item>[]> {
    const parts = this.#parts;
    await parts.client.ready();
    await this.#lookAgain(documents.map(({ item }) => item));
    this.#delivery.stopIfAsked();
    let going = documents;
    for (;;) {
      const items = going.map(({ item }) => item);
      const left = new Set(this.#settle(items, parts.verdicts(items)));
      if (left.size === going.length) break;
      // What stays may be what another one needs.
      going = going.filter(({ item }) => left.has(item));
    }
    if (going.length > 0) parts.recordSent(going.map(({ id, rev, bytes }) => ({ id, rev, bytes })));
    return going;
  }

  /** The server may have moved in a long pause. */
  async #lookAgain(items: readonly Item[]): Promise<void> {
    const now = this.#now();
    // Also where the computer slept, or its clock was put back.
    const isOld = ({ id }: Item): boolean => {
      const { lookedAt = [] } = this.#unsettled.get(id) ?? {};
      return now.some((at, which) => !(Math.abs(at - (lookedAt[which] ?? -Infinity)) <= LOOK_HOLDS_MS));
    };
    if (items.some(isOld)) await this.#parts.look(items);
  }

  /** Cuts what goes of a piece into requests by size and sends each. */
  async #sendItems(items: readonly Item[]): Promise<void> {
    let ready: Loaded<Item>[] = [];
    let bytes = 0;
    const flush = async (): Promise<void> => {
      const leaving = ready;
      ready = [];
      bytes = 0;
      if (leaving.length > 0) await this.#deliver(leaving);
    };
    for (const some of groups(await this.#withoutTooLarge(items))) {
      const jsons = await Promise.all(some.map((item) => this.#reading.take(item)));
      for (const [at, item] of some.entries()) {
        const json = jsons[at] ?? null;
        if (json === null) {
          // Sending again does not bring it back: it is not here.
          this.#parts.bodyIsGone(item);
          this.#waiting.push({ item, reason: 'body-gone' });
          continue;
        }
        const loaded = { item, id: item.id, rev: item.rev, json, bytes: Buffer.byteLength(json) };
        if (loaded.bytes > BODY_BYTES) {
          this.#parts.recordRefused(item, 'too-large-for-server');
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

  /** What fits into no request is refused before it is read: there is no other way in. */
  async #withoutTooLarge(items: readonly Item[]): Promise<readonly Item[]> {
    const left: Item[] = [];
    for (const item of items) {
      const bytes = item.bytes < MEASURED_BYTES ? 0 : ((await this.#parts.measure(item)) ?? 0);
      if (bytes > BODY_BYTES) this.#parts.recordRefused(item, 'too-large-for-server');
      else left.push(item);
    }
    return left;
  }

  /** What needs something of another request waits until that one is proven. */
  async #deliver(documents: readonly Loaded<Item>[]): Promise<void> {
    const here = new Set(documents.map(({ id }) => id));
    const needs = documents.flatMap(({ item }) => item.needs);
    if (needs.some((need) => this.#unsettled.has(need) && !here.has(need))) await this.#delivery.settled();
    await this.#delivery.deliver(documents);
  }
}

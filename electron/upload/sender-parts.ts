/** What the sender is given by the rest of the station, and what is to become of what it sends. */
import type { ChtClient } from './client.ts';
import type { DeliveryParts, ToSend } from './delivery.ts';

export interface Sendable extends ToSend {
  /** Size of the record as far as it is known, so that not too many are loaded at once. */
  readonly bytes: number;
  /** Ids of the documents that have to be at the server first. */
  readonly needs: readonly string[];
}

/**
 * What is to become of a change, now that the server was asked again.
 * - `send`; `has-it`: this revision is there; `same-content`: the same content is there under another revision
 * - `joined`: it arrived as part of another revision that was sent, and the server has both
 * - `lapsed`: it is not what was approved any more; `waits`: another one has to be proven first
 * - `refused`: the server will not take it, for a reason the station worked out
 */
export type Verdict =
  | { readonly kind: 'send' | 'has-it' | 'joined' | 'same-content' }
  | { readonly kind: 'lapsed' | 'waits' | 'refused'; readonly reason: string };

/** What the sender needs of the rest of the station. */
export interface SenderParts<Item extends Sendable> extends DeliveryParts {
  readonly client: DeliveryParts['client'] & Pick<ChtClient, 'pace' | 'ready'>;
  /** Asks the server about these changes; the answers end up in the baseline. */
  readonly look: (items: readonly Item[]) => Promise<void>;
  /** What is to become of changes, in their order, from the baseline and from what has happened to others since. */
  readonly verdicts: (items: readonly Item[]) => readonly Verdict[];
  /** Whole documents as JSON, attachments inline, in the order of the question; `null` where the replica has none. */
  readonly load: (items: readonly Item[]) => Promise<readonly (string | null)[]>;
  /** Bytes of a whole document as JSON, without reading its attachments; `null` where the replica has none. */
  readonly measure: (item: Item) => Promise<number | null>;
  /** The replica does not have the content of it. */
  readonly bodyIsGone: (item: Item) => void;
  readonly recordSent: (items: readonly (ToSend & { readonly bytes: number })[]) => void;
  readonly recordLapsed: (item: ToSend, reason: string) => void;
  readonly recordSameContent: (item: ToSend) => void;
  /** Milliseconds since 1970: of a computer that slept, the timers alone would not tell. */
  readonly clock: () => number;
  /** With how many are settled. */
  readonly onProgress: (step: 'ask' | 'send' | 'prove', done: number) => void;
}

/** A change that has to wait for another, and why. */
export interface Waiting<Item> {
  readonly item: Item;
  readonly reason: string;
}

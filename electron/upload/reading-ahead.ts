/** Documents on their way out of the replica: those of the next piece are read while the last one is sent. */
import { REQUEST_BYTES } from './request-size.ts';

interface Sized {
  readonly bytes: number;
}

type Read<Item> = (items: readonly Item[]) => Promise<readonly (string | null)[]>;

const LOADED_AT_ONCE = 64;

export class ReadingAhead<Item extends Sized> {
  readonly #read: Read<Item>;
  readonly #begun = new Map<Item, { readonly jsons: ReturnType<Read<Item>>; readonly at: number }>();

  /** @param read whole documents as JSON, in the order of the question */
  constructor(read: Read<Item>) {
    this.#read = read;
  }

  /** Begins to read these together. */
  begin(items: readonly Item[]): void {
    if (items.length === 0) return;
    const jsons = this.#read(items);
    // Its failure is heard when somebody wants one of them.
    jsons.catch(() => {});
    for (const [at, item] of items.entries()) this.#begun.set(item, { jsons, at });
  }

  /** One of them, or one that is read only now. It is let go again. */
  async take(item: Item): Promise<string | null> {
    if (!this.#begun.has(item)) this.begin([item]);
    const begun = this.#begun.get(item);
    this.#begun.delete(item);
    return (await begun?.jsons)?.[begun?.at ?? 0] ?? null;
  }

  /** Nobody wants these any more. */
  forget(items: readonly Item[]): void {
    for (const item of items) this.#begun.delete(item);
  }
}

/** So many that they may be in memory at the same time. */
export function* groups<Item extends Sized>(items: readonly Item[]): Generator<readonly Item[]> {
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

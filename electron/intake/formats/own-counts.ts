/**
 * What a dump says of its own completeness (`total_rows`, `pending`, `doc_count`, `update_seq`, the versions that
 * `_conflicts` names), held against what came. A difference does not say what is missing, only that something is.
 */
import type { ErrorCode } from '../../../shared/errors.ts';

export interface Shortfall {
  readonly code: Extract<ErrorCode, 'fewer-than-said' | 'versions-missing' | 'more-pages'>;
  /** Both numbers. */
  readonly detail: string;
}

/** So many versions that are named and have not come are remembered; the rest is only counted. */
const REMEMBERED = 10_000;

/** Versions that came are remembered for so many records and at most twice as many: a losing one may stand before the one that names it. */
const CAME = 50_000;

/** The keys of the outer object that say something of this. */
export const TELLING = ['total_rows', 'pending', 'bookmark', 'seq'] as const;

export class OwnCounts {
  #entries = 0;
  /** Entries of the present outer object, and what it says of them. */
  #here = 0;
  #total: number | undefined;
  #isPage = false;
  /** Entries by the total that their object names: pages of one list name the same. */
  readonly #totals = new Map<number, number>();
  #pending = 0;
  #pages = 0;
  #sequence: number | undefined;
  readonly #header: Readonly<Record<string, unknown>>;
  #named = 0;
  #forgotten = 0;
  readonly #awaited = new Set<string>();
  #came = new Set<string>();
  #cameBefore: ReadonlySet<string> = new Set();

  /** @param header `db_info` of a replication stream, where there is one */
  constructor(header: Readonly<Record<string, unknown>> = {}) {
    this.#header = header;
  }

  /** One more row, element or document came, whether it could be read or not. */
  entry(): void {
    this.#entries += 1;
    this.#here += 1;
  }

  /** The outer object has such a field. */
  told(key: string, value: string): void {
    const number = leadingNumber(value);
    if (key === 'total_rows') this.#total = number;
    else if (key === 'pending') this.#pending += number ?? 0;
    else if (key === 'seq') this.#sequence = Math.max(number ?? 0, this.#sequence ?? 0);
    // CouchDB gives a bookmark with every page, and `nil` where there was nothing at all.
    else if (key === 'bookmark') this.#isPage = value !== '' && value !== 'nil';
  }

  /** The outer object ended. */
  objectEnded(): void {
    if (this.#total !== undefined && (this.#totals.has(this.#total) || this.#totals.size < REMEMBERED))
      this.#totals.set(this.#total, (this.#totals.get(this.#total) ?? 0) + this.#here);
    if (this.#isPage && this.#here > 0) this.#pages += 1;
    this.#here = 0;
    this.#total = undefined;
    this.#isPage = false;
  }

  /** Another version of the document exists. */
  names(id: string, rev: string): void {
    const key = `${id}\n${rev}`;
    // A row and its document may both name it.
    if (this.#awaited.has(key)) return;
    this.#named += 1;
    if (this.#came.has(key) || this.#cameBefore.has(key)) return;
    if (this.#awaited.size < REMEMBERED) this.#awaited.add(key);
    else this.#forgotten += 1;
  }

  came(id: string, rev: string | undefined): void {
    const key = `${id}\n${rev ?? ''}`;
    this.#awaited.delete(key);
    this.#came.add(key);
    if (this.#came.size < CAME) return;
    this.#cameBefore = this.#came;
    this.#came = new Set();
  }

  /** What is short, once the dump has come to its proper end. */
  shortfalls(): Shortfall[] {
    const found: Shortfall[] = [];
    const fewer = (said: number, here: number, what: string) => {
      if (here < said) found.push({ code: 'fewer-than-said', detail: `${what}: ${said} said, ${here} here` });
    };
    for (const [said, here] of this.#totals) fewer(said, here, 'total_rows');
    if (this.#pending > 0) fewer(this.#entries + this.#pending, this.#entries, 'pending');
    const documents = this.#header['doc_count'];
    if (typeof documents === 'number') fewer(documents, this.#entries, 'doc_count');
    const last = leadingNumber(String(this.#header['update_seq'] ?? ''));
    if (last !== undefined) fewer(last, this.#sequence ?? 0, 'update_seq');
    if (this.#pages > 0)
      found.push({ code: 'more-pages', detail: `${this.#entries} here, and a bookmark for more` });
    const missing = this.#awaited.size + this.#forgotten;
    if (missing > 0)
      found.push({ code: 'versions-missing', detail: `${this.#named} named, ${this.#named - missing} here` });
    return found;
  }
}

/** `12` of `12` and of CouchDB's `12-g1AAAA`. */
function leadingNumber(text: string): number | undefined {
  const digits = /^"?(\d{1,15})(?:-|"?$)/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

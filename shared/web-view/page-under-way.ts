/** A page of the dump as it grows, and the cursor behind it. */
import type { Cursor, Pace, Page, Unfinished } from './protocol.ts';
import { leftLine, type LeftWhy } from './record.ts';

export class PageUnderWay {
  readonly pace: Pace;
  since: number;
  readonly #ends: number;
  readonly #lines: string[] = [];
  #length = 0;
  #documents = 0;
  #attachments = 0;
  #notGiven = 0;
  #id: string | null;
  #done: string[];
  #unfinished: Unfinished | null;
  /** Where the record under way begins: a line of this page, an earlier page, or there is none. */
  #open: { readonly line: number; readonly at: number; readonly attachments: number } | 'before' | null;
  #dropUnfinished = false;

  constructor(from: Cursor, pace: Pace) {
    this.pace = pace;
    this.since = from.since;
    this.#id = from.within?.id ?? null;
    this.#done = [...(from.within?.done ?? [])];
    this.#unfinished = from.unfinished;
    this.#open = from.unfinished === null ? null : 'before';
    this.#ends = performance.now() + pace.pageMs;
  }

  /** A page holds something before it is full, however slow the phone is. */
  isFull(): boolean {
    if (this.#lines.length === 0) return false;
    return this.#length >= this.pace.pageBytes || performance.now() >= this.#ends;
  }

  /** The leaves of a document that are still to be read, the unfinished one first. */
  begin(id: string, leaves: readonly string[]): readonly string[] {
    if (this.#id !== id) {
      this.drop();
      this.#id = id;
      this.#done = [];
    }
    const unfinished = this.#unfinished;
    if (unfinished !== null && !leaves.includes(unfinished.rev)) this.drop();
    const rest = leaves.filter((rev) => !this.#done.includes(rev) && rev !== this.#unfinished?.rev);
    return this.#unfinished === null ? rest : [this.#unfinished.rev, ...rest];
  }

  add(line: string): void {
    this.#lines.push(line);
    this.#length += line.length;
  }

  /** Begins a record, or goes on with the unfinished one; answers where its parts go on. */
  start(rev: string, line: string, attachments: number): Unfinished {
    if (this.#unfinished?.rev === rev) return this.#unfinished;
    this.#open = { line: this.#lines.length, at: this.#length, attachments };
    this.#documents += 1;
    this.#attachments += attachments;
    this.add(line);
    return { rev, attachment: 0, part: 1 };
  }

  complete(rev: string): void {
    this.#open = null;
    this.#unfinished = null;
    this.#done.push(rev);
  }

  stopAt(unfinished: Unfinished): void {
    this.#unfinished = unfinished;
  }

  /** The record under way cannot be completed: nothing of it stays. */
  drop(): void {
    const open = this.#open;
    if (open === 'before') this.#dropUnfinished = true;
    else if (open !== null) {
      this.#lines.length = open.line;
      this.#length = open.at;
      this.#documents -= 1;
      this.#attachments -= open.attachments;
    }
    this.#open = null;
    this.#unfinished = null;
  }

  /** Says that a record stays on the phone. */
  leave(id: string, rev: string, why: LeftWhy): void {
    this.add(leftLine(id, rev, why));
    this.#documents += 1;
    if (why === 'row-error') this.#notGiven += 1;
    this.skip(rev);
  }

  skip(rev: string): void {
    this.#done.push(rev);
  }

  /** Every leaf of the document of this change was read. */
  finish(sequence: number): void {
    this.since = sequence;
    this.#id = null;
    this.#done = [];
  }

  done(end: boolean): Page {
    const open = this.#unfinished === null ? null : this.#open;
    return {
      lines: this.#lines.join(''),
      documents: this.#documents,
      attachments: this.#attachments,
      unfinishedAt: open === null || open === 'before' ? open : open.at,
      dropUnfinished: this.#dropUnfinished,
      notGiven: this.#notGiven,
      cursor: {
        since: this.since,
        within: this.#id === null ? null : { id: this.#id, done: this.#done },
        unfinished: this.#unfinished,
      },
      end,
    };
  }
}

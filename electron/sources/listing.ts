/** What is found on a source, and what of it was not looked at: a dump may lie there, so that is said. */
import type { ErrorCode } from '../../shared/errors.ts';

/** A file or folder that was passed over, and why. */
export interface Missed {
  /** Path from the top of the source, with `/`; empty where it is the source as a whole. */
  readonly name: string;
  readonly code: ErrorCode;
}

export interface Found<File> {
  readonly files: readonly File[];
  readonly missed: readonly Missed[];
}

/** So many are named one by one; after them it is only said that there is more. */
const MISSED_NAMED = 50;

/** Gathers what is found, up to a number of files. */
export class Listing<File> {
  readonly files: File[] = [];
  readonly #missed: Missed[] = [];
  readonly #most: number;
  readonly #order: ((one: File, other: File) => number) | undefined;
  #isCut = false;

  /** @param order of the files, as they are told */
  constructor(most: number, order?: (one: File, other: File) => number) {
    this.#most = most;
    this.#order = order;
  }

  get isFull(): boolean {
    return this.files.length >= this.#most;
  }

  /** Where there is no room for more, that is noted. */
  add(file: File): void {
    if (this.isFull) this.#isCut = true;
    else this.files.push(file);
  }

  miss(name: string, code: ErrorCode): void {
    if (this.#missed.length < MISSED_NAMED) this.#missed.push({ name, code });
    else this.#isCut = true;
  }

  /** Not everything could be looked at. */
  cut(): void {
    this.#isCut = true;
  }

  /** What was found by now, as a plain object: it travels between processes. */
  done(): Found<File> {
    const missed: readonly Missed[] = this.#isCut
      ? [...this.#missed, { name: '', code: 'too-many-files' }]
      : [...this.#missed];
    const files = this.#order === undefined ? [...this.files] : this.files.toSorted(this.#order);
    return { files, missed };
  }
}

/**
 * One look after the other at a chosen file or folder. The files of a small folder are all looked at before that is
 * answered; of one that holds tens of thousands, what was found by then is answered, and the rest goes on.
 */
import type { ErrorCode } from '../../../shared/errors.ts';
import { StationError } from '../../../shared/errors.ts';
import { inLookingOrder } from '../../../shared/dump-names.ts';
import type { FoundFile } from '../../sources/files.ts';
import type { Found } from '../../sources/listing.ts';
import type { LookedFiles } from './looked-files.ts';
import { Offering } from './offering.ts';
import type { FoundDump, UnusableFile } from './recognise.ts';

/** So many files are opened before there is an answer. */
const BEFORE_AN_ANSWER = 500;

/** What was seen, in the order of the files' names. */
export interface Seen {
  readonly files: readonly FoundFile[];
  readonly dumps: readonly { readonly dump: FoundDump; readonly file: FoundFile }[];
  readonly unusable: readonly UnusableFile[];
  readonly missed: Found<FoundFile>['missed'];
  /** Every file was looked at. */
  readonly isWhole: boolean;
}

interface Look {
  /** It has ended, or will go on for long: rejects where the folder cannot be looked into. */
  readonly answer: Promise<void>;
  goesOn: boolean;
  found: Found<FoundFile>;
  readonly dumps: Map<string, FoundDump>;
  readonly unusable: Map<string, ErrorCode>;
  isWhole: boolean;
}

export interface FolderToLookAt {
  /** @throws StationError */
  readonly list: () => Promise<Found<FoundFile>>;
  readonly looked: LookedFiles;
  /** A dropped file that is gone was taken meanwhile. */
  readonly ours: boolean;
  /** More was found, after the answer. */
  readonly more: () => void;
}

export class FolderLook {
  readonly #folder: FolderToLookAt;
  #running: Look | null = null;
  #isOver = false;

  constructor(folder: FolderToLookAt) {
    this.#folder = folder;
  }

  /**
   * How it is now: never what somebody saw before this was asked, unless such a look still goes on.
   * @throws StationError of the file or folder itself
   */
  async now(): Promise<Seen> {
    const before = this.#running;
    if (before !== null) await before.answer.catch(() => undefined);
    if (this.#running?.goesOn === true) return seenOf(this.#running);
    const look = this.#running ?? this.#begin();
    await look.answer;
    return seenOf(look);
  }

  /** Nobody wants to know any more. */
  stop(): void {
    this.#isOver = true;
  }

  #begin(): Look {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look: Look = {
      answer: promise,
      goesOn: false,
      found: { files: [], missed: [] },
      dumps: new Map(),
      unusable: new Map(),
      isWhole: false,
    };
    this.#running = look;
    void this.#lookAt(look, resolve)
      .then(resolve, reject)
      .finally(() => {
        this.#running = null;
        if (look.goesOn && !this.#isOver) this.#folder.more();
      });
    return look;
  }

  async #lookAt(look: Look, answer: () => void): Promise<void> {
    const { list, looked, ours, more } = this.#folder;
    look.found = await list();
    const { files } = look.found;
    const offering = new Offering();
    let opened = 0;
    for (const file of inLookingOrder(files)) {
      if (this.#isOver) return;
      if (!looked.isKnown(file, files.length === 1)) opened += 1;
      if (opened > BEFORE_AN_ANSWER && !look.goesOn) {
        look.goesOn = true;
        answer();
      }
      const seen = await looked.lookAt(file, files.length === 1);
      if (seen === null) continue;
      if (seen.kind === 'unusable' && ours && seen.code === 'source-gone') throw new StationError(seen.code);
      if (seen.kind === 'unusable') look.unusable.set(file.name, seen.code);
      else look.dumps.set(file.name, seen.dump);
      if (offering.isDue(look.dumps.size + look.unusable.size) && look.goesOn) more();
    }
    look.isWhole = true;
  }
}

function seenOf({ found, dumps, unusable, isWhole }: Look): Seen {
  const of = <Value, Shown>(
    values: ReadonlyMap<string, Value>,
    shown: (value: Value, file: FoundFile) => Shown,
  ) =>
    found.files.flatMap((file) => {
      const value = values.get(file.name);
      return value === undefined ? [] : [shown(value, file)];
    });
  return {
    files: found.files,
    dumps: of(dumps, (dump, file) => ({ dump, file })),
    unusable: of(unusable, (code, { name }) => ({ name, code })),
    missed: found.missed,
    isWhole,
  };
}

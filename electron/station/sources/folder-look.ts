/**
 * One look after the other at a chosen file or folder. The files of a small folder are all looked at before that is
 * answered; of one that holds tens of thousands, what was found by then is answered, and the rest goes on, also while its
 * files are still being listed.
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
  /**
   * @param soFar told what was listed by then, where there is much
   * @throws StationError
   */
  readonly list: (signal: AbortSignal, soFar: (found: Found<FoundFile>) => void) => Promise<Found<FoundFile>>;
  readonly looked: LookedFiles;
  /** A dropped file that is gone was taken meanwhile. */
  readonly ours: boolean;
  /** More was found, after the answer. */
  readonly more: () => void;
}

export class FolderLook {
  readonly #folder: FolderToLookAt;
  #running: Look | null = null;
  readonly #over = new AbortController();
  /** What is known of most files makes a second look quick enough to be waited for; and each one that goes on is told, and asked for again. */
  #wasWhole = false;

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
    this.#over.abort();
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
        if (look.goesOn && !this.#over.signal.aborted) this.#folder.more();
      });
    return look;
  }

  async #lookAt(look: Look, answer: () => void): Promise<void> {
    const { signal } = this.#over;
    const told = new Told<Found<FoundFile>>();
    const tell = (found: Found<FoundFile>): void => {
      if (!this.#wasWhole) told.tell(found);
    };
    const whole = this.#folder.list(signal, tell).finally(() => told.end());
    // Whoever looks at the files hears of it.
    whole.catch(() => undefined);
    const goOn = (): void => {
      look.goesOn = true;
      answer();
    };
    const turn: Turn = { done: new Set(), offering: new Offering(), opened: 0, goOn };
    for (let some = await told.next(); some !== null; some = await told.next()) {
      look.found = some;
      await this.#lookAtEach(look, turn, false);
      if (signal.aborted) break;
      if (look.goesOn) this.#folder.more();
      else if (look.dumps.size > 0) goOn();
    }
    look.found = await whole;
    await this.#lookAtEach(look, turn, look.found.files.length === 1);
    look.isWhole = !signal.aborted;
    this.#wasWhole ||= look.isWhole;
  }

  /** @param isChosen it is the one file that there is */
  async #lookAtEach(look: Look, turn: Turn, isChosen: boolean): Promise<void> {
    const { looked, ours, more } = this.#folder;
    for (const file of inLookingOrder(look.found.files)) {
      if (this.#over.signal.aborted) return;
      if (turn.done.has(file.name)) continue;
      if (!looked.isKnown(file, isChosen)) turn.opened += 1;
      if (turn.opened > BEFORE_AN_ANSWER && !look.goesOn) turn.goOn();
      const seen = await looked.lookAt(file, isChosen);
      turn.done.add(file.name);
      if (seen === null) continue;
      if (seen.kind === 'unusable' && ours && seen.code === 'source-gone') throw new StationError(seen.code);
      if (seen.kind === 'unusable') look.unusable.set(file.name, seen.code);
      else look.dumps.set(file.name, seen.dump);
      if (turn.offering.isDue(look.dumps.size + look.unusable.size) && look.goesOn) more();
    }
  }
}

interface Turn {
  /** Names of files that were looked at. */
  readonly done: Set<string>;
  readonly offering: Offering;
  /** How many were opened for it. */
  opened: number;
  readonly goOn: () => void;
}

/** The newest of what somebody tells, for one who takes his time. */
class Told<Value> {
  #newest: Value | null = null;
  #isOver = false;
  #wake: () => void = () => {};

  tell(value: Value): void {
    this.#newest = value;
    this.#wake();
  }

  /** Nothing more is told; what was told last and not taken yet is part of what comes instead. */
  end(): void {
    this.#newest = null;
    this.#isOver = true;
    this.#wake();
  }

  /** `null`: it is over. */
  async next(): Promise<Value | null> {
    if (this.#newest === null && !this.#isOver) await new Promise<void>((resolve) => (this.#wake = resolve));
    const value = this.#newest;
    this.#newest = null;
    return value;
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

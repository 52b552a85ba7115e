/**
 * What all formats share once their records are framed: each frame becomes a record or a problem, and every
 * record seen, good or broken, gets the next **ordinal**. Reading again gives the same ordinals.
 */
import type { DumpClaims, DumpItem, DumpProblem } from '../../../shared/dump.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import { LIMITS, type Limits } from '../../../shared/limits.ts';
import type { Refusal } from './attachments.ts';
import type { DocumentRules, ReadDocument } from './document.ts';
import { readDocument } from './document.ts';
import type { Frame, Framer, Place, RecordFrame, ToldFrame } from './frame.ts';
import { OwnCounts } from './own-counts.ts';
import { parseRecord } from './parse-record.ts';

/** What one parsed entry of a dump holds. */
export type Entry =
  | {
      readonly kind: 'document';
      readonly document: unknown;
      /** Stood inside a row. */
      readonly wrapped: boolean;
      /** Revisions of other leaves of the document that the dump names. */
      readonly otherLeaves?: readonly string[];
    }
  | {
      readonly kind: 'refused';
      readonly code: ErrorCode;
      readonly message?: string;
      readonly id?: unknown;
      /** It only names this revision. */
      readonly names?: DumpProblem['names'];
    }
  /** Holds several. */
  | { readonly kind: 'several'; readonly entries: readonly Entry[] }
  /** Belongs to the format and is no record. */
  | { readonly kind: 'nothing' };

/** The header of a dump, as far as its format has one. */
export type Header = Readonly<Record<string, unknown>>;

/** A flag of the dump as a whole. */
export type DumpFlag = 'cut-off' | 'maybe-incomplete';

/** Reads one dump. Lives as long as the reading of it. */
export interface DumpReader {
  /** The items that the next bytes complete. The bytes may be reused afterwards. */
  read(chunk: Uint8Array): Iterable<DumpItem>;
  /** The items that are left when no more bytes come. */
  end(): Iterable<DumpItem>;
  /** What the dump says about itself, as far as it was read. */
  claims(): DumpClaims;
  flags(): readonly DumpFlag[];
}

/** How a format of plain entries is read. */
export interface EntryFormat {
  readonly framer: (limits: Limits, offset: number) => Framer;
  readonly rules: Omit<DocumentRules, 'limits'>;
  readonly unwrap: (value: unknown) => Entry;
  /** Surely a record of this format, even if it was found by chance. */
  readonly isSurely: (value: unknown) => boolean;
  /** Files of this kind, or with this header, can leave records out without saying so. */
  readonly maybeIncomplete?: (header: Header) => boolean;
  /** What the header says of the dump. */
  readonly claims?: (header: Header, limits: Limits) => DumpClaims;
  /** What the header says of the number of records. */
  readonly counts?: (header: Header) => Header;
}

/** Hands out ordinals and makes problems. */
export class Ordinals {
  #last = 0;

  get last(): number {
    return this.#last;
  }

  next(): number {
    this.#last += 1;
    return this.#last;
  }

  /** A problem of one record, which gets the next ordinal. */
  record(code: ErrorCode, place: Place, detail?: string, id?: unknown): DumpProblem {
    return { ...problemAt(code, place, detail, id), ordinal: this.next() };
  }

  refused(entry: RefusedEntry, place: Place): DumpProblem {
    const problem = this.record(entry.code, place, entry.message, 'id' in entry ? entry.id : undefined);
    // Without an id that can be kept there is nothing that a later body could complete.
    const names = 'names' in entry && problem.id !== undefined ? entry.names : undefined;
    return names === undefined ? problem : { ...problem, names };
  }
}

/** A frame that stands for a problem. */
export type BadFrame = Exclude<Frame, RecordFrame | ToldFrame>;

/** A problem of the dump, not of one record. */
export function problemAt(code: ErrorCode, place: Place, detail?: string, id?: unknown): DumpProblem {
  return {
    kind: 'problem',
    code,
    message: detail ?? code,
    ...(typeof id === 'string' && id !== '' && id.length <= LIMITS.idLength ? { id } : {}),
    ...(place.line === undefined ? {} : { line: place.line }),
    offset: place.offset,
  };
}

/** The problem that a frame without a record stands for. */
export function problemOfFrame(frame: BadFrame, ordinals: Ordinals): DumpProblem {
  switch (frame.kind) {
    case 'too-large':
      return ordinals.record('record-too-large', frame);
    case 'too-many-values':
    case 'too-deep':
      return ordinals.record(frame.kind, frame);
    case 'zeros':
      return problemAt('zeros-inside', frame);
    case 'damaged':
      return ordinals.record('not-json', frame, `damaged at byte ${frame.at}`);
    case 'stray':
      return problemAt('not-json', frame, 'something stands between the records');
    case 'lost':
      return problemAt('not-json', frame, 'no further record was found after this');
    case 'cut':
      return problemAt('cut-off', frame);
  }
}

/** The dump does not come to its proper end. */
export function endsReading(frame: BadFrame): boolean {
  return frame.kind === 'cut' || frame.kind === 'lost' || (frame.kind === 'zeros' && frame.last);
}

/** An unreadable record, before it has its ordinal. */
export type RefusedEntry = Extract<Entry, { kind: 'refused' }> | Refusal;
export type ReadEntry = ReadDocument | RefusedEntry | { readonly kind: 'nothing' };

/**
 * One record frame: parsed, unwrapped, checked. Usually one entry. `otherLeaves` of a document are those that it or its
 * row names.
 */
export function readFrame(
  frame: RecordFrame,
  unwrap: (value: unknown) => Entry,
  rules: DocumentRules,
  mayLift = true,
): readonly ReadEntry[] {
  const parsed = parseRecord(frame, rules.limits, mayLift);
  if (parsed.kind === 'problem') return [{ kind: 'refused', code: parsed.code }];
  const entries = flat(unwrap(parsed.value)).map((entry): ReadEntry => {
    if (entry.kind !== 'document') return entry;
    if (!entry.wrapped && frame.depth > rules.limits.depth) return { kind: 'refused', code: 'too-deep' };
    const read = readDocument(entry.document, parsed.text, parsed.lifted, rules);
    if (read.kind === 'refused' || entry.otherLeaves === undefined) return read;
    return { ...read, otherLeaves: [...read.otherLeaves, ...entry.otherLeaves] };
  });
  // A long text called `data` that is no attachment's has to stay where it was. What is refused needs no body.
  const isRead = entries.some(({ kind }) => kind === 'document');
  return parsed.lifted.allTaken || !isRead ? entries : readFrame(frame, unwrap, rules, false);
}

function flat(entry: Entry): readonly Exclude<Entry, { kind: 'several' }>[] {
  return entry.kind === 'several' ? entry.entries.flatMap(flat) : [entry];
}

/** A history that contradicts its record is left out, and that is said. */
export function oddHistory(frame: Place, read: ReadDocument): DumpProblem[] {
  return read.hasOddHistory ? [problemAt('history-left-out', frame, undefined, read.id)] : [];
}

/** Reads the formats in which every entry stands for itself. */
export class EntryReader implements DumpReader {
  readonly #format: EntryFormat;
  readonly #framer: Framer;
  readonly #rules: DocumentRules;
  readonly #ordinals = new Ordinals();
  readonly #claims: DumpClaims;
  readonly #counts: OwnCounts;
  #end = 0;
  #cut = false;
  #incomplete: boolean;

  constructor(format: EntryFormat, limits: Limits, offset: number, header: Header = {}) {
    this.#format = format;
    this.#framer = format.framer(limits, offset);
    this.#rules = { ...format.rules, limits };
    this.#claims = format.claims?.(header, limits) ?? {};
    this.#counts = new OwnCounts(format.counts?.(header));
    this.#incomplete = format.maybeIncomplete?.(header) ?? false;
    this.#end = offset;
  }

  *read(chunk: Uint8Array): Generator<DumpItem> {
    for (const frame of this.#framer.push(chunk)) yield* this.#items(frame);
    this.#end += chunk.length;
  }

  *end(): Generator<DumpItem> {
    for (const frame of this.#framer.finish()) yield* this.#items(frame);
    // What was not read cannot be counted.
    if (this.#cut) return;
    for (const { code, detail } of this.#counts.shortfalls()) {
      this.#incomplete = true;
      yield problemAt(code, { offset: this.#end, line: undefined }, detail);
    }
  }

  claims(): DumpClaims {
    return this.#claims;
  }

  flags(): readonly DumpFlag[] {
    return [
      ...(this.#cut ? (['cut-off'] as const) : []),
      ...(this.#incomplete ? (['maybe-incomplete'] as const) : []),
    ];
  }

  *#items(frame: Frame): Generator<DumpItem> {
    if (frame.kind === 'told') {
      if (frame.key === null) this.#counts.objectEnded();
      else this.#counts.told(frame.key, frame.value);
      return;
    }
    if (frame.kind !== 'record') {
      if (endsReading(frame)) this.#cut = true;
      const problem = problemOfFrame(frame, this.#ordinals);
      if (problem.ordinal !== undefined) this.#counts.entry();
      yield problem;
      return;
    }
    if (frame.found === 'pattern' && !this.#isSurely(frame)) {
      this.#framer.reject();
      return;
    }
    const all = readFrame(frame, this.#format.unwrap, this.#rules);
    const bytes = Math.ceil(frame.bytes.length / Math.max(1, all.length));
    for (const read of all) {
      if (read.kind === 'nothing') continue;
      this.#counts.entry();
      if (read.kind === 'refused') {
        yield this.#ordinals.refused(read, frame);
        continue;
      }
      this.#counts.came(read.id, read.rev);
      for (const rev of read.otherLeaves) this.#counts.names(read.id, rev);
      if (read.awaited.length > 0) {
        const detail = `${read.awaited.length} without data`;
        yield this.#ordinals.record('attachment-missing', frame, detail, read.id);
        continue;
      }
      yield* oddHistory(frame, read);
      yield recordOf(read, this.#ordinals.next(), bytes);
    }
  }

  #isSurely(frame: RecordFrame): boolean {
    const parsed = parseRecord(frame, this.#rules.limits, true);
    return parsed.kind === 'value' && this.#format.isSurely(parsed.value);
  }
}

export function recordOf(read: ReadDocument, ordinal: number, bytes: number): DumpItem {
  const { id, rev, history, deleted, body, attachments } = read;
  return { kind: 'record', ordinal, id, rev, history, deleted, body, attachments, bytes };
}

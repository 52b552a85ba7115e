/**
 * What all formats share once their records are framed: each frame becomes a record or a problem, and every
 * record seen, good or broken, gets the next **ordinal**. Reading again gives the same ordinals.
 */
import type { DumpClaims, DumpItem, DumpProblem } from '../../../shared/dump.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import { LIMITS, type Limits } from '../../../shared/limits.ts';
import type { DocumentRules, ReadDocument } from './document.ts';
import { readDocument } from './document.ts';
import type { Frame, Framer, Place, RecordFrame } from './frame.ts';
import { parseRecord } from './parse-record.ts';

/** What one parsed entry of a dump holds. */
export type Entry =
  | {
      readonly kind: 'document';
      readonly document: unknown;
      /** Stood inside a row. */
      readonly wrapped: boolean;
      /** The dump names other leaves of the document, which it does not carry. */
      readonly hasMore?: boolean;
    }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string; readonly id?: unknown }
  /** Belongs to the format and is no record. */
  | { readonly kind: 'nothing' };

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
  /** Files of this kind can leave records out without saying so. */
  readonly maybeIncomplete?: boolean;
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
}

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
export function problemOfFrame(frame: Exclude<Frame, RecordFrame>, ordinals: Ordinals): DumpProblem {
  switch (frame.kind) {
    case 'too-large':
      return ordinals.record('record-too-large', frame);
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

export type ReadEntry = ReadDocument | { readonly kind: 'nothing' } | DumpProblem;

/** One record frame: parsed, unwrapped, checked. A problem comes with its ordinal. */
export function readFrame(
  frame: RecordFrame,
  unwrap: (value: unknown) => Entry,
  rules: DocumentRules,
  ordinals: Ordinals,
  lift = true,
): ReadEntry {
  const parsed = parseRecord(frame, rules.limits, lift);
  if (parsed.kind === 'problem') return ordinals.record(parsed.code, frame);
  const entry = unwrap(parsed.value);
  if (entry.kind === 'nothing') return entry;
  if (entry.kind === 'refused') return ordinals.record(entry.code, frame, entry.message, entry.id);
  if (!entry.wrapped && frame.depth > rules.limits.depth) return ordinals.record('too-deep', frame);
  const read = readDocument(entry.document, parsed.text, parsed.lifted, rules);
  // A long text called `data` that is no attachment's has to stay where it was.
  if (!parsed.lifted.allTaken) return readFrame(frame, unwrap, rules, ordinals, false);
  return read.kind === 'document' ? read : ordinals.record(read.code, frame, read.message, read.id);
}

/** Reads the formats in which every entry stands for itself. */
export class EntryReader implements DumpReader {
  readonly #format: EntryFormat;
  readonly #framer: Framer;
  readonly #rules: DocumentRules;
  readonly #ordinals = new Ordinals();
  #cut = false;
  #incomplete: boolean;

  constructor(format: EntryFormat, limits: Limits, offset: number) {
    this.#format = format;
    this.#framer = format.framer(limits, offset);
    this.#rules = { ...format.rules, limits };
    this.#incomplete = format.maybeIncomplete === true;
  }

  *read(chunk: Uint8Array): Generator<DumpItem> {
    for (const frame of this.#framer.push(chunk)) {
      const item = this.#item(frame);
      if (item !== undefined) yield item;
    }
  }

  *end(): Generator<DumpItem> {
    for (const frame of this.#framer.finish()) {
      const item = this.#item(frame);
      if (item !== undefined) yield item;
    }
  }

  claims(): DumpClaims {
    return {};
  }

  flags(): readonly DumpFlag[] {
    return [
      ...(this.#cut ? (['cut-off'] as const) : []),
      ...(this.#incomplete ? (['maybe-incomplete'] as const) : []),
    ];
  }

  #item(frame: Frame): DumpItem | undefined {
    if (frame.kind !== 'record') {
      if (frame.kind === 'cut' || frame.kind === 'lost') this.#cut = true;
      return problemOfFrame(frame, this.#ordinals);
    }
    if (frame.found === 'pattern' && !this.#isSurely(frame)) {
      this.#framer.reject();
      return undefined;
    }
    const read = readFrame(frame, this.#unwrap, this.#rules, this.#ordinals);
    if (read.kind === 'nothing') return undefined;
    if (read.kind === 'problem') return read;
    if (read.awaited.length > 0) {
      const detail = `${read.awaited.length} without data`;
      return this.#ordinals.record('attachment-missing', frame, detail, read.id);
    }
    return recordOf(read, this.#ordinals.next(), frame.bytes.length);
  }

  readonly #unwrap = (value: unknown): Entry => {
    const entry = this.#format.unwrap(value);
    if (entry.kind === 'document' && entry.hasMore === true) this.#incomplete = true;
    return entry;
  };

  #isSurely(frame: RecordFrame): boolean {
    const parsed = parseRecord(frame, this.#rules.limits, true);
    return parsed.kind === 'value' && this.#format.isSurely(parsed.value);
  }
}

export function recordOf(read: ReadDocument, ordinal: number, bytes: number): DumpItem {
  const { id, rev, history, deleted, body, attachments } = read;
  return { kind: 'record', ordinal, id, rev, history, deleted, body, attachments, bytes };
}

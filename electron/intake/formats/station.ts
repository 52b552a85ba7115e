/**
 * `station`, version 1: our own format. Lines: a manifest, then each leaf revision as `{"doc"}` (each may be
 * followed by lines `{"attachment"}` with the parts of its large attachments), then `{"end"}` with counts
 * and the sha256 of everything before it. The only format that promises that nothing is missing, so that
 * promise is checked: no end line means cut off, another hash means damage.
 */
import type { DumpClaims, DumpItem } from '../../../shared/dump.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import type { Limits } from '../../../shared/limits.ts';
import { claimsOfManifest } from './claims.ts';
import type { DocumentRules } from './document.ts';
import type { Frame, Place, RecordFrame } from './frame.ts';
import { ValueFramer } from './value-framer.ts';
import { parseRecord } from './parse-record.ts';
import type { BadFrame, DumpFlag, DumpReader, Entry } from './reader.ts';
import {
  endsReading,
  oddHistory,
  Ordinals,
  problemAt,
  problemOfFrame,
  readFrame,
  recordOf,
} from './reader.ts';
import { isFields } from './fields.ts';
import { RunningHash } from './running-hash.ts';
import { attachmentLine, WaitingDocument } from './station-attachments.ts';

/** So much of a line tells what kind it is; an indented one has blanks before its first key. */
const KIND_BYTES = 64;
const ATTACHMENT = /^\{\s*"attachment"/;
const END = /^\{\s*"end"/;

interface EndLine {
  readonly docs: unknown;
  readonly attachments: unknown;
  readonly bytes: unknown;
  readonly sha256: unknown;
}

export class StationReader implements DumpReader {
  readonly #limits: Limits;
  readonly #framer: ValueFramer;
  readonly #rules: DocumentRules;
  readonly #ordinals = new Ordinals();
  readonly #hash: RunningHash;
  readonly #begin: number;
  #chunk: Uint8Array = new Uint8Array();
  #claims: DumpClaims = {};
  #attachments = 0;
  #first = true;
  #cut = false;
  #ended = false;
  #saidMore = false;
  #waiting: WaitingDocument | undefined;
  /** The last document was unreadable, so the parts that follow it are of no use. */
  #skipParts = false;

  constructor(limits: Limits, offset: number) {
    this.#limits = limits;
    this.#framer = new ValueFramer(limits, offset);
    this.#rules = { revision: 'required', limits };
    // The hash is over the bytes of the file, so a byte order mark would count; our own writer makes none.
    this.#hash = new RunningHash(offset);
    this.#begin = offset;
  }

  *read(chunk: Uint8Array): Generator<DumpItem> {
    this.#chunk = chunk;
    for (const frame of this.#framer.push(chunk)) yield* this.#take(frame);
    this.#hash.add(chunk, this.#framer.valueAt);
    this.#chunk = new Uint8Array();
  }

  *end(): Generator<DumpItem> {
    for (const frame of this.#framer.finish()) yield* this.#take(frame);
    yield* this.#settle();
    if (!this.#ended && !this.#cut) {
      this.#cut = true;
      yield problemAt('cut-off', { offset: this.#framer.valueAt, line: undefined }, 'no end line');
    }
  }

  claims(): DumpClaims {
    return this.#claims;
  }

  flags(): readonly DumpFlag[] {
    return this.#cut ? ['cut-off'] : [];
  }

  *#take(frame: Frame): Generator<DumpItem> {
    if (this.#ended) {
      // Padding after the end does no harm.
      if (frame.kind === 'zeros' && frame.last) return;
      if (!this.#saidMore) yield problemAt('end-mismatch', frame, 'more lines after the end line');
      this.#saidMore = true;
      return;
    }
    // Lines have nothing around them that could be told.
    if (frame.kind === 'told') return;
    const first = this.#first;
    this.#first = false;
    if (frame.kind !== 'record' && endsReading(frame)) {
      this.#cut = true;
      yield* this.#settle();
      yield problemOfFrame(frame, this.#ordinals);
    } else if (first) yield* this.#manifest(frame);
    else if (frame.kind !== 'record') yield* this.#broken(frame);
    else if (startsWith(frame, ATTACHMENT)) yield* this.#part(frame);
    else if (startsWith(frame, END)) yield* this.#endLine(frame);
    else yield* this.#document(frame);
  }

  *#manifest(frame: Frame): Generator<DumpItem> {
    const parsed = frame.kind === 'record' ? parseRecord(frame, this.#limits, false) : undefined;
    if (parsed?.kind !== 'value' || !isFields(parsed.value)) {
      yield problemAt('not-json', frame, 'the first line, which says whose dump it is');
      return;
    }
    this.#claims = claimsOfManifest(parsed.value, this.#limits);
  }

  /** A line that could not be framed. A lost part harms its document only. */
  *#broken(frame: BadFrame): Generator<DumpItem> {
    if (this.#waiting !== undefined && this.#waiting.lost === undefined) {
      this.#waiting.lose('attachment-part-lost', 'a line after the record is damaged');
    }
    yield* this.#settle();
    yield problemOfFrame(frame, this.#ordinals);
    this.#skipParts = true;
  }

  *#document(frame: RecordFrame): Generator<DumpItem> {
    yield* this.#settle();
    const [read = { kind: 'nothing' } as const] = readFrame(frame, unwrapLine, this.#rules);
    this.#skipParts = read.kind === 'refused';
    if (read.kind === 'refused') {
      yield this.#ordinals.refused(read, frame);
      return;
    }
    if (read.kind === 'nothing') return;
    yield* oddHistory(frame, read);
    this.#attachments += Object.keys(read.attachments).length + read.awaited.length;
    if (read.awaited.length === 0) {
      yield recordOf(read, this.#ordinals.next(), frame.bytes.length);
    } else this.#waiting = new WaitingDocument(read, placeOf(frame), frame.bytes.length, this.#limits);
  }

  *#part(frame: RecordFrame): Generator<DumpItem> {
    if (this.#skipParts) return;
    const parsed = parseRecord(frame, this.#limits, true);
    const line = parsed.kind === 'value' ? attachmentLine(parsed.value) : undefined;
    const waiting = this.#waiting;
    if (waiting === undefined) {
      yield problemAt('attachment-part-lost', frame, 'a part that belongs to no record', line?.['id']);
    } else if (parsed.kind !== 'value' || line === undefined) {
      waiting.lose('attachment-part-lost', 'a part is damaged');
    } else if (waiting.owns(line)) waiting.take(line, parsed.lifted, frame.bytes.length);
    else waiting.lose('attachment-part-lost', 'a part of another record stands between its parts');
  }

  /** The document that waited for its attachments becomes a record or a problem. */
  *#settle(): Generator<DumpItem> {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    const { document, place, bytes } = waiting;
    const settled = waiting.settle();
    if (settled.kind === 'lost') {
      yield this.#ordinals.record(settled.code, place, settled.detail, document.id);
    } else {
      const { attachments } = settled;
      yield recordOf({ ...document, attachments }, this.#ordinals.next(), bytes);
    }
  }

  *#endLine(frame: RecordFrame): Generator<DumpItem> {
    yield* this.#settle();
    this.#ended = true;
    const parsed = parseRecord(frame, this.#limits, false);
    const end = parsed.kind === 'value' && isFields(parsed.value) ? parsed.value['end'] : undefined;
    const wrong = isFields(end) ? this.#compare(end as unknown as EndLine, frame.offset) : ['the end line'];
    if (wrong.length > 0) yield problemAt('end-mismatch', frame, `differs: ${wrong.join(', ')}`);
  }

  #compare({ docs, attachments, bytes, sha256 }: EndLine, offset: number): string[] {
    return [
      ...(docs === this.#ordinals.last ? [] : ['docs']),
      ...(attachments === this.#attachments ? [] : ['attachments']),
      ...(bytes === offset - this.#begin ? [] : ['bytes']),
      ...(sha256 === this.#hash.before(offset, this.#chunk) ? [] : ['sha256']),
    ];
  }
}

/** Why a record stayed on the phone: `shared/web-view/record.ts`. */
const LEFT: ReadonlySet<unknown> = new Set<ErrorCode>([
  'row-error',
  'attachment-too-large',
  'record-too-large',
]);

function unwrapLine(value: unknown): Entry {
  const left = isFields(value) ? value['left'] : undefined;
  if (isFields(left)) {
    const code = LEFT.has(left['why']) ? (left['why'] as ErrorCode) : 'row-error';
    return { kind: 'refused', code, message: 'it stayed on the phone', id: left['id'] };
  }
  if (!isFields(value) || value['doc'] === undefined) {
    return { kind: 'refused', code: 'not-a-document', message: 'a line of an unknown kind' };
  }
  return { kind: 'document', document: value['doc'], wrapped: true };
}

function startsWith(frame: RecordFrame, start: RegExp): boolean {
  return start.test(frame.bytes.toString('latin1', 0, KIND_BYTES));
}

function placeOf({ offset, line }: Place): Place {
  return { offset, line };
}

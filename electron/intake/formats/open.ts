/**
 * Opens a dump and gives what is in it, chunk by chunk. Memory stays bounded whatever the file's size:
 * nothing is read before the chunk before it was taken.
 *
 *     const dump = await openDump(file, { name: 'chw_1_20260102T0304.txt' });
 *     for await (const { items, bytesRead } of dump.chunks) …
 *     dump.claims(); dump.flags();
 */
import type { DumpClaims, DumpFormat, DumpItem } from '../../../shared/dump.ts';
import { StationError, type ErrorCode } from '../../../shared/errors.ts';
import { LIMITS, type Limits } from '../../../shared/limits.ts';
import type { Bundle } from './bundle.ts';
import { claimsOfBundle } from './bundle.ts';
import { claimsWithName } from './claims.ts';
import { dumpBytes, type BytesEnd } from './dump-bytes.ts';
import { READERS } from './formats.ts';
import { ProblemRanges } from './problem-ranges.ts';
import { problemAt, type DumpFlag, type DumpReader } from './reader.ts';
import { recogniseStored, type RecognisedDump } from './recognise.ts';
import { openStored, type StoredFile } from './stored-file.ts';

export interface OpenOptions {
  /** The name the file had on its source: some formats carry the user in it. */
  readonly name: string;
  readonly signal?: AbortSignal;
  /** For tests. */
  readonly limits?: Partial<Limits>;
}

/** Records and problems that are handed on together. */
export interface DumpChunk {
  /** In file order. At most `LIMITS.chunkItems`, and not much more than `LIMITS.chunkBytes` of records. */
  readonly items: readonly DumpItem[];
  /** Bytes of the stored file that were used up to here. */
  readonly bytesRead: number;
}

export interface OpenDump {
  readonly format: DumpFormat;
  readonly compressed: boolean;
  /** Size of the stored file. */
  readonly size: number;
  /** Who sent it, for the sealed format. */
  readonly bundle: Bundle | undefined;
  /**
   * Can be read once. Throws StationError `not-readable`, `source-gone`, `cancelled`. Leaving early closes
   * the file; so does `close`, where the chunks are not read at all.
   */
  readonly chunks: AsyncGenerator<DumpChunk, void>;
  /** What the dump says about itself, as far as it was read; the file's own word comes before its name's. */
  claims(): DumpClaims;
  /** Final once the chunks have ended. */
  flags(): readonly DumpFlag[];
  close(): Promise<void>;
}

/**
 * Recognises and opens a dump.
 * @throws StationError as `recognise` does
 */
export async function openDump(path: string, options: OpenOptions): Promise<OpenDump> {
  const limits: Limits = { ...LIMITS, ...options.limits };
  const file = await openStored(path);
  try {
    const recognised = await recogniseStored(path, file, limits, options.signal);
    // A zip holds dumps and is not one itself: the caller unpacks it first.
    if (recognised.format === 'zip') throw new StationError('not-a-dump');
    const reading = new Reading(file, recognised, limits, options);
    return {
      format: recognised.format,
      compressed: recognised.compressed,
      size: file.size,
      bundle: recognised.bundle,
      chunks: reading.chunks(),
      claims: () => reading.claims(),
      flags: () => reading.flags(),
      close: () => file.handle.close(),
    };
  } catch (error) {
    await file.handle.close();
    throw error;
  }
}

/** With what reading ended before the dump did. */
type LastCode = Extract<
  ErrorCode,
  'bad-gzip' | 'too-many-records' | 'cut-off' | 'too-long-without-record' | 'unpacks-too-much'
>;

class Reading {
  readonly #file: StoredFile;
  readonly #recognised: RecognisedDump;
  readonly #limits: Limits;
  readonly #options: OpenOptions;
  readonly #reader: DumpReader | undefined;
  #items: DumpItem[] = [];
  #bytes = 0;
  #records = 0;
  /** Bytes read, as the reader sees them and as they are stored, … */
  #offset: number;
  #stored = 0;
  /** … and up to the last record. */
  #sinceRecord = { offset: 0, stored: 0 };
  #cut = false;
  readonly #ranges: ProblemRanges;

  constructor(file: StoredFile, recognised: RecognisedDump, limits: Limits, options: OpenOptions) {
    this.#file = file;
    this.#recognised = recognised;
    this.#limits = limits;
    this.#options = options;
    const { format, encoding, skip, layout, header } = recognised;
    this.#offset = encoding === 'utf-8' ? skip : 0;
    this.#ranges = new ProblemRanges(limits);
    this.#reader =
      format === 'cht-bundle' || format === 'zip'
        ? undefined
        : READERS[format](limits, this.#offset, layout, header);
  }

  claims(): DumpClaims {
    const { bundle } = this.#recognised;
    const own = bundle === undefined ? this.#reader?.claims() : claimsOfBundle(bundle);
    return claimsWithName(own, this.#options.name, this.#limits);
  }

  flags(): readonly DumpFlag[] {
    const flags = new Set<DumpFlag>(this.#reader?.flags());
    if (this.#cut) flags.add('cut-off');
    return [...flags];
  }

  async *chunks(): AsyncGenerator<DumpChunk, void> {
    const { size } = this.#file;
    try {
      if (this.#reader === undefined) {
        const problems = [problemAt('sealed-bundle', { offset: 0, line: undefined })];
        if (this.#recognised.bundle?.matches === false)
          problems.push(problemAt('bundle-mismatch', { offset: 0, line: undefined }));
        yield { items: problems, bytesRead: size };
      } else yield* this.#read(this.#reader);
    } finally {
      await this.#file.handle.close();
    }
  }

  async *#read(reader: DumpReader): AsyncGenerator<DumpChunk> {
    const bytes = dumpBytes(this.#file, this.#recognised, this.#limits, this.#options.signal);
    try {
      for (;;) {
        const step = await bytes.next();
        if (step.done === true) {
          yield* this.#finish(reader, step.value);
          return;
        }
        const { bytes: block, stored } = step.value;
        this.#offset += block.length;
        for (const item of reader.read(block)) {
          if (item.kind === 'record') this.#sinceRecord = { offset: this.#offset, stored };
          if (this.#isTooMuch(item)) {
            yield* this.#last('too-many-records');
            return;
          }
          if (this.#isFull(item)) yield this.#chunk(this.#stored);
        }
        this.#stored = stored;
        const why = this.#whyNoMore();
        if (why !== undefined) {
          yield* this.#last(why);
          return;
        }
        if (this.#items.length > 0) yield this.#chunk(stored);
      }
    } finally {
      await bytes.return('whole');
    }
  }

  /** A dump that goes on and on without a record is not read for ever. */
  #whyNoMore(): LastCode | undefined {
    const { bytesWithoutRecord, unpackedRatio, unpackedRatioFrom } = this.#limits;
    const unpacked = this.#offset - this.#sinceRecord.offset;
    if (unpacked > bytesWithoutRecord) return 'too-long-without-record';
    const stored = Math.max(1, this.#stored - this.#sinceRecord.stored);
    const isDense = this.#recognised.compressed && unpacked > unpackedRatioFrom;
    return isDense && unpacked > unpackedRatio * stored ? 'unpacks-too-much' : undefined;
  }

  async *#finish(reader: DumpReader, end: BytesEnd): AsyncGenerator<DumpChunk> {
    const { size } = this.#file;
    for (const item of reader.end()) if (this.#isFull(item)) yield this.#chunk(size);
    const cut = this.flags().includes('cut-off');
    if (end === 'bad-gzip' || end === 'too-many-records' || (end === 'cut-off' && !cut))
      yield* this.#last(end);
    else yield this.#lastChunk();
  }

  async *#last(code: LastCode): AsyncGenerator<DumpChunk> {
    this.#cut = true;
    this.#items.push(...this.#ranges.end(), problemAt(code, { offset: this.#offset, line: undefined }));
    yield this.#lastChunk();
  }

  #lastChunk(): DumpChunk {
    this.#items.push(...this.#ranges.end());
    return this.#chunk(this.#file.size);
  }

  #isTooMuch(item: DumpItem): boolean {
    if (item.ordinal !== undefined) this.#records += 1;
    return this.#records > this.#limits.records;
  }

  /** Adds an item; is the chunk full then? */
  #isFull(item: DumpItem): boolean {
    this.#items.push(...this.#ranges.take(item));
    this.#bytes += item.kind === 'record' ? item.bytes : 0;
    return this.#items.length >= this.#limits.chunkItems || this.#bytes >= this.#limits.chunkBytes;
  }

  #chunk(bytesRead: number): DumpChunk {
    const items = this.#items;
    this.#items = [];
    this.#bytes = 0;
    return { items, bytesRead };
  }
}

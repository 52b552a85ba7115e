/**
 * Opens a dump and gives what is in it, chunk by chunk. Memory stays bounded whatever the file's size:
 * nothing is read before the chunk before it was taken.
 *
 *     const dump = await openDump(file, { name: 'chw_1_20260102T0304.txt' });
 *     for await (const { items, bytesRead } of dump.chunks) …
 *     dump.claims(); dump.flags();
 */
import type { DumpClaims, DumpFormat, DumpItem } from '../../../shared/dump.ts';
import { LIMITS, type Limits } from '../../../shared/limits.ts';
import type { Bundle } from './bundle.ts';
import { claimsOfBundle } from './bundle.ts';
import { claimsOfName } from './claims.ts';
import { dumpBytes, type BytesEnd } from './dump-bytes.ts';
import { READERS } from './formats.ts';
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
    const recognised = await recogniseStored(path, file, limits);
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

class Reading {
  readonly #file: StoredFile;
  readonly #recognised: RecognisedDump;
  readonly #limits: Limits;
  readonly #options: OpenOptions;
  readonly #reader: DumpReader | undefined;
  #items: DumpItem[] = [];
  #bytes = 0;
  #records = 0;
  #problems = 0;
  #cut = false;

  constructor(file: StoredFile, recognised: RecognisedDump, limits: Limits, options: OpenOptions) {
    this.#file = file;
    this.#recognised = recognised;
    this.#limits = limits;
    this.#options = options;
    const { format, skip, layout } = recognised;
    this.#reader = format === 'cht-bundle' ? undefined : READERS[format](limits, skip, layout);
  }

  claims(): DumpClaims {
    const { bundle } = this.#recognised;
    const own = bundle === undefined ? this.#reader?.claims() : claimsOfBundle(bundle);
    const { user: proposedUser, ...named } = claimsOfName(this.#options.name, this.#limits);
    return { ...named, ...(proposedUser === undefined ? {} : { proposedUser }), ...own };
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
    const { compressed, skip } = this.#recognised;
    const bytes = dumpBytes(this.#file, compressed, this.#limits, this.#options.signal);
    let bytesRead = 0;
    let left = skip;
    let offset = 0;
    try {
      for (;;) {
        const step = await bytes.next();
        if (step.done === true) {
          yield* this.#finish(reader, step.value, offset);
          return;
        }
        const block = step.value.bytes;
        const skipped = Math.min(left, block.length);
        left -= skipped;
        offset += block.length;
        for (const item of reader.read(block.subarray(skipped))) {
          if (this.#isTooMuch(item)) {
            yield* this.#last('too-many-records', offset);
            return;
          }
          if (this.#isFull(item)) yield this.#chunk(bytesRead);
        }
        bytesRead = step.value.stored;
        if (this.#items.length > 0) yield this.#chunk(bytesRead);
      }
    } finally {
      await bytes.return('whole');
    }
  }

  async *#finish(reader: DumpReader, end: BytesEnd, offset: number): AsyncGenerator<DumpChunk> {
    for (const item of reader.end()) if (this.#isFull(item)) yield this.#chunk(this.#file.size);
    const cut = this.flags().includes('cut-off');
    if (end === 'bad-gzip' || end === 'too-many-records' || (end === 'cut-off' && !cut)) {
      yield* this.#last(end, offset);
    } else yield this.#chunk(this.#file.size);
  }

  async *#last(code: 'bad-gzip' | 'too-many-records' | 'cut-off', offset: number): AsyncGenerator<DumpChunk> {
    this.#cut = true;
    this.#items.push(problemAt(code, { offset, line: undefined }));
    yield this.#chunk(this.#file.size);
  }

  #isTooMuch(item: DumpItem): boolean {
    if (item.kind === 'problem') this.#problems += 1;
    if (item.ordinal !== undefined) this.#records += 1;
    return this.#problems > this.#limits.problems || this.#records > this.#limits.records;
  }

  /** Adds an item; is the chunk full then? */
  #isFull(item: DumpItem): boolean {
    this.#items.push(item);
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

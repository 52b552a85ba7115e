/** The sources that a person brings by hand: chosen files and folders, dropped files. */
import { randomUUID } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { StationError, type ErrorCode } from '../../../shared/errors.ts';
import type { DumpOffer, SourceInfo } from '../../../shared/sources.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { recognise } from '../../intake/formats/recognise.ts';
import { isTaken } from '../../ledger/dumps.ts';
import { findFiles, lastPart, type FoundFile } from '../../sources/files.ts';
import type { Core } from '../core.ts';
import { offerOf } from './recognise.ts';
import { localFile, type FileToTake } from '../import/job.ts';

interface Source {
  readonly id: string;
  readonly kind: SourceInfo['kind'];
  readonly name: string;
  readonly path: string;
  /** Dropped on the window: the file lies in our own folder. */
  readonly ours: boolean;
}

interface Offer {
  readonly name: string;
  readonly bytes: number;
  readonly path: string;
  readonly file: FileHandle;
  received: number;
  /** A part is being written: the next one waits for its answer. */
  writing: boolean;
}

/** Files of a source that no reader knows are left out of its list; a chosen file is tried all the same. */
export class ChosenSources {
  readonly #core: Core;
  readonly #inUse: (source: string) => boolean;
  readonly #sources = new Map<string, Source>();
  readonly #offers = new Map<string, Offer>();
  /** What was last seen of a dropped file: once it is taken, the file itself is gone. */
  readonly #dropped = new Map<string, readonly DumpOffer[]>();

  constructor(core: Core, inUse: (source: string) => boolean) {
    this.#core = core;
    this.#inUse = inUse;
  }

  has(id: string): boolean {
    return this.#sources.has(id);
  }

  add(kind: 'file' | 'folder', path: string, name: string, ours = false): string {
    const same = [...this.#sources.values()].find((source) => source.path === path);
    if (same !== undefined) return same.id;
    const id = randomUUID();
    this.#sources.set(id, { id, kind, name, path, ours });
    this.#core.changed('sources');
    return id;
  }

  forget(id: string): void {
    const source = this.#sources.get(id);
    this.#sources.delete(id);
    this.#dropped.delete(id);
    if (source?.ours === true) void rm(source.path, { force: true });
    this.#core.changed('sources');
  }

  async list(): Promise<SourceInfo[]> {
    return Promise.all([...this.#sources.values()].map((source) => this.#look(source)));
  }

  async #look(source: Source): Promise<SourceInfo> {
    const { id, kind, name } = source;
    const info = (state: SourceInfo['state'], dumps: readonly DumpOffer[]): SourceInfo => ({
      source: id,
      kind,
      name,
      state,
      dumps,
      unusable: [],
      canEject: false,
      inUse: this.#inUse(id),
    });
    try {
      const files = await this.#files(source);
      const offers: DumpOffer[] = [];
      let problem: ErrorCode = 'no-dump-found';
      for (const file of files) {
        try {
          const recognised = await recognise(file.path);
          if (recognised.isEnvelope === true) continue;
          offers.push({
            ...offerOf({ ...file, file: file.name }, recognised),
            taken: isTaken(this.#core.db, file),
          });
        } catch (error) {
          if (!(error instanceof StationError)) throw error;
          // A dropped file that was taken between two looks at it: what was seen of it before stays.
          if (source.ours && error.code === 'source-gone') throw error;
          if (files.length === 1) problem = error.code;
        }
      }
      if (source.ours) this.#dropped.set(id, offers);
      if (offers.length > 0) return info({ kind: 'ready' }, offers);
      return info(problem === 'no-dump-found' ? { kind: 'empty' } : { kind: 'problem', code: problem }, []);
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      if (source.ours && error.code === 'source-gone') {
        const taken = this.#dropped.get(id)?.map((offer) => ({ ...offer, taken: true })) ?? [];
        return info({ kind: taken.length > 0 ? 'ready' : 'empty' }, taken);
      }
      return info({ kind: 'problem', code: error.code }, []);
    }
  }

  async #files(source: Source): Promise<FoundFile[]> {
    const files = await findFiles(source.path, { files: LIMITS.sourceFiles, depth: LIMITS.sourceDepth });
    // A dropped file has a name of our making on the disk; people know it by the one it came with.
    return source.kind === 'file' ? files.map((file) => ({ ...file, name: source.name })) : files;
  }

  /**
   * The files of a source to take: the named ones, or every dump found. A single file is taken even when no
   * reader knows it, so that its problem is said.
   * @throws StationError `not-found`, `no-dump-found`, …
   */
  async filesOf(id: string, names: readonly string[] | undefined): Promise<FileToTake[]> {
    const source = this.#sources.get(id);
    if (source === undefined) throw new StationError('not-found');
    const wanted = names === undefined ? undefined : new Set(names);
    const files = (await this.#files(source)).filter((file) => wanted?.has(file.name) ?? true);
    const chosen: FoundFile[] = [];
    for (const file of files) if (files.length === 1 || (await isWorthATry(file))) chosen.push(file);
    if (chosen.length === 0) throw new StationError('no-dump-found');
    return chosen.map((file) => localFile(file, source.kind, source.ours));
  }

  async beginOffer(name: string, bytes: number): Promise<string> {
    const id = randomUUID();
    const path = join(this.#core.folders.incoming, id);
    this.#offers.set(id, {
      name: lastPart(name),
      bytes,
      path,
      file: await open(path, 'wx', 0o600),
      received: 0,
      writing: false,
    });
    return id;
  }

  /** @throws StationError `not-found`, `bad-params` (a part that does not follow, or is more than was announced), `disk-full` */
  async addPart(id: string, offset: number, data: string): Promise<void> {
    const offer = this.#offers.get(id);
    if (offer === undefined) throw new StationError('not-found');
    const bytes = Buffer.from(data, 'base64');
    if (offer.writing || offset !== offer.received || offset + bytes.length > offer.bytes)
      throw new StationError('bad-params');
    offer.writing = true;
    try {
      for (let written = 0; written < bytes.length;) {
        const rest = bytes.length - written;
        written += (await offer.file.write(bytes, written, rest, offset + written)).bytesWritten;
      }
      offer.received += bytes.length;
    } catch (error) {
      throw new StationError('disk-full', undefined, error);
    } finally {
      offer.writing = false;
    }
  }

  /** @throws StationError `not-found`, `file-changed` when less came than was announced */
  async endOffer(id: string): Promise<string> {
    const offer = this.#offers.get(id);
    if (offer === undefined) throw new StationError('not-found');
    if (offer.received !== offer.bytes) {
      await this.cancelOffer(id);
      throw new StationError('file-changed');
    }
    await offer.file.close();
    this.#offers.delete(id);
    return this.add('file', offer.path, offer.name, true);
  }

  async cancelOffer(id: string): Promise<void> {
    const offer = this.#offers.get(id);
    if (offer === undefined) return;
    this.#offers.delete(id);
    await offer.file.close();
    await rm(offer.path, { force: true });
  }

  async close(): Promise<void> {
    for (const id of this.#offers.keys()) await this.cancelOffer(id);
    for (const source of this.#sources.values()) if (source.ours) await rm(source.path, { force: true });
  }
}

/** Worth a try: a dump, or something that cannot be read and might be one. What it then is, is said. */
const MIGHT_BE_A_DUMP: ReadonlySet<string> = new Set([
  'not-readable',
  'source-gone',
  'bad-sector',
  'bad-gzip',
]);

async function isWorthATry(file: FoundFile): Promise<boolean> {
  try {
    return (await recognise(file.path)).isEnvelope !== true;
  } catch (error) {
    if (error instanceof StationError) return MIGHT_BE_A_DUMP.has(error.code);
    throw error;
  }
}

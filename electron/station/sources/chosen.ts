/** The sources that a person brings by hand: chosen files and folders, dropped files. */
import { randomUUID } from 'node:crypto';
import { StationError } from '../../../shared/errors.ts';
import type { DumpOnSource, SourceInfo } from '../../../shared/sources.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { removeHere } from '../../disk/own-disk.ts';
import { isTaken } from '../../ledger/files-seen.ts';
import { findFiles, type FoundFile } from '../../sources/files.ts';
import type { Found } from '../../sources/listing.ts';
import type { Core } from '../core.ts';
import { FolderLook } from './folder-look.ts';
import { LookedFiles } from './looked-files.ts';
import type { UnusableFile } from './recognise.ts';
import { localFile, missedFile, type FileToTake } from '../import/files.ts';

interface Source {
  readonly id: string;
  readonly kind: SourceInfo['kind'];
  readonly name: string;
  readonly path: string;
  /** Dropped on the window: the file lies in our own folder. */
  readonly ours: boolean;
}

/** In a folder, files that cannot be dumps are left out, and those that might be one and cannot be used are named. A chosen file is always tried. */
export class ChosenSources {
  readonly #core: Core;
  readonly #inUse: (source: string) => boolean;
  readonly #sources = new Map<string, Source>();
  /** What was last seen of a dropped file: once it is taken, the file itself is gone. */
  readonly #dropped = new Map<string, readonly DumpOnSource[]>();
  /** What was found out about the files of a source. */
  readonly #looked = new Map<string, { readonly files: LookedFiles; readonly look: FolderLook }>();

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
    this.#looked.get(id)?.look.stop();
    this.#looked.delete(id);
    if (source?.ours === true) void removeHere(source.path).catch(() => undefined);
    this.#core.changed('sources');
  }

  async list(): Promise<SourceInfo[]> {
    return Promise.all([...this.#sources.values()].map((source) => this.#look(source)));
  }

  async #look(source: Source): Promise<SourceInfo> {
    const { id, kind, name } = source;
    const info = (
      state: SourceInfo['state'],
      dumps: readonly DumpOnSource[],
      unusable: readonly UnusableFile[] = [],
    ): SourceInfo => ({
      source: id,
      kind,
      name,
      state,
      dumps,
      unusable,
      canEject: false,
      inUse: this.#inUse(id),
    });
    try {
      const seen = await this.#lookedAt(source).look.now();
      const { files, unusable, missed, isWhole } = seen;
      const dumps = seen.dumps.map(({ dump, file }) => ({ ...dump, taken: isTaken(this.#core.db, file) }));
      if (source.ours) this.#dropped.set(id, dumps);
      const [only] = unusable;
      // One chosen file is its own card, and what is wrong with it is what is to be said of the card.
      if (files.length === 1 && only !== undefined && missed.length === 0)
        return info({ kind: 'problem', code: only.code }, []);
      const end = dumps.length > 0 ? 'ready' : 'empty';
      return info({ kind: isWhole ? end : 'looking' }, dumps, [...unusable, ...missed]);
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      if (source.ours && error.code === 'source-gone') {
        const taken = this.#dropped.get(id)?.map((dump) => ({ ...dump, taken: true })) ?? [];
        return info({ kind: taken.length > 0 ? 'ready' : 'empty' }, taken);
      }
      return info({ kind: 'problem', code: error.code }, []);
    }
  }

  #lookedAt(source: Source): { readonly files: LookedFiles; readonly look: FolderLook } {
    const known = this.#looked.get(source.id);
    if (known !== undefined) return known;
    const files = new LookedFiles(this.#core.folders.incoming);
    const look = new FolderLook({
      list: (signal, soFar) => this.#files(source, signal, soFar),
      looked: files,
      ours: source.ours,
      more: () => this.#core.changed('sources'),
    });
    this.#looked.set(source.id, { files, look });
    return { files, look };
  }

  async #files(
    source: Source,
    signal?: AbortSignal,
    soFar?: (found: Found<FoundFile>) => void,
  ): Promise<Found<FoundFile>> {
    const limits = {
      files: LIMITS.sourceFiles,
      depth: LIMITS.sourceDepth,
      except: this.#core.options.dataDir,
    };
    const found = await findFiles(source.path, limits, signal, soFar);
    // A dropped file has a name of our making on the disk; people know it by the one it came with.
    return source.kind === 'file'
      ? { ...found, files: found.files.map((file) => ({ ...file, name: source.name })) }
      : found;
  }

  /**
   * The files of a source to take: the named ones, or every dump found and everything that cannot be used and might
   * have been one, so that it is said with the rest. A single file is taken even when no reader knows it.
   * @throws StationError `not-found`, `no-dump-found`, …
   */
  async filesOf(id: string, names: readonly string[] | undefined): Promise<FileToTake[]> {
    const source = this.#sources.get(id);
    if (source === undefined) throw new StationError('not-found');
    const wanted = names === undefined ? undefined : new Set(names);
    const { files, missed } = await this.#files(source);
    const chosen: FileToTake[] = [];
    const some = files.filter((file) => wanted?.has(file.name) ?? true);
    for (const file of some) {
      const looked = await this.#lookedAt(source).files.lookAt(file, some.length === 1);
      if (looked === null) continue;
      const isTried = looked.kind === 'dump' || some.length === 1 || MIGHT_BE_A_DUMP.has(looked.code);
      const local = localFile(file, source.kind, source.ours);
      chosen.push(isTried ? local : { ...local, refused: looked.code });
    }
    if (wanted === undefined) chosen.push(...missed.map((one) => missedFile(one, source.kind)));
    if (chosen.length === 0) throw new StationError('no-dump-found');
    return chosen;
  }

  async close(): Promise<void> {
    for (const { look } of this.#looked.values()) look.stop();
    for (const source of this.#sources.values()) if (source.ours) await removeHere(source.path);
  }
}

/** Worth a try: it cannot be read now and might be a dump. What it then is, is said. */
const MIGHT_BE_A_DUMP: ReadonlySet<string> = new Set([
  'not-readable',
  'source-gone',
  'bad-sector',
  'bad-gzip',
]);

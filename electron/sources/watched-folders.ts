/** The folders that are watched, from one setting of them to the next. */
import type { Platform } from './source.ts';
import type { SourceDriver, Surroundings } from './source-driver.ts';
import type { TrackedSource } from './tracked.ts';
import { FolderDriver, type WatchedFolder } from './watched-folder.ts';

interface Folder {
  readonly driver: FolderDriver;
  readonly source: TrackedSource;
}

export class WatchedFolders {
  readonly #platform: Platform;
  readonly #around: Surroundings;
  readonly #track: (driver: SourceDriver) => TrackedSource;
  readonly #folders = new Map<string, Folder>();

  /** @param track makes the source of a folder that is new */
  constructor(platform: Platform, around: Surroundings, track: (driver: SourceDriver) => TrackedSource) {
    this.#platform = platform;
    this.#around = around;
    this.#track = track;
  }

  sources(): TrackedSource[] {
    return [...this.#folders.values()].map(({ source }) => source);
  }

  /** All of them. Any other folder is not watched any more. */
  watch(folders: readonly WatchedFolder[]): void {
    const wanted = new Map(folders.map((folder) => [folder.id, folder]));
    for (const [id, folder] of this.#folders) {
      if (wanted.get(id)?.path === folder.driver.folder.path) continue;
      this.#folders.delete(id);
      void folder.source.close();
    }
    for (const [id, folder] of wanted) {
      if (this.#folders.has(id)) continue;
      const driver = new FolderDriver(folder, this.#platform, this.#around, () => void source.connect());
      const source = this.#track(driver);
      this.#folders.set(id, { driver, source });
      void source.connect();
    }
  }
}

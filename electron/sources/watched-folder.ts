/**
 * A watched folder, such as an inbox of Bluetooth or a synced folder. Files grow there while they arrive: only
 * one that looked the same twice, some seconds apart, is listed.
 */
import { watch } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { basename } from 'node:path';
import { StationError } from '../../shared/errors.ts';
import { every } from '../../shared/timers.ts';
import type { FileAccess, Platform, SourceFile } from './source.ts';
import type { Surroundings, SourceDriver } from './source-driver.ts';

export interface WatchedFolder {
  /** Given by whoever set it; stays the same. */
  readonly id: string;
  readonly path: string;
}

export class FolderDriver implements SourceDriver {
  readonly kind = 'watched';
  readonly canEject = false;
  readonly portable = true;
  readonly folder: WatchedFolder;
  readonly #platform: Platform;
  readonly #around: Surroundings;
  readonly #again: () => void;
  /** How each file looked, and since when it looks so. */
  readonly #seen = new Map<string, { readonly look: string; readonly since: number }>();
  #callOff: (() => void) | null = null;

  /** @param again lists the folder once more */
  constructor(folder: WatchedFolder, platform: Platform, around: Surroundings, again: () => void) {
    this.folder = folder;
    this.#platform = platform;
    this.#around = around;
    this.#again = again;
  }

  get name(): string {
    return basename(this.folder.path);
  }
  get identity(): string {
    return `folder ${this.folder.path}`;
  }

  async open(): Promise<FileAccess> {
    const info = await lstat(this.folder.path).catch(() => null);
    if (info === null) throw new StationError('folder-gone');
    if (!info.isDirectory()) throw new StationError(info.isSymbolicLink() ? 'link-skipped' : 'not-readable');
    const files = this.#platform.files(this.folder.path);
    const stop = await this.#watch();
    return {
      list: async (limits, signal) => {
        const found = await files.list(limits, signal);
        return { ...found, files: this.#settled(found.files) };
      },
      open: (file) => files.open(file),
      close: async () => {
        stop();
        this.#callOff?.();
        this.#callOff = null;
        await files.close();
      },
    };
  }

  #settled(files: readonly SourceFile[]): readonly SourceFile[] {
    const now = this.#around.timers.now();
    const { settle } = this.#around.pace;
    const names = new Set(files.map(({ name }) => name));
    for (const name of this.#seen.keys()) if (!names.has(name)) this.#seen.delete(name);
    const complete = files.filter((file) => {
      const look = `${file.bytes} ${file.modifiedMs}`;
      const before = this.#seen.get(file.name);
      if (before?.look === look) return now - before.since >= settle;
      this.#seen.set(file.name, { look, since: now });
      return false;
    });
    if (complete.length < files.length) this.#lookIn(settle);
    return complete;
  }

  #lookIn(ms: number): void {
    this.#callOff ??= this.#around.timers.after(ms, () => {
      this.#callOff = null;
      this.#again();
    });
  }

  /** The system tells of changes in folders on this computer; of one that lies elsewhere it does not. */
  async #watch(): Promise<() => void> {
    const mounts = await this.#platform.mounts().catch(() => []);
    const { path } = this.folder;
    const on = mounts
      .filter((mount) => path === mount.path || path.startsWith(mount.path === '/' ? '/' : `${mount.path}/`))
      .sort((a, b) => b.path.length - a.path.length)[0];
    const far = on !== undefined && /^(?:nfs|cifs|smb|9p|fuse|afs|ceph)/.test(on.fileSystem);
    const poll = () => every(this.#around.timers, this.#around.pace.farFolder, () => this.#again());
    const stopPolling = far ? poll() : undefined;
    try {
      const watcher = watch(path, { recursive: true, persistent: false }, () => this.#lookIn(100));
      watcher.on('error', () => watcher.close());
      return () => {
        watcher.close();
        stopPolling?.();
      };
    } catch {
      // As many watchers as the system allows, or a folder that cannot be watched: then it is looked at now and then.
      return stopPolling ?? poll();
    }
  }

  release(): Promise<void> {
    return Promise.resolve();
  }
}

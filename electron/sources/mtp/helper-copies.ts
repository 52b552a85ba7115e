/**
 * Whole copies of a phone's files, made by the helper. Windows may give a copy its full size first and write
 * the bytes later, so nothing is read before the helper says that the copy is whole and closed.
 */
import { mkdir, mkdtemp, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StationError } from '../../../shared/errors.ts';
import type { Timers } from '../../../shared/timers.ts';
import { fieldAt } from '../../../shared/untrusted.ts';
import { removeFolderHere } from '../../disk/own-disk.ts';
import { isRunning } from '../../disk/temporary.ts';
import type { FileStat } from '../files.ts';
import type { HelperProcess } from '../helper-process.ts';

export interface CopyPace {
  /** Milliseconds in which a copy neither grows nor is seen being written: then it hangs. */
  readonly stall: number;
  /** Bytes in a second, below which a copy counts as hanging however alive it looks. */
  readonly slowest: number;
}

interface FileToCopy extends FileStat {
  /** The helper's number for it. */
  readonly item: number;
}

export class HelperCopies {
  readonly #helper: HelperProcess;
  readonly #shared: string;
  readonly #root: string;
  readonly #pace: CopyPace;
  readonly #timers: Timers;
  /** Paths of copies, by the file and what it was like: one that changed is copied anew. */
  readonly #copies = new Map<string, Promise<string>>();
  #ready: Promise<void> | undefined;
  #stop = new AbortController();

  /** @param shared a folder for the copies of every program that makes some; each has one of its own in it */
  constructor(
    helper: HelperProcess,
    shared: string,
    { pace, timers }: { readonly pace: CopyPace; readonly timers: Timers },
  ) {
    this.#helper = helper;
    this.#shared = shared;
    this.#root = join(shared, String(process.pid));
    this.#pace = pace;
    this.#timers = timers;
  }

  /**
   * Bytes of a file, once it was copied. Whoever gives up waiting finds the copy when he asks again.
   * @throws StationError what the helper answers; `device-stuck`; `file-changed` where the copy has another size
   */
  async read(file: FileToCopy, offset: number, length: number): Promise<Uint8Array> {
    const end = Math.min(file.bytes, offset + length);
    if (end <= offset) return new Uint8Array(0);
    const key = [this.#helper.generation, file.item, file.bytes, file.modifiedMs].join(' ');
    const copying = this.#copies.get(key) ?? this.#copy(file);
    this.#copies.set(key, copying);
    try {
      return await readPart(await copying, offset, end - offset);
    } catch (error) {
      // The next read begins anew.
      this.#copies.delete(key);
      throw error;
    }
  }

  async #copy({ item, bytes }: FileToCopy): Promise<string> {
    // All of this belongs to the current signal: whoever forgets the copies starts a new one.
    const { signal } = this.#stop;
    this.#ready ??= this.#begin();
    await this.#ready;
    if (signal.aborted) throw new StationError('cancelled');
    // An empty folder for each: whatever the file is called, it is the only one in it.
    const folder = await mkdtemp(join(this.#root, 'copy-'));
    const begun = this.#timers.now();
    const longest = this.#pace.stall + (bytes / this.#pace.slowest) * 1000;
    let copied = -1;
    const onPart = (part: unknown): boolean => {
      const now = fieldAt(part, 'copied');
      const grew = typeof now === 'number' && now > copied;
      if (grew) copied = now;
      const isAlive = grew || fieldAt(part, 'writing') === true;
      return isAlive && this.#timers.now() - begun < longest;
    };
    const question = { ask: 'copy', item, to: folder, bytes };
    await this.#helper.ask(question, { timeoutMs: this.#pace.stall, onPart, signal });
    const [name, more] = await readdir(folder);
    if (name === undefined || more !== undefined) throw new StationError('file-changed');
    return join(folder, name);
  }

  /** What programs that have ended left here are records of people: that goes before anything new comes. */
  async #begin(): Promise<void> {
    for (const name of await readdir(this.#shared).catch((): string[] => []))
      if (!isRunning(Number(name))) await removeFolderHere(join(this.#shared, name));
    await this.#empty();
  }

  async #empty(): Promise<void> {
    await removeFolderHere(this.#root);
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
  }

  /** Ends what is being copied and removes all copies. Never throws. */
  async forget(): Promise<void> {
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#copies.clear();
    if (this.#ready !== undefined) this.#ready = this.#empty().catch(() => undefined);
    await this.#ready;
  }

  async close(): Promise<void> {
    await this.forget();
    await removeFolderHere(this.#root).catch(() => undefined);
  }
}

/** @throws StationError `file-changed`: the copy is shorter than the phone said */
async function readPart(path: string, offset: number, length: number): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.allocUnsafeSlow(length);
    const { bytesRead } = await file.read(bytes, 0, length, offset);
    if (bytesRead !== length) throw new StationError('file-changed');
    return bytes;
  } finally {
    await file.close();
  }
}

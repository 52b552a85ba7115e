/** The files of a phone over its debugging daemon: Download, Documents and the folders of CHT apps. */
import { StationError } from '../../../shared/errors.ts';
import type { FileStat, FindLimits } from '../files.ts';
import { withTimeout } from '../timeout.ts';
import { Listing } from '../listing.ts';
import type { FileAccess, FileList, OpenFile, SourceFile } from '../source.ts';
import type { Link } from './link.ts';
import { ADB_TIMEOUTS } from './timeouts.ts';
import { SyncSession, type SyncEntry } from './sync.ts';

const STORAGE = '/sdcard';
const TOP = ['Download', 'Documents'];
/** Where apps may write without asking; only those of CHT apps are looked into. */
const APP_FOLDERS = ['Android/data', 'Android/media'];
/** `org.medicmobile.webapp.mobile.…`, and forks that say what they are. */
const CHT_APP = /(?:^|[._-])(?:medicmobile|medic|cht)(?:[._-]|$)/i;
/** Of a phone with hundreds of apps. */
const APPS = 5_000;

/** @param letGo called when it is closed */
export function adbFiles(link: Link, letGo: () => Promise<void>): FileAccess {
  const opened = new Set<AdbFile>();
  return {
    list: async (limits, signal) => {
      const session = new SyncSession(await link.stream('sync:', signal));
      const work = () => new Search(session, limits).all();
      try {
        return await withTimeout(ADB_TIMEOUTS.listMs, 'device-stuck', work, { outer: signal });
      } catch (error) {
        throw await explained(link, error);
      } finally {
        session.close();
      }
    },
    open: async (path) => {
      const entry = await statOf(link, path);
      if (entry.kind === 'folder') throw new StationError('is-folder');
      if (entry.kind === 'other') throw new StationError('link-skipped');
      const file: AdbFile = new AdbFile(link, path, () => opened.delete(file));
      opened.add(file);
      return file;
    },
    close: async () => {
      for (const file of opened) await file.close();
      await letGo();
    },
  };
}

class Search {
  readonly #session: SyncSession;
  readonly #limits: FindLimits;
  readonly #found: Listing<SourceFile>;

  constructor(session: SyncSession, limits: FindLimits) {
    this.#session = session;
    this.#limits = limits;
    this.#found = new Listing(limits.files);
  }

  async all(): Promise<FileList> {
    for (const folder of TOP) await this.#look(folder, 1);
    for (const folder of APP_FOLDERS) {
      const { entries } = await this.#session.list(`${STORAGE}/${folder}`, APPS);
      for (const { name, kind } of entries) {
        if (kind === 'folder' && CHT_APP.test(name)) await this.#look(`${folder}/${name}`, 1);
      }
    }
    return this.#found.done();
  }

  /** Hidden entries and links are passed over; what lies too deep is named. */
  async #look(folder: string, depth: number): Promise<void> {
    const { entries, isCut } = await this.#session.list(`${STORAGE}/${folder}`, this.#limits.files);
    if (isCut) this.#found.cut();
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith('.')) continue;
      const name = `${folder}/${entry.name}`;
      if (entry.kind === 'folder') {
        if (depth < this.#limits.depth) await this.#look(name, depth + 1);
        else this.#found.miss(name, 'folder-too-deep');
      }
      if (entry.kind !== 'file') continue;
      const { bytes, modifiedMs } = entry;
      this.#found.add({ file: `${STORAGE}/${name}`, name, bytes, modifiedMs });
    }
  }
}

/** @throws StationError `source-gone` also where the file is not there any more */
async function statOf(link: Link, path: string): Promise<SyncEntry> {
  const session = new SyncSession(await link.stream('sync:'));
  try {
    const entry = await withTimeout(ADB_TIMEOUTS.answerMs, 'device-stuck', () => session.stat(path));
    if (entry === null) throw new StationError('source-gone');
    if (entry.kind !== 'file') return entry;
    return { ...entry, bytes: await wholeSize(link, path, entry.bytes) };
  } catch (error) {
    throw await explained(link, error);
  } finally {
    session.close();
  }
}

/** The service for files counts modulo four gigabytes. Android 5 has no command that says more. */
async function wholeSize(link: Link, path: string, bytes: number): Promise<number> {
  const said = Number((await link.say(`stat -c %s ${quoted(path)} 2>/dev/null`)).trim());
  if (!Number.isSafeInteger(said) || said % 2 ** 32 !== bytes) return bytes;
  return said;
}

class AdbFile implements OpenFile {
  readonly #link: Link;
  readonly #path: string;
  readonly #closed: () => void;
  #reading: Reading | null = null;

  constructor(link: Link, path: string, closed: () => void) {
    this.#link = link;
    this.#path = path;
    this.#closed = closed;
  }

  async stat(): Promise<FileStat> {
    const { bytes, modifiedMs } = await statOf(this.#link, this.#path);
    return { bytes, modifiedMs };
  }

  /** Reading goes on where it was as long as it goes forward; elsewhere it begins anew. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    try {
      const work = () => this.#read(offset, length);
      return await withTimeout(ADB_TIMEOUTS.pieceMs, 'device-stuck', work);
    } catch (error) {
      this.#stop();
      throw await explained(this.#link, error);
    }
  }

  async #read(offset: number, length: number): Promise<Uint8Array> {
    if (this.#reading?.at !== offset) {
      this.#stop();
      this.#reading = await Reading.begin(this.#link, this.#path, offset);
    }
    return this.#reading.take(length);
  }

  #stop(): void {
    this.#reading?.close();
    this.#reading = null;
  }

  close(): Promise<void> {
    this.#stop();
    this.#closed();
    return Promise.resolve();
  }
}

/** Blocks of `dd`: it can only begin at a whole one. */
const BLOCK = 64 * 1024;

/** A file that is read forward from some place. */
class Reading {
  at: number;
  readonly #pieces: AsyncGenerator<Buffer>;
  readonly #close: () => void;
  #left: Buffer = Buffer.alloc(0);

  private constructor(at: number, pieces: AsyncGenerator<Buffer>, close: () => void) {
    this.at = at;
    this.#pieces = pieces;
    this.#close = close;
  }

  static async begin(link: Link, path: string, offset: number): Promise<Reading> {
    if (offset === 0) {
      const session = new SyncSession(await link.stream('sync:'));
      return new Reading(0, session.receive(path), () => session.close());
    }
    const block = Math.floor(offset / BLOCK);
    const command = `exec:dd if=${quoted(path)} bs=${BLOCK} skip=${block} 2>/dev/null`;
    const stream = await link.stream(command);
    const pieces = async function* (): AsyncGenerator<Buffer> {
      for await (const piece of stream as AsyncIterable<Buffer>) yield piece;
    };
    const reading = new Reading(block * BLOCK, pieces(), () => stream.destroy());
    await reading.take(offset - reading.at);
    return reading;
  }

  /** So many bytes; fewer only at the end. */
  async take(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let taken = 0;
    while (taken < length) {
      if (this.#left.length === 0) {
        const next = await this.#pieces.next();
        if (next.done === true) break;
        this.#left = next.value;
      }
      const part = this.#left.subarray(0, length - taken);
      this.#left = this.#left.subarray(part.length);
      parts.push(part);
      taken += part.length;
    }
    this.at += taken;
    return Buffer.concat(parts);
  }

  close(): void {
    this.#close();
  }
}

/** For the phone's shell. Inside of these quotes only a quote itself means anything. */
export function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}

function explained(link: Link, error: unknown): Promise<StationError> | StationError {
  if (error instanceof StationError && error.code !== 'device-stuck') return error;
  return link.explain(error);
}

/**
 * The daemon's service for files (`adb/file_sync_protocol.h`) in its first version, which every Android speaks:
 * STAT, LIST, RECV. It knows no places inside of a file and no sizes over four gigabytes; see `files.ts`.
 */
import type { Duplex } from 'node:stream';
import { readExactly } from './wire.ts';

/** `S_IFMT` of Linux, and what it says. */
const KIND = 0o170000;
const FOLDER = 0o040000;
const FILE = 0o100000;
/** The longest piece the protocol sends. */
const PIECE = 64 * 1024;
const NAME_BYTES = 4096;

export interface SyncEntry {
  /** `other`: a link, or something that is no file at all. */
  readonly kind: 'file' | 'folder' | 'other';
  /** Modulo four gigabytes. */
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** One conversation with the service; requests come one after the other. */
export class SyncSession {
  readonly #stream: Duplex;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  /** What stands at a path; `null` where there is nothing. Links are not followed. */
  async stat(path: string): Promise<SyncEntry | null> {
    this.#ask('STAT', path);
    const answer = await readExactly(this.#stream, 16);
    if (answer.toString('latin1', 0, 4) !== 'STAT') throw new Error('an odd answer');
    return entryOf(answer, 4);
  }

  /** The entries of a folder; none where there is no such folder, or it may not be looked into. After `most` they are only counted. */
  async list(
    path: string,
    most: number,
  ): Promise<{
    readonly entries: readonly (SyncEntry & { readonly name: string })[];
    readonly isCut: boolean;
  }> {
    this.#ask('LIST', path);
    const found: (SyncEntry & { name: string })[] = [];
    let isCut = false;
    for (;;) {
      const answer = await readExactly(this.#stream, 20);
      const id = answer.toString('latin1', 0, 4);
      if (id === 'DONE') return { entries: found, isCut };
      const length = answer.readUInt32LE(16);
      if (id !== 'DENT' || length === 0 || length > NAME_BYTES) throw new Error('an odd answer');
      const name = (await readExactly(this.#stream, length)).toString('utf8');
      const entry = entryOf(answer, 4);
      if (entry === null || name === '.' || name === '..' || name.includes('/')) continue;
      if (found.length < most) found.push({ ...entry, name });
      else isCut = true;
    }
  }

  /** A file from its beginning, in pieces. */
  async *receive(path: string): AsyncGenerator<Buffer> {
    this.#ask('RECV', path);
    for (;;) {
      const answer = await readExactly(this.#stream, 8);
      const id = answer.toString('latin1', 0, 4);
      const length = answer.readUInt32LE(4);
      if (id === 'DONE') return;
      if (length > PIECE || length === 0) throw new Error('an odd answer');
      const data = await readExactly(this.#stream, length);
      if (id !== 'DATA')
        throw new Error(id === 'FAIL' ? data.toString('utf8').slice(0, 200) : 'an odd answer');
      yield data;
    }
  }

  #ask(command: 'STAT' | 'LIST' | 'RECV', path: string): void {
    const name = Buffer.from(path);
    const head = Buffer.alloc(8);
    head.write(command, 'latin1');
    head.writeUInt32LE(name.length, 4);
    this.#stream.write(Buffer.concat([head, name]));
  }

  close(): void {
    this.#stream.destroy();
  }
}

function entryOf(answer: Buffer, at: number): SyncEntry | null {
  const mode = answer.readUInt32LE(at);
  if (mode === 0) return null;
  const kind = mode & KIND;
  return {
    kind: kind === FILE ? 'file' : kind === FOLDER ? 'folder' : 'other',
    bytes: answer.readUInt32LE(at + 4),
    modifiedMs: answer.readUInt32LE(at + 8) * 1000,
  };
}

/** Files that a person drops on the window: they come in parts, in order, and become a source. */
import { randomUUID } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { StationError } from '../../../shared/errors.ts';
import { removeHere } from '../../disk/own-disk.ts';
import { lastPart } from '../../sources/files.ts';

interface Transfer {
  readonly name: string;
  readonly bytes: number;
  readonly path: string;
  readonly file: FileHandle;
  received: number;
  /** A part is being written: the next one waits for its answer. */
  writing: boolean;
}

export class FileTransfers {
  readonly #folder: string;
  readonly #arrived: (path: string, name: string) => string;
  readonly #transfers = new Map<string, Transfer>();

  /**
   * @param folder where the files lie while they come, and afterwards
   * @param arrived makes a source of a file that is whole, and answers its id
   */
  constructor(folder: string, arrived: (path: string, name: string) => string) {
    this.#folder = folder;
    this.#arrived = arrived;
  }

  /** @param bytes how large the file is. @returns the id of the transfer */
  async begin(name: string, bytes: number): Promise<string> {
    const id = randomUUID();
    const path = join(this.#folder, id);
    this.#transfers.set(id, {
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
  async add(id: string, offset: number, data: string): Promise<void> {
    const transfer = this.#transfers.get(id);
    if (transfer === undefined) throw new StationError('not-found');
    const bytes = Buffer.from(data, 'base64');
    if (transfer.writing || offset !== transfer.received || offset + bytes.length > transfer.bytes)
      throw new StationError('bad-params');
    transfer.writing = true;
    try {
      for (let written = 0; written < bytes.length;) {
        const rest = bytes.length - written;
        written += (await transfer.file.write(bytes, written, rest, offset + written)).bytesWritten;
      }
      transfer.received += bytes.length;
    } catch (error) {
      throw new StationError('disk-full', undefined, error);
    } finally {
      transfer.writing = false;
    }
  }

  /** @throws StationError `not-found`, `file-changed` when less came than was announced */
  async end(id: string): Promise<string> {
    const transfer = this.#transfers.get(id);
    if (transfer === undefined) throw new StationError('not-found');
    if (transfer.received !== transfer.bytes) {
      await this.cancel(id);
      throw new StationError('file-changed');
    }
    await transfer.file.close();
    this.#transfers.delete(id);
    return this.#arrived(transfer.path, transfer.name);
  }

  async cancel(id: string): Promise<void> {
    const transfer = this.#transfers.get(id);
    if (transfer === undefined) return;
    this.#transfers.delete(id);
    await transfer.file.close();
    await removeHere(transfer.path);
  }

  async close(): Promise<void> {
    for (const id of this.#transfers.keys()) await this.cancel(id);
  }
}

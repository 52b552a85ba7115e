/** What is asked of a phone, each as one transaction: who it is, its storages, its folders, pieces of its files. */
import {
  FORMAT,
  GENERIC_FOLDER,
  HEADER_BYTES,
  OPERATION,
  PROPERTY_SIZE,
  RESPONSE,
  SATURATED_SIZE,
  TOP,
} from './codes.ts';
import { isFailure, MtpError } from './failure.ts';
import { DatasetReader, momentOf } from './packing.ts';
import type { MtpSession } from './session.ts';

export interface PhoneInfo {
  readonly vendorExtension: number;
  readonly extensions: string;
  readonly operations: ReadonlySet<number>;
  readonly manufacturer: string;
  readonly model: string;
  readonly serial: string;
}

export interface StorageInfo {
  readonly id: number;
  /** What the phone calls it, in its own language; empty where it says nothing. */
  readonly name: string;
}

export interface ObjectInfo {
  readonly handle: number;
  readonly isFolder: boolean;
  /** In bytes; `null`: more than 4 GiB, and the phone cannot say how much. */
  readonly bytes: number | null;
  /** As the phone says it: not yet safe to show, and no part of a path. */
  readonly name: string;
  readonly modifiedMs: number | null;
}

/** The most bytes of one dataset: a folder of a quarter of a million entries. */
const DATASET_BYTES = 1024 * 1024;
/** USB packets of the phones that Samsung's rule was seen on. */
const USB_PACKET = 512;

export class MtpPhone {
  readonly info: PhoneInfo;
  readonly #session: MtpSession;
  #reads64: boolean;

  private constructor(session: MtpSession, info: PhoneInfo) {
    this.#session = session;
    this.info = info;
    this.#reads64 = info.operations.has(OPERATION.getPartialObject64);
  }

  /** @throws MtpError */
  static async greet(session: MtpSession): Promise<MtpPhone> {
    const bytes = await session.transact({ operation: OPERATION.getDeviceInfo, dataBytes: DATASET_BYTES });
    const data = new DatasetReader(bytes);
    data.skip(2);
    const vendorExtension = data.u32();
    data.skip(2);
    const extensions = data.text();
    data.skip(2);
    const operations = new Set(data.numbers(2));
    // Events, properties, and the formats of captures and pictures.
    for (let list = 0; list < 4; list++) data.numbers(2);
    const [manufacturer, model, , serial] = [data.text(), data.text(), data.text(), data.text()] as const;
    return new MtpPhone(session, { vendorExtension, extensions, operations, manufacturer, model, serial });
  }

  /**
   * Whether it offers files. A camera, and a phone that is set to pictures only, speak the older PTP on the
   * same interface. Some phones have a wrong vendor number (libmtp's `ptp_mtp` check), so either sign counts.
   */
  get offersFiles(): boolean {
    const { vendorExtension, extensions, operations } = this.info;
    return (
      vendorExtension === 6 ||
      /microsoft\.com|android\.com/i.test(extensions) ||
      operations.has(OPERATION.getPartialObject64)
    );
  }

  /** Empty: the phone is locked, was not allowed to show its files, or only charges. @throws MtpError */
  async storages(): Promise<StorageInfo[]> {
    const ids = await this.#numbers(OPERATION.getStorageIds, [], false);
    const found: StorageInfo[] = [];
    for (const id of ids) {
      // Without a logical part: an empty slot (MTP 1.1, 5.2.1).
      if ((id & 0xffff) === 0) continue;
      try {
        found.push({ id, name: await this.#storageName(id) });
      } catch (error) {
        // A card that was taken out in between must not keep the others.
        if (!isFailure(error, 'refused')) throw error;
      }
    }
    return found;
  }

  async #storageName(id: number): Promise<string> {
    const request = { operation: OPERATION.getStorageInfo, params: [id], dataBytes: DATASET_BYTES };
    const data = new DatasetReader(await this.#session.transact(request));
    data.skip(2 + 2 + 2 + 8 + 8 + 4);
    return data.text();
  }

  /** The handles of what lies in a folder, or at the top of a storage. @throws MtpError */
  handles(storage: number, parent: number = TOP): Promise<number[]> {
    return this.#numbers(OPERATION.getObjectHandles, [storage, 0, parent], true);
  }

  /** @throws MtpError `refused` with `invalidObject` where it is not there any more */
  async objectInfo(handle: number): Promise<ObjectInfo> {
    const request = { operation: OPERATION.getObjectInfo, params: [handle], dataBytes: DATASET_BYTES };
    const data = new DatasetReader(await this.#session.transact(request));
    data.skip(4);
    const format = data.u16();
    data.skip(2);
    const size = data.u32();
    // The thumbnail, the picture's width, height and depth, and the parent.
    data.skip(2 + 6 * 4 + 4);
    const association = data.u16();
    data.skip(4 + 4);
    const name = data.text();
    const times = data.left === 0 ? ['', ''] : [data.text(), data.left === 0 ? '' : data.text()];
    const isFolder = format === FORMAT.folder || (format === 0 && association === GENERIC_FOLDER);
    const bytes = !isFolder && size === SATURATED_SIZE ? await this.#largeSize(handle) : size;
    return { handle, isFolder, bytes, name, modifiedMs: momentOf(times[1] ?? '') };
  }

  async #largeSize(handle: number): Promise<number | null> {
    if (!this.info.operations.has(OPERATION.getObjectPropValue)) return null;
    try {
      const params = [handle, PROPERTY_SIZE];
      const operation = OPERATION.getObjectPropValue;
      return new DatasetReader(await this.#session.transact({ operation, params, dataBytes: 64 })).u64();
    } catch (error) {
      if (isFailure(error, 'refused')) return null;
      throw error;
    }
  }

  /**
   * Bytes of a file, from `offset` on. Only ever a part: a transfer of a whole file that is broken off leaves
   * some phones hanging until they are plugged in again.
   * @returns at most `length` bytes; fewer at the end of the file
   * @throws MtpError `refused` with `operationNotSupported` where the phone cannot read from there
   */
  async read(handle: number, offset: number, length: number): Promise<Uint8Array> {
    if (this.#reads64) {
      try {
        const params = [handle, offset % 2 ** 32, Math.floor(offset / 2 ** 32), length];
        return await this.#bytes(OPERATION.getPartialObject64, params, length);
      } catch (error) {
        // Listed, but not there (seen on a Sony Z1: go-mtpfs #93).
        if (!isFailure(error, 'refused', RESPONSE.operationNotSupported)) throw error;
        this.#reads64 = false;
      }
    }
    if (!this.info.operations.has(OPERATION.getPartialObject) || offset + length > 0xffffffff)
      throw new MtpError('refused', 'no partial reads here', RESPONSE.operationNotSupported);
    return this.#bytes(OPERATION.getPartialObject, [handle, offset, length], length);
  }

  #bytes(operation: number, params: readonly number[], length: number): Promise<Uint8Array> {
    return this.#session.transact({ operation, params, dataBytes: length });
  }

  async #numbers(operation: number, params: readonly number[], isSlow: boolean): Promise<number[]> {
    const bytes = await this.#session.transact({ operation, params, dataBytes: DATASET_BYTES, isSlow });
    return bytes.length === 0 ? [] : new DatasetReader(bytes).numbers(4);
  }
}

/**
 * How much to ask for at once. A Samsung phone hangs when a read that goes to the end of the file fills its
 * last packet with the header (libmtp #8, #9): one byte less, and the last byte by itself.
 */
export function pieceLength(offset: number, bytes: number, most: number): number {
  const length = Math.min(most, bytes - offset);
  const fillsLastPacket = offset + length === bytes && (HEADER_BYTES + length) % USB_PACKET === 0;
  return fillsLastPacket && length > 1 ? length - 1 : length;
}

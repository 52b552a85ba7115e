/**
 * A phone in memory: an MTP responder behind the pipes of a link, with the habits and the faults of real
 * ones switched on by options. It speaks bytes, so that the whole initiator runs against it.
 */
import {
  CONTAINER,
  FORMAT,
  HEADER_BYTES,
  OPERATION,
  RESPONSE,
  TOP,
} from '../../electron/sources/mtp/codes.ts';
import { MtpError } from '../../electron/sources/mtp/failure.ts';
import type { MtpLink } from '../../electron/sources/mtp/link.ts';
import type { Timers } from '../../shared/timers.ts';
import { SkippingTimers } from './manual-timers.ts';

export interface PhoneObject {
  readonly name: string;
  /** Bytes of a file, or a function that gives a part of one that is too large to hold. */
  readonly content?: Uint8Array | ((offset: number, length: number) => Uint8Array);
  /** Only with a function as content. */
  readonly bytes?: number;
  readonly children?: readonly PhoneObject[];
  readonly modified?: string;
  /** It claims to hold the top of the storage. */
  readonly holdsItself?: boolean;
}

export interface PhoneHabits {
  /** Ends data that fills its last packet with an empty one. */
  readonly emptyPackets?: boolean;
  /** Sends data and response in one transfer. */
  readonly coalesces?: boolean;
  /** Hangs on a read to the end of a file that fills its last packet. */
  readonly samsung?: boolean;
  readonly locked?: boolean;
  /** What it lists of 0x95c1, and whether it then does it. */
  readonly partial64?: 'yes' | 'no' | 'listed-only';
  readonly partial32?: boolean;
  /** Sizes of large files in 64 bits. */
  readonly sizes64?: boolean;
  /** A camera, or a phone that is set to pictures only. */
  readonly picturesOnly?: boolean;
  /** A session that a program left open, with the end of an answer still in the pipe. */
  readonly leftOpen?: boolean;
  readonly leftInPipe?: Uint8Array;
  readonly storages?: readonly string[];
  readonly model?: string;
  readonly serial?: string;
}

/** Changes the bytes that are sent for one container; `null`: sends nothing. */
export type Tamper = (container: Uint8Array, operation: number) => Uint8Array | readonly Uint8Array[] | null;

interface Entry {
  readonly object: PhoneObject;
  readonly parent: number;
  readonly storage: number;
}

const FIRST_STORAGE = 0x10001;
const PACKET = 512;

export class InMemoryPhone implements MtpLink {
  readonly packetBytes = PACKET;
  /** Operations in the order in which they came. */
  readonly asked: number[] = [];
  /** How many answers are given before the plug is pulled. */
  unplugAfter = Infinity;
  tamper: Tamper = (container) => container;
  isLocked: boolean;
  isClosed = false;
  readonly #habits: PhoneHabits;
  /** How long it is silent; nobody waits for that in truth. */
  readonly timers: Timers;
  readonly #entries = new Map<number, Entry>();
  #queue: Uint8Array[] = [];
  #session: boolean;
  #gone = false;
  readonly #waiting = new Set<(error: MtpError) => void>();
  #arrived: (() => void) | undefined;

  constructor(top: readonly PhoneObject[], habits: PhoneHabits = {}, timers: Timers = new SkippingTimers()) {
    this.#habits = habits;
    this.timers = timers;
    this.isLocked = habits.locked === true;
    this.#session = habits.leftOpen === true;
    if (habits.leftInPipe !== undefined) this.#queue.push(habits.leftInPipe);
    for (const [at] of (habits.storages ?? ['']).entries()) {
      // Only the first storage holds the files; a card beside it is empty.
      if (at === 0) this.#add(top, TOP, FIRST_STORAGE);
    }
  }

  #add(objects: readonly PhoneObject[], parent: number, storage: number): void {
    for (const object of objects) {
      const handle = this.#entries.size + 1;
      this.#entries.set(handle, { object, parent, storage });
      this.#add(object.children ?? [], handle, storage);
    }
  }

  /** Another content under the same handle, as when an app goes on writing. */
  replace(name: string, object: Partial<PhoneObject>): void {
    for (const [handle, entry] of this.#entries)
      if (entry.object.name === name)
        this.#entries.set(handle, { ...entry, object: { ...entry.object, ...object } });
  }

  remove(name: string): void {
    for (const [handle, entry] of this.#entries) if (entry.object.name === name) this.#entries.delete(handle);
  }

  unplug(): void {
    this.#gone = true;
    for (const end of this.#waiting) end(new MtpError('gone', 'unplugged'));
  }

  async send(bytes: Uint8Array): Promise<void> {
    this.#check();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const params: number[] = [];
    for (let at = HEADER_BYTES; at + 4 <= bytes.length; at += 4) params.push(view.getUint32(at, true));
    const operation = view.getUint16(6, true);
    this.asked.push(operation);
    this.#answer(operation, view.getUint32(8, true), params);
    this.#arrived?.();
    if (this.asked.length >= this.unplugAfter) {
      this.#queue = [];
      this.unplug();
    }
    return Promise.resolve();
  }

  async receive(length: number, timeoutMs: number): Promise<Uint8Array> {
    this.#check();
    if (length % PACKET !== 0) throw new Error('a transfer that is not a multiple of the packet');
    if (this.#queue.length === 0) await this.#wait(timeoutMs);
    const pieces: Uint8Array[] = [];
    let room = length;
    for (let next = this.#queue[0]; next !== undefined && room > 0; next = this.#queue[0]) {
      const part = next.subarray(0, room);
      pieces.push(part);
      room -= part.length;
      if (part.length < next.length) {
        this.#queue[0] = next.subarray(part.length);
        break;
      }
      this.#queue.shift();
      const isFull = part.length > 0 && part.length % PACKET === 0;
      if (!(isFull && this.#habits.emptyPackets !== true) && this.#habits.coalesces !== true) break;
    }
    return Buffer.concat(pieces);
  }

  close(): Promise<void> {
    this.isClosed = true;
    for (const end of this.#waiting) end(new MtpError('closed', 'closed'));
    return Promise.resolve();
  }

  #check(): void {
    if (this.isClosed) throw new MtpError('closed', 'closed');
    if (this.#gone) throw new MtpError('gone', 'unplugged');
  }

  #wait(timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (error: MtpError | null) => {
        callOff();
        this.#waiting.delete(end);
        if (error === null) resolve();
        else reject(error);
      };
      const callOff = this.timers.after(timeoutMs, () => end(new MtpError('silent', 'no answer')));
      this.#arrived = () => end(null);
      this.#waiting.add(end);
    });
  }

  #answer(operation: number, transaction: number, params: readonly number[]): void {
    const respond = (code: number) =>
      this.#put(CONTAINER.response, code, transaction, new Uint8Array(0), operation);
    const data = (bytes: Uint8Array) => {
      this.#put(CONTAINER.data, operation, transaction, bytes, operation);
      respond(RESPONSE.ok);
    };
    if (operation === OPERATION.openSession) {
      respond(this.#session ? RESPONSE.sessionAlreadyOpen : RESPONSE.ok);
      this.#session = true;
      return;
    }
    if (operation === OPERATION.closeSession) {
      this.#session = false;
      return respond(RESPONSE.ok);
    }
    if (operation === OPERATION.getDeviceInfo) return data(this.#deviceInfo());
    if (!this.#session) return respond(RESPONSE.sessionNotOpen);
    const storages = this.isLocked ? [] : (this.#habits.storages ?? ['Internal']);
    const [first = 0, second = 0, third = 0, fourth = 0] = params;
    switch (operation) {
      case OPERATION.getStorageIds:
        return data(numbers(storages.map((_, at) => FIRST_STORAGE + at * 0x10000)));
      case OPERATION.getStorageInfo:
        return data(
          pack(u16(3, 2, 0), u64(1), u64(1), u32(0), text(storages[(first >> 16) - 1] ?? ''), text('')),
        );
      case OPERATION.getObjectHandles:
        return data(numbers(this.#handles(first, third)));
      default:
        break;
    }
    const object = this.#entries.get(first)?.object;
    if (object === undefined) return respond(RESPONSE.invalidObject);
    if (operation === OPERATION.getObjectInfo) return data(this.#objectInfo(first, object));
    if (operation === OPERATION.getObjectPropValue && this.#habits.sizes64 === true)
      return data(u64(sizeOf(object)));
    if (operation === OPERATION.getPartialObject) return this.#part(object, second, third, data);
    if (operation === OPERATION.getPartialObject64 && (this.#habits.partial64 ?? 'yes') === 'yes')
      return this.#part(object, second + third * 2 ** 32, fourth, data);
    respond(RESPONSE.operationNotSupported);
  }

  #handles(storage: number, parent: number): number[] {
    const folder = this.#entries.get(parent)?.object;
    const inside = [...this.#entries].filter(
      ([, entry]) => entry.storage === storage && (entry.parent === parent || folder?.holdsItself === true),
    );
    return inside.map(([handle]) => handle);
  }

  #part(object: PhoneObject, offset: number, length: number, data: (bytes: Uint8Array) => void): void {
    const { content } = object;
    const bytes =
      typeof content === 'function'
        ? content(offset, Math.max(0, Math.min(length, sizeOf(object) - offset)))
        : (content ?? new Uint8Array(0)).subarray(offset, offset + length);
    const toTheEnd = offset + bytes.length === sizeOf(object);
    if (this.#habits.samsung === true && toTheEnd && (HEADER_BYTES + bytes.length) % PACKET === 0) return;
    data(bytes);
  }

  #deviceInfo(): Uint8Array {
    const { picturesOnly, partial64 = 'yes', partial32 = true, sizes64 = false } = this.#habits;
    const operations = [
      ...(partial32 ? [OPERATION.getPartialObject] : []),
      ...(partial64 !== 'no' && picturesOnly !== true ? [OPERATION.getPartialObject64] : []),
      ...(sizes64 ? [OPERATION.getObjectPropValue] : []),
    ];
    const extensions = picturesOnly === true ? '' : 'microsoft.com: 1.0; android.com: 1.0;';
    const list = (...values: number[]) => pack(u32(values.length), u16(...values));
    return pack(
      pack(u16(100), u32(picturesOnly === true ? 0 : 6), u16(100), text(extensions), u16(0)),
      pack(list(...operations), list(0x4002), list(), list(), list()),
      pack(text('Fake'), text(this.#habits.model ?? 'Phone 7'), text('1'), text(this.#habits.serial ?? 'S1')),
    );
  }

  #objectInfo(handle: number, object: PhoneObject): Uint8Array {
    const isFile = object.content !== undefined;
    const size = Math.min(sizeOf(object), 0xffffffff);
    const parent = this.#entries.get(handle)?.parent ?? 0;
    return pack(
      pack(u32(FIRST_STORAGE), u16(isFile ? FORMAT.undefined : FORMAT.folder, 0), u32(size), u16(0)),
      pack(u32(0, 0, 0, 0, 0, 0), u32(parent === TOP ? 0 : parent), u16(isFile ? 0 : 1), u32(0, 0)),
      pack(text(object.name), text(''), text(object.modified ?? '20260102T030405'), text('')),
    );
  }

  #put(type: number, code: number, transaction: number, bytes: Uint8Array, operation: number): void {
    const header = pack(u32(HEADER_BYTES + bytes.length), u16(type, code), u32(transaction));
    const sent = this.tamper(pack(header, bytes), operation);
    if (sent === null) return;
    for (const piece of sent instanceof Uint8Array ? [sent] : sent) {
      this.#queue.push(piece);
      const fillsPacket = piece.length % PACKET === 0 && piece.length > 0;
      if (fillsPacket && this.#habits.emptyPackets === true) this.#queue.push(new Uint8Array(0));
    }
  }
}

export function sizeOf(object: PhoneObject): number {
  return typeof object.content === 'function' ? (object.bytes ?? 0) : (object.content?.length ?? 0);
}

const pack = (...parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const each = (
  values: readonly number[],
  size: number,
  write: (view: DataView, at: number, value: number) => void,
) => {
  const view = new DataView(new ArrayBuffer(values.length * size));
  for (const [at, value] of values.entries()) write(view, at * size, value);
  return new Uint8Array(view.buffer);
};
const u16 = (...values: number[]) => each(values, 2, (view, at, value) => view.setUint16(at, value, true));
const u32 = (...values: number[]) => each(values, 4, (view, at, value) => view.setUint32(at, value, true));
const u64 = (value: number) => each([value], 8, (view, at) => view.setBigUint64(at, BigInt(value), true));
const numbers = (values: readonly number[]) => pack(u32(values.length), u32(...values));
const text = (value: string) =>
  value === ''
    ? new Uint8Array([0])
    : pack(new Uint8Array([value.length + 1]), new Uint8Array(Buffer.from(`${value}\0`, 'utf16le')));

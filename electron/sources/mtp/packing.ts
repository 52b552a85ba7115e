/** Little-endian datasets of MTP, read with a bound on everything that the phone chooses. */
import { MtpError } from './failure.ts';

/** Reads one dataset from its beginning. @throws MtpError `nonsense` where it ends too early */
export class DatasetReader {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#view.byteLength - this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** As a number: 2^53 bytes are more than any phone holds; what is above it is said to be that much. */
  u64(): number {
    const value = this.#view.getBigUint64(this.#take(8), true);
    return Number(value > BigInt(Number.MAX_SAFE_INTEGER) ? BigInt(Number.MAX_SAFE_INTEGER) : value);
  }

  skip(bytes: number): void {
    this.#take(bytes);
  }

  /** UTF-16 with a count of characters in front (at most 255) and a zero at the end. */
  text(): string {
    const characters = this.u8();
    const units = Array.from({ length: characters }, () => this.u16());
    const end = units.indexOf(0);
    return String.fromCharCode(...(end === -1 ? units : units.slice(0, end)));
  }

  /** An array with its length in front. */
  numbers(size: 2 | 4): number[] {
    const count = this.u32();
    if (count * size > this.left) throw new MtpError('nonsense', 'an array is longer than its dataset');
    return Array.from({ length: count }, () => (size === 2 ? this.u16() : this.u32()));
  }

  #take(bytes: number): number {
    if (bytes > this.left) throw new MtpError('nonsense', 'a dataset ends too early');
    const at = this.#at;
    this.#at += bytes;
    return at;
  }
}

/**
 * Milliseconds since 1970 of `YYYYMMDDThhmmss[.s][Z|±hhmm]` (MTP 1.1, 3.2.5); without a zone it is the
 * phone's own local time, and the phone is taken to be where this computer is. `null`: not a date.
 */
export function momentOf(text: string): number | null {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(?:\.\d+)?(?:(Z)|([+-]\d\d)(\d\d))?$/.exec(text);
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second, utc, zoneHours, zoneMinutes] = parts;
  const zone = utc ?? (zoneHours === undefined ? '' : `${zoneHours}:${zoneMinutes}`);
  const moment = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  return Number.isNaN(moment) ? null : moment;
}

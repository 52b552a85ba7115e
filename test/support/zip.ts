/** Writes zip files, as APPNOTE.TXT describes them: good ones, and such as nobody should make. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface EntryToZip {
  readonly name: string;
  readonly bytes: Uint8Array | string;
  /** Stored as it is; else packed. */
  readonly stored?: boolean;
  /** General purpose bits; 1: encrypted. */
  readonly bits?: number;
  readonly method?: number;
  /** What the directory says of the sizes, where that is not true. */
  readonly said?: { readonly packed?: number; readonly bytes?: number; readonly crc32?: number };
  /** It lies where the entry with this number lies. */
  readonly at?: number;
  /** The sizes stand in the extra field of zip64. */
  readonly zip64?: boolean;
}

export function zipOf(entries: readonly EntryToZip[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  const places: number[] = [];
  let at = 0;
  for (const entry of entries) {
    const bytes = Buffer.from(entry.bytes);
    const packed = entry.stored === true ? bytes : deflateRawSync(bytes);
    const name = Buffer.from(entry.name);
    const place = entry.at === undefined ? at : (places[entry.at] ?? 0);
    places.push(place);
    const sizes = { packed: packed.length, bytes: bytes.length, crc32: crc32(bytes), ...entry.said };
    const head = Buffer.alloc(26);
    head.writeUInt16LE(entry.zip64 === true ? 45 : 20, 0);
    head.writeUInt16LE((entry.bits ?? 0) | 0x800, 2);
    head.writeUInt16LE(entry.method ?? (entry.stored === true ? 0 : 8), 4);
    head.writeUInt32LE(sizes.crc32, 10);
    head.writeUInt32LE(entry.zip64 === true ? 0xffffffff : sizes.packed, 14);
    head.writeUInt32LE(entry.zip64 === true ? 0xffffffff : sizes.bytes, 18);
    head.writeUInt16LE(name.length, 22);
    if (entry.at === undefined) {
      parts.push(Buffer.from('PK\x03\x04', 'latin1'), head, name, packed);
      at += 4 + head.length + name.length + packed.length;
    }
    const extra = Buffer.alloc(entry.zip64 === true ? 20 : 0);
    if (entry.zip64 === true) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(16, 2);
      extra.writeBigUInt64LE(BigInt(sizes.bytes), 4);
      extra.writeBigUInt64LE(BigInt(sizes.packed), 12);
    }
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(place, 10);
    const central = Buffer.from(head);
    central.writeUInt16LE(extra.length, 24);
    directory.push(Buffer.from('PK\x01\x02\x14\0', 'latin1'), central, rest, name, extra);
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, listed, end]);
}

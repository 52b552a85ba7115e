/** Writes zip files, as APPNOTE.TXT describes them: good ones, and such as nobody should make. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface EntryToZip {
  /** As text in UTF-8, or as bytes of which nothing is said. */
  readonly name: string | Uint8Array;
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
  /** Sizes and check sum stand after the bytes, as a program writes that cannot go back (bit 3). */
  readonly streamed?: boolean;
}

/** @param zip64 the end of the directory is that of zip64 */
export function zipOf(entries: readonly EntryToZip[], zip64 = false): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  const places: number[] = [];
  let at = 0;
  for (const entry of entries) {
    const bytes = Buffer.from(entry.bytes);
    const packed = entry.stored === true ? bytes : deflateRawSync(bytes);
    const name = Buffer.from(entry.name as string);
    const place = entry.at === undefined ? at : (places[entry.at] ?? 0);
    places.push(place);
    const sizes = { packed: packed.length, bytes: bytes.length, crc32: crc32(bytes), ...entry.said };
    const head = Buffer.alloc(26);
    head.writeUInt16LE(entry.zip64 === true ? 45 : 20, 0);
    const said = (typeof entry.name === 'string' ? 0x800 : 0) | (entry.streamed === true ? 8 : 0);
    head.writeUInt16LE((entry.bits ?? 0) | said, 2);
    head.writeUInt16LE(entry.method ?? (entry.stored === true ? 0 : 8), 4);
    head.writeUInt32LE(sizes.crc32, 10);
    head.writeUInt32LE(entry.zip64 === true ? 0xffffffff : sizes.packed, 14);
    head.writeUInt32LE(entry.zip64 === true ? 0xffffffff : sizes.bytes, 18);
    head.writeUInt16LE(name.length, 22);
    if (entry.at === undefined) {
      const local = Buffer.from(head);
      if (entry.streamed === true) local.fill(0, 10, 22);
      const after = Buffer.alloc(entry.streamed === true ? 16 : 0);
      if (entry.streamed === true) {
        after.write('PK\x07\x08', 'latin1');
        after.writeUInt32LE(sizes.crc32, 4);
        after.writeUInt32LE(sizes.packed, 8);
        after.writeUInt32LE(sizes.bytes, 12);
      }
      parts.push(Buffer.from('PK\x03\x04', 'latin1'), local, name, packed, after);
      at += 4 + local.length + name.length + packed.length + after.length;
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
  if (!zip64) return Buffer.concat([...parts, listed, end]);
  const record = Buffer.alloc(56);
  record.write('PK\x06\x06', 'latin1');
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(45, 12);
  record.writeUInt16LE(45, 14);
  record.writeBigUInt64LE(BigInt(entries.length), 24);
  record.writeBigUInt64LE(BigInt(entries.length), 32);
  record.writeBigUInt64LE(BigInt(listed.length), 40);
  record.writeBigUInt64LE(BigInt(at), 48);
  const locator = Buffer.alloc(20);
  locator.write('PK\x06\x07', 'latin1');
  locator.writeBigUInt64LE(BigInt(at + listed.length), 8);
  locator.writeUInt32LE(1, 16);
  end.fill(0xff, 8, 20);
  return Buffer.concat([...parts, listed, record, locator, end]);
}

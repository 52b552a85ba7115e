/**
 * Tables of LevelDB as none was ever written: every checksum is right, and what they hold ends the program that reads it
 * (leveldb, doc/table_format.md; `ExtractUserKey` in db/dbformat.h asserts that a key has eight bytes of its own).
 */
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { masked, crc32c } from '../../electron/replica/tables.ts';

const FOOTER_BYTES = 48;
const MAGIC = Buffer.from('57fb808b247547db', 'hex');

/** Puts one in the place of each table of a store that is closed. Answers how many. */
export function writeFatalTables(store: string): number {
  const names = readdirSync(store).filter((name) => name.endsWith('.ldb'));
  for (const name of names) {
    const path = join(store, name);
    writeFileSync(path, fatalTable(statSync(path).size));
  }
  return names.length;
}

/** @param size of the file: LevelDB looks for its end where the list of tables says that it is */
function fatalTable(size: number): Buffer {
  const short = Buffer.from('abc');
  const data = block(short, Buffer.from('x'));
  const others = block(null, Buffer.alloc(0));
  const index = block(short, handle(0, data));
  const footer = Buffer.alloc(FOOTER_BYTES);
  Buffer.concat([handle(data.length, others), handle(data.length + others.length, index)]).copy(footer);
  MAGIC.copy(footer, FOOTER_BYTES - MAGIC.length);
  const blocks = Buffer.concat([data, others, index]);
  return Buffer.concat([blocks, Buffer.alloc(size - FOOTER_BYTES - blocks.length), footer]);
}

/** One block of one entry or none, not packed, with its checksum. */
function block(key: Buffer | null, value: Buffer): Buffer {
  const entry = key === null ? [] : [numbers(0, key.length, value.length), key, value];
  const restarts = Buffer.alloc(8);
  restarts.writeUInt32LE(1, 4);
  const own = Buffer.concat([...entry, restarts, Buffer.from([0])]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(masked(crc32c(own)));
  return Buffer.concat([own, checksum]);
}

function handle(offset: number, of: Buffer): Buffer {
  return numbers(offset, of.length - 5);
}

/** Of seven bits a byte, the last byte without its highest bit. */
function numbers(...values: readonly number[]): Buffer {
  const bytes: number[] = [];
  for (let value of values) {
    for (; value >= 0x80; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
    bytes.push(value);
  }
  return Buffer.from(bytes);
}

/** Damages single pages of a closed ledger, as a disk does. */
import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** The first page of a table or an index, and where it begins in the file. */
export function pageOf(file: string, name: string): { readonly page: Buffer; readonly at: number } {
  const db = new DatabaseSync(file);
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const size = Number(db.prepare('PRAGMA page_size').get()?.['page_size']);
    const root = Number(
      db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(name)?.['rootpage'],
    );
    const at = (root - 1) * size;
    return { page: Buffer.from(readFileSync(file).subarray(at, at + size)), at };
  } finally {
    db.close();
  }
}

/** Changes one entry of an index, so that it no longer says what its table says. Both texts are of one length. */
export function damageIndex(file: string, index: string, from: string, to: string): void {
  const { page, at } = pageOf(file, index);
  const place = page.lastIndexOf(from);
  if (place === -1) throw new Error(`the first page of ${index} does not hold ${from}`);
  const bytes = readFileSync(file);
  bytes.write(to, at + place);
  writeFileSync(file, bytes);
}

/**
 * Files of devices that were pulled out before they were copied to their end. What is safe already is kept
 * (`<key>.part`) with a record of whose it is (`<key>.json`), so that the rest comes when the device is plugged
 * in again. The record is written after the bytes it counts are synced: what it says is true after a power cut.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onOwnDisk } from '../../shared/write-errors.ts';
import { removeHere, replaceFile } from '../disk/own-disk.ts';

/** By what a file is known again. */
export interface KnownFile {
  /** The identity of the stick or phone that has the file, the same whenever it is plugged in. */
  readonly medium: string;
  /** Path from its top. */
  readonly name: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

export interface PartRecord extends KnownFile {
  readonly version: 1;
  /** Bytes of the part that are synced. */
  readonly copied: number;
  /** ISO 8601. */
  readonly at: string;
  /** What a person calls the medium, and what kind of source it is. */
  readonly mediumName: string;
  readonly kind: string;
  /** Whose records the clerk said they are. */
  readonly user: string | null;
  readonly phone: string | null;
}

export function partKey({ medium, name, bytes, modifiedMs }: KnownFile): string {
  const text = JSON.stringify([medium, name, bytes, Math.floor(modifiedMs)]);
  return createHash('sha256').update(text).digest('hex').slice(0, 40);
}

export function partFile(folder: string, key: string): string {
  return join(folder, `${key}.part`);
}

/** @throws StationError `disk-full`, `internal` */
export async function writePart(folder: string, record: PartRecord): Promise<void> {
  await onOwnDisk(replaceFile(join(folder, `${partKey(record)}.json`), JSON.stringify(record)));
}

export async function removePart(folder: string, key: string): Promise<void> {
  // The record first: a part without one is of no use and is cleared away at the next start.
  await removeHere(join(folder, `${key}.json`));
  await removeHere(partFile(folder, key));
}

export async function readPart(folder: string, key: string): Promise<PartRecord | null> {
  try {
    const record = JSON.parse(await readFile(join(folder, `${key}.json`), 'utf8')) as Partial<PartRecord>;
    return record.version === 1 && typeof record.copied === 'number' ? (record as PartRecord) : null;
  } catch {
    return null;
  }
}

/** All that is still to come, in the order of their keys. */
export async function listParts(folder: string): Promise<readonly PartRecord[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  const records = await Promise.all(names.map((name) => readPart(folder, name.slice(0, -'.json'.length))));
  return records.filter((record) => record !== null);
}

/** Clears away what no record speaks of, and what nobody brought back for so long. */
export async function tidyParts(folder: string, before: string): Promise<void> {
  const wanted = new Set<string>();
  for (const record of await listParts(folder)) if (record.at >= before) wanted.add(partKey(record));
  for (const name of await readdir(folder)) {
    const [key = ''] = name.split('.');
    if (!wanted.has(key) || name.endsWith('.new')) await removeHere(join(folder, name));
  }
}

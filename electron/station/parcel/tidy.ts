/** Parcels hold records of people: what the ledger does not know of, or half of one, does not stay on the disk. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeHere } from '../../disk/own-disk.ts';
import { knownParcels } from '../../ledger/parcels.ts';
import type { Core } from '../core.ts';

export async function tidyParcels({ db, folders }: Pick<Core, 'db' | 'folders'>): Promise<void> {
  const known = new Set(knownParcels(db).map((sha256) => `${sha256}.parcel`));
  for (const name of await readdir(folders.parcels))
    if (!known.has(name)) await removeHere(join(folders.parcels, name));
}

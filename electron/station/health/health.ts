/** Gathers how the station is. */
import { basename } from 'node:path';
import { StationError } from '../../../shared/errors.ts';
import type { Health, LedgerRestored } from '../../../shared/health.ts';
import { cleanText } from '../../../shared/labels.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { freeBytesIn } from '../../disk/free-bytes.ts';
import { listBackups } from '../../ledger/backup.ts';
import { countGoneBodies, keptDumps } from '../../ledger/bodies.ts';
import { givenUpDumps } from '../../ledger/dumps.ts';
import { setting } from '../../ledger/settings.ts';
import type { Core } from '../core.ts';
import { copiesHere, unknownCopies } from './copies.ts';
import { isRestoring } from './store.ts';
import { storeFolder, storesAside } from './store-folders.ts';

/** @param ledger how the ledger is, as far as that is known outside of it */
export async function healthOf(core: Core, ledger: Health['ledger']['state']): Promise<Health> {
  const { db } = core;
  const free = await freeBytes(core);
  const gone = countGoneBodies(db);
  const restored = setting(db, 'ledger.restored');
  const here = await copiesHere(core);
  const isHere = new Set(here);
  const unknown = ledger === 'good' ? await unknownCopies(core, here) : [];
  return {
    disk: { free, tight: free !== null && free < LIMITS.diskReserveBytes },
    store: {
      ...stateOfStore(core, gone.records),
      gone: gone.records,
      goneFrom: gone.dumps.map((one) => ({ ...one, name: cleanText(one.name) })),
      aside: (await storesAside(core)).map((folder) => basename(folder)),
      gaveUp: setting(db, 'replica.gaveUp'),
    },
    ledger: {
      state: ledger,
      restored: restored === null ? null : (JSON.parse(restored) as LedgerRestored),
      mended: setting(db, 'ledger.mended'),
    },
    backups: (await listBackups(core.folders.backups)).map(({ at, bytes }) => ({ at, bytes })),
    copies: {
      kept: here.length,
      unknown: unknown.length,
      missing: keptDumps(db)
        .filter(({ dump, isGone }) => !isGone && !isHere.has(dump))
        .map(({ dump, name }) => ({ dump, name: cleanText(name) })),
      givenUp: givenUpDumps(db).map(({ dump, name }) => ({ dump, name: cleanText(name) })),
    },
  };
}

function stateOfStore(core: Core, gone: number): Pick<Health['store'], 'state' | 'error'> {
  if (storeFolder(core) === null) return { state: 'shared', error: null };
  if (isRestoring(core)) return { state: 'restoring', error: null };
  const failure = core.replica.failure();
  if (failure instanceof StationError) return { state: 'closed', error: failure.code };
  return { state: gone > 0 ? 'incomplete' : 'good', error: null };
}

/** What the station may still write; `null` where the system does not tell. */
export async function freeBytes({ options }: Pick<Core, 'options'>): Promise<number | null> {
  return options.freeBytes === undefined ? freeBytesIn(options.dataDir) : options.freeBytes();
}

/** A packed file is at least so many times as large once its records are in the store. */
const UNPACKED = 8;

/**
 * Refuses an import that will not fit, before anything of it is copied: its safe copy, its records in the store, and
 * room for the ledger. One that is here already only needs room for the copy by which that is known for certain.
 * @throws StationError `no-room`, with how many megabytes are to be freed
 */
export async function checkRoom(
  core: Pick<Core, 'options'>,
  bytes: number,
  file: { readonly isPacked: boolean; readonly isTaken: boolean },
): Promise<void> {
  const free = await freeBytes(core);
  if (free === null) return;
  const records = bytes * (file.isPacked ? UNPACKED : 1) + LIMITS.diskReserveBytes;
  const needed = bytes + (file.isTaken ? 0 : records);
  if (needed <= free) return;
  throw new StationError('no-room', `${Math.ceil((needed - free) / 1_000_000)} MB`);
}

/** What every start of the station does before it answers. */
import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { StationError } from '../../shared/errors.ts';
import { removeFolderHere, removeHere } from '../disk/own-disk.ts';
import { tidyParts } from '../intake/parts.ts';
import { unfinishedDumps } from '../ledger/dumps.ts';
import { setSetting, setting } from '../ledger/settings.ts';
import { endInterruptedUploads } from '../ledger/uploads.ts';
import { stillFolder } from './backup/make.ts';
import { tidyRestoring } from './backup/put-in-place.ts';
import type { Core } from './core.ts';
import {
  recordGivenUp,
  recordStoreOpened,
  storeNeed,
  type StoreLeft,
  type StoreNeed,
} from './health/opening.ts';
import { healStore } from './health/store.ts';
import { takeFiles, takeUnfinished } from './import/job.ts';
import type { Intakes } from './import/queue.ts';
import { tidyParcels } from './parcel/tidy.ts';
import { lookAgain } from './review/unusual-rules.ts';
import { setServer } from './server/server.ts';
import type { Updates } from './updates/updates.ts';
import type { Sources } from './sources/index.ts';
import { dumpsOfPhones } from './sources/phones.ts';

/** The beginning of a dump whose device nobody brought back. */
const PARTS_KEPT_MS = 60 * 24 * 60 * 60_000;

/**
 * What every start does: clear away half copies, finish dumps, begin to look at what is plugged in.
 * @param left how the runs before this one left the store of the replica
 */
export async function begin(
  core: Core,
  {
    sources,
    intakes,
    updates,
  }: { readonly sources: Sources; readonly intakes: Intakes; readonly updates: Updates },
  left: StoreLeft,
): Promise<void> {
  for (const name of await readdir(core.folders.dumps)) {
    if (name.endsWith('.part')) await removeHere(join(core.folders.dumps, name));
  }
  for (const name of await readdir(core.folders.incoming))
    await removeFolderHere(join(core.folders.incoming, name));
  await removeFolderHere(stillFolder(core.options.dataDir));
  await tidyRestoring(core.options.dataDir);
  await tidyParcels(core);
  await updates.begin();
  await tidyParts(core.folders.parts, new Date(core.clock() - PARTS_KEPT_MS).toISOString());
  const { found } = core.replica;
  if (left.isGivenUp && !(found instanceof StationError) && found.kind === 'set-aside')
    recordGivenUp(core, found.folder, core.now());
  const need = storeNeed(core, left);
  recordStoreOpened(core, need);
  // Before anything is imported: it must not go into a store that is not sound.
  if (need !== 'nothing') healLater(core, intakes, need);
  endInterruptedUploads(core.db, core.now());
  await lookAgain(core);
  if (setting(core.db, 'station.name') === null) setSetting(core.db, 'station.name', hostname());
  const practice = core.options.practice;
  if (practice) await setServer(core, practice.url);
  if (unfinishedDumps(core.db).length > 0) intakes.start(null, '', (job) => takeUnfinished(core, job));
  const read = await dumpsOfPhones(core);
  if (read.length > 0) intakes.start(null, '', (job) => takeFiles(core, job, read, {}));
  await sources.begin();
}

/** Looks through the replica, or writes it anew, as a job. @returns the job's id */
export function healLater(core: Core, intakes: Intakes, need: StoreNeed): string {
  return intakes.start(null, '', (job) => healStore(core, job, need), 'restore');
}

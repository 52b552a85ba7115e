/**
 * The whole station as one sealed file on a stick or in a folder: the history, the store of records, the safe copies, what
 * the station made itself and its return parcels. Passwords of the server are not in it: they are locked by this computer's
 * own key store, which another computer could not open.
 */
import { createReadStream } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { JobEnd } from '../../../shared/contract.ts';
import { StationError } from '../../../shared/errors.ts';
import { weaknessOf } from '../../../shared/people.ts';
import { onOwnDisk } from '../../../shared/write-errors.ts';
import { isPlace, writeArchive, type ArchiveFile } from '../../backup/archive.ts';
import { backupName, ENDING, keepNewest, makeRoom, removeUnfinished } from '../../backup/folder.ts';
import { seal } from '../../backup/seal.ts';
import { writeWhole } from '../../backup/write.ts';
import { freeBytesIn } from '../../disk/free-bytes.ts';
import { removeFolderHere } from '../../disk/own-disk.ts';
import { audit } from '../../ledger/audit.ts';
import { chainHead, stationMark } from '../../ledger/chain.ts';
import { Database } from '../../ledger/database.ts';
import { forgetSettings, setSetting, setting } from '../../ledger/settings.ts';
import type { Core } from '../core.ts';
import { storeFolder } from '../health/store-folders.ts';
import type { JobHandle } from '../jobs.ts';

/** Where history and store stand still while they are copied, beside what they are copies of. */
export function stillFolder(dataDir: string): string {
  return join(dataDir, 'backing-up');
}

export interface BackupRequest {
  /** A folder, or the file itself, which ends in `.chtbackup`. */
  readonly to: string;
  readonly passphrase: string;
}

/** @throws StationError `backup-passphrase-weak`: whoever finds the stick has all the time to guess */
export function checkPassphrase({ passphrase }: Pick<BackupRequest, 'passphrase'>): void {
  if (weaknessOf(passphrase, 'admin') !== null) throw new StationError('backup-passphrase-weak');
}

/**
 * Called while nothing is imported, so that history, store and safe copies belong together.
 * @throws StationError `cancelled`, `disk-full`, `ledger-damaged`, of the replica, of the medium (`writeWhole`)
 */
export async function makeBackup(core: Core, job: JobHandle, request: BackupRequest): Promise<JobEnd> {
  const still = stillFolder(core.options.dataDir);
  job.progress({ step: 'freeze', unit: 'bytes' });
  try {
    await removeFolderHere(still);
    await onOwnDisk(mkdir(still, { mode: 0o700 }));
    const isShared = storeFolder(core) === null;
    const ledger = join(still, 'ledger.sqlite');
    // The history first: what the store has besides is known to whoever does the same once more.
    await core.db.backUp(ledger);
    if (!(await core.replica.call('checkLedger', { file: ledger }))) throw new StationError('ledger-damaged');
    if (!isShared) await core.replica.call('snapshot', { into: join(still, 'replica') });
    const { head, id } = stateOf(ledger);
    const files = await filesOf(core, still, isShared);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const at = core.now();
    const about = {
      at,
      station: (setting(core.db, 'station.name') ?? '').slice(0, 200),
      head,
      isShared,
      files: files.length,
      bytes,
    };
    job.progress({ step: 'write', total: bytes });
    const sealed = seal(writeArchive(about, contents(files, job.signal)), request.passphrase);
    const folder = await folderOf(request.to);
    const file = folder === null ? request.to : join(folder, backupName(id, dayOf(core.clock())));
    if (folder !== null) {
      await removeUnfinished(folder, id);
      await makeRoom(folder, id, sealedBytes(bytes, files.length), {
        passphrase: request.passphrase,
        freeBytes: () => (core.options.freeBytesAt ?? freeBytesIn)(folder),
      });
    }
    const written = await writeWhole(file, sealed, (done) => job.progress({ done }));
    if (folder !== null) await keepNewest(folder, id, basename(file));
    core.db.transaction(() => {
      setSetting(core.db, 'backup.at', at);
      forgetSettings(core.db, ['backup.waits']);
      audit(core.db, { person: core.person, at: core.now() }, 'backup-made', {
        detail: { files: files.length, bytes: written },
      });
    });
    core.changed('health');
    return { kind: 'backed-up', name: basename(file), files: files.length, bytes: written, isShared };
  } finally {
    await removeFolderHere(still);
  }
}

/** The copy's last entry, and a name for this station that no other one has. */
function stateOf(ledger: string) {
  const db = Database.openReading(ledger);
  try {
    return { head: chainHead(db), id: stationMark(db).slice(0, 8) };
  } finally {
    db.close();
  }
}

/** What the sealed file comes to at most: headers of `tar`, the list, and sixteen bytes for each piece. */
function sealedBytes(bytes: number, files: number): number {
  return Math.ceil((bytes + files * 1536) * 1.001) + 1024 * 1024;
}

/** The day on the calendar of this computer, YYYY-MM-DD. */
function dayOf(at: number): string {
  const day = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

interface Listed {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

async function filesOf(core: Core, still: string, isShared: boolean): Promise<Listed[]> {
  const { dumps, made, parcels } = core.folders;
  const places: (readonly [string, string])[] = [
    ...(isShared ? [] : [['replica', join(still, 'replica')] as const]),
    ['dumps', dumps],
    ['made', made],
    ['parcels', parcels],
  ];
  const files: Listed[] = [];
  const add = async (name: string, path: string): Promise<void> => {
    if (isPlace(name)) files.push({ name, path, bytes: (await stat(path)).size });
  };
  await add('ledger.sqlite', join(still, 'ledger.sqlite'));
  for (const [folder, path] of places)
    for (const name of (await readdir(path)).sort()) await add(`${folder}/${name}`, join(path, name));
  return files;
}

async function* contents(files: readonly Listed[], signal: AbortSignal): AsyncGenerator<ArchiveFile> {
  for (const { name, path, bytes } of files) {
    if (signal.aborted) throw new StationError('cancelled');
    yield { name, bytes, content: contentOf(path, signal) };
  }
}

async function* contentOf(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
    if (signal.aborted) throw new StationError('cancelled');
    yield chunk as Uint8Array;
  }
}

/** The folder for it; `null`: the file itself was named. @throws StationError `backup-place-gone`, `backup-place-closed` */
async function folderOf(to: string): Promise<string | null> {
  if (to.endsWith(ENDING)) return null;
  const info = await stat(to).catch((error: unknown) => {
    throw new StationError('backup-place-gone', undefined, error);
  });
  if (!info.isDirectory()) throw new StationError('backup-place-closed');
  return to;
}

/** Copies the files of an intake, so that their source is free before anything is read. */
import { StationError } from '../../../shared/errors.ts';
import type { ImportResult } from '../../../shared/intake.ts';
import { removeHere } from '../../disk/own-disk.ts';
import { copyBundle } from '../../intake/copy-bundle.ts';
import { copyDump, mayComeBack, type CopyOptions } from '../../intake/copy.ts';
import type { FileToCopy } from '../../intake/file-to-copy.ts';
import { findDump, recordCopied, type DumpRow } from '../../ledger/dumps.ts';
import { isTaken, recordSeen } from '../../ledger/files-seen.ts';
import type { Core } from '../core.ts';
import type { JobHandle } from '../jobs.ts';
import { keepAbout } from '../health/copies.ts';
import { checkEncryption } from '../health/encryption.ts';
import { checkRoom } from '../health/health.ts';
import { failed } from './failed.ts';
import type { FileToTake, Typed } from './files.ts';

/** How gzip and zip begin: a name says nothing of it. */
const PACKED = [Buffer.from([0x1f, 0x8b]), Buffer.from('PK\x03\x04', 'latin1')] as const;

async function isPacked(dump: FileToCopy): Promise<boolean> {
  const first = Buffer.from(await dump.read(0, 4));
  return PACKED.some((begin) => first.subarray(0, begin.length).equals(begin));
}

/** A file that is safe here: to be read, or known already. */
export type Safe =
  | { readonly row: DumpRow; readonly resumed: boolean }
  | { readonly again: DumpRow }
  | { readonly ended: ImportResult };

/** Never throws but where the job is stopped. @throws StationError `cancelled` */
export async function copyOrSay(core: Core, job: JobHandle, file: FileToTake, typed: Typed): Promise<Safe> {
  try {
    return await copyFile(core, job, file, typed);
  } catch (error) {
    if (error instanceof StationError && mayComeBack(error.code)) await file.keep?.();
    return { ended: failed(core, '', file.name, error) };
  }
}

async function copyFile(core: Core, job: JobHandle, file: FileToTake, typed: Typed): Promise<Safe> {
  if (job.signal.aborted) throw new StationError('cancelled');
  if (file.refused !== undefined) throw new StationError(file.refused);
  await checkEncryption(core);
  const { dump, envelope } = await file.open();
  try {
    const { bytes, modifiedMs } = await dump.stat();
    await checkRoom(core, bytes, {
      isPacked: file.isPacked ?? (await isPacked(dump)),
      isTaken: isTaken(core.db, { name: file.name, bytes, modifiedMs }),
    });
  } catch (error) {
    await dump.close();
    throw error;
  }
  const options: CopyOptions = {
    signal: job.signal,
    onProgress: (done, total) => job.progress({ step: 'copy', unit: 'bytes', done, total }),
    ...(file.resume === undefined ? {} : { resume: file.resume }),
  };
  const copied =
    envelope === null
      ? await copyDump(dump, core.folders.dumps, options)
      : await copyBundle(dump, await orClose(dump, envelope()), core.folders.dumps, options);
  const { name, modifiedMs } = file;
  recordSeen(core.db, { name, bytes: copied.bytes, modifiedMs }, copied.dump);
  const before = findDump(core.db, copied.dump);
  if (before?.state === 'taken') {
    if (file.ours !== null) await removeHere(file.ours);
    return { again: before };
  }
  recordCopied(core.db, {
    dump: copied.dump,
    name: file.name,
    bytes: copied.bytes,
    source: file.source,
    typedUser: typed.user ?? null,
    typedDevice: typed.device ?? null,
    copiedAt: core.now(),
  });
  const row = findDump(core.db, copied.dump);
  if (row === undefined) throw new Error('a dump that was just recorded is gone');
  await keepAbout(core, row);
  if (file.ours !== null) await removeHere(file.ours);
  return { row, resumed: before !== undefined };
}

/** A file that is open already is not left open where its other half cannot be opened. */
async function orClose(dump: FileToCopy, envelope: Promise<FileToCopy>): Promise<FileToCopy> {
  try {
    return await envelope;
  } catch (error) {
    await dump.close();
    throw error;
  }
}

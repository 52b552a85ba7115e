/**
 * The intake as a job: copies all files, so that the stick is free, then reads each in the replica worker and
 * finishes it. One after the other.
 */
import { rm } from 'node:fs/promises';
import type { JobEnd } from '../../../shared/contract.ts';
import { type ErrorCode, StationError } from '../../../shared/errors.ts';
import { failedImport, type ImportResult } from '../../../shared/intake.ts';
import { cleanText } from '../../../shared/labels.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { copyBundle } from '../../intake/copy-bundle.ts';
import { copyDump, dumpFile, mayComeBack, type CopyOptions, type ResumeKey } from '../../intake/copy.ts';
import { openLocal, type FileToCopy } from '../../intake/file-to-copy.ts';
import { halvesOf } from '../../intake/formats/bundle.ts';
import { recognise } from '../../intake/formats/recognise.ts';
import {
  findDump,
  importResult,
  recordCopied,
  recordFailed,
  recordSeen,
  unfinishedDumps,
  type DumpRow,
} from '../../ledger/dumps.ts';
import { formTitles, recordFormTitles } from '../../ledger/forms.ts';
import { someAside } from '../../ledger/set-aside.ts';
import { setting } from '../../ledger/settings.ts';
import { ownServers } from '../server/set-aside.ts';
import type { FoundFile } from '../../sources/files.ts';
import type { Missed } from '../../sources/listing.ts';
import type { Core } from '../core.ts';
import { finishDump } from './finish.ts';
import type { IntakeHandle } from './queue.ts';
import type { JobHandle } from '../jobs.ts';
import { keepAbout } from '../health/copies.ts';
import { checkRoom } from '../health/health.ts';
import { healDump } from '../health/store.ts';
import { describeFailure } from '../../host/failures.ts';

export interface FileToTake {
  /** The name the file had on its source. */
  readonly name: string;
  readonly source: string;
  readonly modifiedMs: number;
  /** It lies in the station's own folder under this path and is removed when it was taken. */
  readonly ours: string | null;
  /** The dump, and of a sealed bundle its other half. @throws StationError */
  open(): Promise<{ readonly dump: FileToCopy; readonly envelope: (() => Promise<FileToCopy>) | null }>;
  /** It is known already that it cannot be used, and why: nothing is copied, and that is said with the rest. */
  readonly refused?: ErrorCode;
  /** Of a device that can be known again: what is copied is kept when it is pulled out, … */
  readonly resume?: ResumeKey;
  /** … and what was not begun is remembered. */
  keep?(): Promise<void>;
}

/** A file or folder that could not be looked at. */
export function missedFile({ name, code }: Missed, source: string): FileToTake {
  const open = () => Promise.reject(new StationError(code));
  return { name, source, modifiedMs: 0, ours: null, open, refused: code };
}

/** A file that this computer's own file system shows. */
export function localFile(file: FoundFile, source: string, ours: boolean): FileToTake {
  return {
    name: file.name,
    source,
    modifiedMs: file.modifiedMs,
    ours: ours ? file.path : null,
    open: async () => {
      const recognised = await recognise(file.path).catch(asUnknown);
      const halves = recognised?.format === 'cht-bundle' ? halvesOf(file.path) : null;
      const dump = await openLocal(halves?.sealed ?? file.path);
      return { dump, envelope: halves === null ? null : () => openLocal(halves.envelope) };
    },
  };
}

export type Imported = Extract<JobEnd, { kind: 'imported' }>;

export interface Typed {
  readonly user?: string | undefined;
  readonly device?: string | undefined;
}

/** A file that is safe here: to be read, or known already. */
type Safe =
  | { readonly row: DumpRow; readonly resumed: boolean }
  | { readonly again: DumpRow }
  | { readonly ended: ImportResult };

/** Takes files one after the other. One bad file never blocks the next. */
export async function takeFiles(
  core: Core,
  job: IntakeHandle,
  files: readonly FileToTake[],
  typed: Typed,
): Promise<Imported> {
  const safe: Safe[] = [];
  for (const [at, file] of files.entries()) {
    job.progress({
      step: 'copy',
      subject: cleanText(file.name),
      counts: { file: at + 1, files: files.length },
    });
    safe.push(await copyOrSay(core, job, file, typed));
  }
  job.copied();
  const imports: ImportResult[] = [];
  for (const [at, one] of safe.entries()) {
    job.progress({ counts: { file: at + 1, files: files.length } });
    imports.push(await endOf(core, job, one));
    core.changed('intake', 'batches', 'conflicts', 'outbox', 'sources');
  }
  return { kind: 'imported', imports };
}

async function endOf(core: Core, job: JobHandle, one: Safe): Promise<ImportResult> {
  if ('ended' in one) return one.ended;
  if ('row' in one) return takeOrSay(core, job, one.row, one.resumed);
  const { dump, name } = one.again;
  try {
    // The ledger says that it is here; whether it is, the replica is asked.
    await healDump(core, job, dump, name);
  } catch (error) {
    return failed(core, dump, name, error);
  }
  return importResult(core.db, dump, LIMITS.problemsListed, true);
}

async function copyOrSay(core: Core, job: JobHandle, file: FileToTake, typed: Typed): Promise<Safe> {
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
  const { dump, envelope } = await file.open();
  try {
    const { bytes } = await dump.stat();
    await checkRoom(core, bytes, /\.t?gz(?:ip)?$/i.test(file.name));
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
    if (file.ours !== null) await rm(file.ours, { force: true });
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
  if (file.ours !== null) await rm(file.ours, { force: true });
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

/** What the station fails over must not keep the next file either. Such a dump is begun again at the next start. */
async function takeOrSay(core: Core, job: JobHandle, row: DumpRow, resumed: boolean): Promise<ImportResult> {
  try {
    return await takeCopied(core, job, row, resumed);
  } catch (error) {
    return failed(core, row.dump, row.name, error);
  }
}

/** A file that no reader knows is copied all the same: its problem is said, and its bytes are kept. */
function asUnknown(error: unknown): null {
  if (error instanceof StationError) return null;
  throw error;
}

/** Reads a dump that is safe on this disk. `resumed`: some of it may be in the replica already. */
export async function takeCopied(
  core: Core,
  job: JobHandle,
  row: DumpRow,
  resumed: boolean,
): Promise<ImportResult> {
  const begun = core.timers.now();
  job.progress({ step: 'read', unit: 'bytes', done: 0, total: row.bytes, subject: cleanText(row.name) });
  const stop = (): void => void core.replica.call('stop', { job: job.id });
  job.signal.addEventListener('abort', stop);
  try {
    if (job.signal.aborted) throw new StationError('cancelled');
    const taken = await core.replica.call('take', {
      job: job.id,
      dump: row.dump,
      file: dumpFile(core.folders.dumps, row.dump),
      name: row.name,
      resumed,
      titles: formTitles(core.db),
      servers: ownServers(core),
      // Once the server is fixed, only what is set aside may still be taken over.
      recordsAgain: setting(core.db, 'server.used') === null || someAside(core.db),
      asksAll: setting(core.db, 'server.asideOnce') !== null,
    });
    recordFormTitles(core.db, taken.titles);
    await finishDump(core, job, row, taken, begun);
  } catch (error) {
    if (!(error instanceof StationError) || !isTheFilesFault(error)) throw error;
    recordFailed(core.db, row.dump, error.code, core.now());
  } finally {
    job.signal.removeEventListener('abort', stop);
  }
  return importResult(core.db, row.dump, LIMITS.problemsListed, false);
}

/** What is wrong with the file will be wrong the next time too; everything else is tried again later. */
const FILES_FAULTS: ReadonlySet<string> = new Set([
  'empty-file',
  'not-a-dump',
  'only-zeros',
  'web-page',
  'error-answer',
  'quoted-text',
  'bad-utf16',
  'packed-7z',
  'packed-rar',
  'packed-xz',
  'packed-bzip2',
  'packed-zstd',
  'packed-tar',
  'packed-twice',
  'packed-in-packed',
  'zip-without-dump',
  'bad-zip',
  'cut-gzip',
  'encrypted',
  'bundle-half',
  'bad-gzip',
  'bad-utf8',
  'not-json',
  'wrong-database',
]);

function isTheFilesFault(error: StationError): boolean {
  return FILES_FAULTS.has(error.code);
}

/** @throws StationError `cancelled`: that ends the whole job */
function failed(core: Core, dump: string, name: string, error: unknown): ImportResult {
  const known = error instanceof StationError ? error : new StationError('internal', undefined, error);
  if (known.code === 'cancelled') throw known;
  core.log(`${dump === '' ? 'copy' : 'intake'} failed: ${known.code} ${describeFailure(known.cause)}`);
  return failedImport({ dump, name: cleanText(name), takenAt: core.now() }, known);
}

/** Finishes what an earlier run left: every dump is either fully taken or read again with the same result. */
export async function takeUnfinished(core: Core, job: JobHandle): Promise<Imported> {
  const imports: ImportResult[] = [];
  for (const row of unfinishedDumps(core.db)) imports.push(await takeOrSay(core, job, row, true));
  core.changed('intake', 'batches', 'conflicts', 'outbox');
  return { kind: 'imported', imports };
}

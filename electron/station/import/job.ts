/**
 * The intake as a job: copies all files, so that the stick is free, then reads each in the replica worker and
 * finishes it. One after the other.
 */
import type { JobEnd } from '../../../shared/contract.ts';
import type { ImportResult } from '../../../shared/intake.ts';
import { cleanText } from '../../../shared/labels.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { dumpFile } from '../../intake/copy.ts';
import { isZipFile } from '../../intake/zip/zip.ts';
import { findDump, importResult, unfinishedDumps, type DumpRow } from '../../ledger/dumps.ts';
import type { Core } from '../core.ts';
import { healDump } from '../health/store.ts';
import type { JobHandle } from '../jobs.ts';
import { copyOrSay, type Safe } from './copying.ts';
import { failed } from './failed.ts';
import type { FileToTake, Typed } from './files.ts';
import type { IntakeHandle } from './queue.ts';
import { takeOrSay } from './reading.ts';
import { safeFilesOfZip } from './zip.ts';

export type Imported = Extract<JobEnd, { kind: 'imported' }>;

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
    imports.push(...(await endsOf(core, job, one)));
    core.changed('intake', 'batches', 'conflicts', 'outbox', 'sources');
  }
  return { kind: 'imported', imports };
}

/** The results of a file that is safe here: of a zip, of each file in it. */
async function endsOf(core: Core, job: JobHandle, one: Safe): Promise<readonly ImportResult[]> {
  if ('ended' in one) return [one.ended];
  const row = 'row' in one ? one.row : one.again;
  if (await isZipFile(dumpFile(core.folders.dumps, row.dump)).catch(() => false))
    return takeZip(core, job, row);
  return ['row' in one ? await takeOrSay(core, job, one.row, one.resumed) : await takeAgain(core, job, row)];
}

async function takeAgain(core: Core, job: JobHandle, { dump, name }: DumpRow): Promise<ImportResult> {
  try {
    // The ledger says that it is here; whether it is, the replica is asked.
    await healDump(core, job, dump, name);
  } catch (error) {
    return failed(core, dump, name, error);
  }
  return importResult(core.db, dump, LIMITS.problemsListed, true);
}

/** A zip that was taken before is looked through all the same: so each file in it says again what came of it. */
async function takeZip(core: Core, job: JobHandle, row: DumpRow): Promise<readonly ImportResult[]> {
  const imports: ImportResult[] = [];
  for (const one of await safeFilesOfZip(core, job, row)) {
    if ('ended' in one) imports.push(one.ended);
    else if ('row' in one) imports.push(await takeOrSay(core, job, one.row, one.resumed));
    else imports.push(await takeAgain(core, job, one.again));
  }
  return imports;
}

/** Finishes what an earlier run left: every dump is either fully taken or read again with the same result. */
export async function takeUnfinished(core: Core, job: JobHandle): Promise<Imported> {
  const imports: ImportResult[] = [];
  for (const { dump } of unfinishedDumps(core.db)) {
    // What lies in a zip may have been taken with it.
    const row = findDump(core.db, dump);
    if (row?.state === 'copied') imports.push(...(await endsOf(core, job, { row, resumed: true })));
  }
  core.changed('intake', 'batches', 'conflicts', 'outbox');
  return { kind: 'imported', imports };
}

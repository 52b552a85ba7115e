/**
 * A zip is copied as any other file, and lies here as it came. Every file in it that may be a dump becomes a safe copy of
 * its own, with its own place in the ledger, and is read as if it had lain on the stick beside the others.
 */
import { type ErrorCode, StationError } from '../../../shared/errors.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { dumpFile } from '../../intake/copy.ts';
import { openLocal } from '../../intake/file-to-copy.ts';
import { openZip, type OpenZip } from '../../intake/zip/zip.ts';
import { recordZip, type DumpRow } from '../../ledger/dumps.ts';
import { importResult } from '../../ledger/imports.ts';
import type { Core } from '../core.ts';
import type { JobHandle } from '../jobs.ts';
import { filesInZip, type FileInZip } from '../sources/zips.ts';
import { copyOrSay, type Safe } from './copying.ts';
import { failed } from './failed.ts';
import type { FileToTake } from './files.ts';
import { isTheFilesFault } from './reading.ts';

/**
 * What lies in a zip of which there is a safe copy, each as a safe copy of its own, or why not. Ended in the middle, it is
 * begun again, and finds the same.
 * @throws StationError `cancelled`
 */
export async function safeFilesOfZip(core: Core, job: JobHandle, row: DumpRow): Promise<readonly Safe[]> {
  const safe: Safe[] = [];
  try {
    const zip = await openZip(await openLocal(dumpFile(core.folders.dumps, row.dump)), LIMITS, job.signal);
    try {
      await copyAll(core, job, row, zip, safe);
    } finally {
      await zip.close();
    }
    // What could not be copied for another reason than its own is tried again at the next start.
    if (safe.some((one) => 'ended' in one && PASSING.has(one.ended.problems[0]?.code ?? 'internal')))
      return safe;
    const isHere = safe.some((one) => !('ended' in one));
    const fault = zip.cut ?? (isHere ? null : 'zip-without-dump');
    recordZip(core.db, row.dump, fault, core.now());
    if (fault !== null) safe.push({ ended: importResult(core.db, row.dump, LIMITS.problemsListed, false) });
  } catch (error) {
    if (error instanceof StationError && isTheFilesFault(error)) {
      recordZip(core.db, row.dump, error.code, core.now());
      safe.push({ ended: importResult(core.db, row.dump, LIMITS.problemsListed, false) });
    } else safe.push({ ended: failed(core, row.dump, row.name, error) });
  }
  return safe;
}

/** Why a file was not copied, where that is no fault of its own. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'disk-full',
  'no-room',
  'internal',
  'source-gone',
  'not-readable',
  'bad-sector',
]);

async function copyAll(core: Core, job: JobHandle, row: DumpRow, zip: OpenZip, safe: Safe[]): Promise<void> {
  for await (const file of filesInZip(zip, core.folders.incoming, {
    most: LIMITS.zipDumps,
    signal: job.signal,
  })) {
    const typed = { user: row.typedUser ?? undefined, device: row.typedDevice ?? undefined };
    safe.push(await copyOrSay(core, job, toTake(row, zip, file), typed));
  }
}

function toTake(row: DumpRow, zip: OpenZip, { entry, half, found }: FileInZip): FileToTake {
  return {
    name: found.name === '' ? row.name : `${row.name}/${found.name}`,
    source: row.source,
    modifiedMs: entry?.modifiedMs ?? 0,
    ours: null,
    isPacked: true,
    open: async () => {
      if (entry === null) throw new StationError('not-found');
      return { dump: await zip.open(entry), envelope: half === null ? null : () => zip.open(half) };
    },
    ...('code' in found ? { refused: found.code } : {}),
  };
}

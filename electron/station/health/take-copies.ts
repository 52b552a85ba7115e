/** Takes in safe copies that no ledger knows, after the ledger was lost or put back from a backup. */
import { stat } from 'node:fs/promises';
import { StationError } from '../../../shared/errors.ts';
import { dumpFile } from '../../intake/copy.ts';
import { findDump, recordCopied, type CopiedDump } from '../../ledger/dumps.ts';
import type { Core } from '../core.ts';
import { takeUnfinished, type Imported } from '../import/job.ts';
import type { JobHandle } from '../jobs.ts';
import { aboutOf, identityOf, unknownCopies } from './copies.ts';

/** Takes in the copies that the ledger does not know, in the order in which they were made. */
export async function takeCopies(core: Core, job: JobHandle): Promise<Imported> {
  const found: CopiedDump[] = [];
  for (const dump of await unknownCopies(core)) {
    if (job.signal.aborted) throw new StationError('cancelled');
    const file = dumpFile(core.folders.dumps, dump);
    const { size, mtime } = await stat(file);
    if ((await identityOf(file)) !== dump) {
      core.log('a safe copy is not what its name says, and stays where it is');
      continue;
    }
    const about = await aboutOf(core, dump);
    found.push({
      dump,
      bytes: size,
      name: about.name ?? `${dump.slice(0, 12)}.dump`,
      source: about.source ?? 'file',
      typedUser: about.typedUser ?? null,
      typedDevice: about.typedDevice ?? null,
      copiedAt: about.copiedAt ?? mtime.toISOString(),
    });
  }
  found.sort((a, b) => (a.copiedAt < b.copiedAt ? -1 : 1));
  for (const copied of found) if (findDump(core.db, copied.dump) === undefined) recordCopied(core.db, copied);
  const taken = await takeUnfinished(core, job);
  core.changed('health');
  return taken;
}

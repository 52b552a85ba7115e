/** Reads a dump that is safe on this disk, in the replica worker, and finishes it. */
import { StationError } from '../../../shared/errors.ts';
import type { ImportResult } from '../../../shared/intake.ts';
import { cleanText } from '../../../shared/labels.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { tellingStop } from '../../../shared/stopping.ts';
import { dumpFile } from '../../intake/copy.ts';
import {
  beginReading,
  endReading,
  giveUpAfterDeaths,
  recordFailed,
  type DumpRow,
} from '../../ledger/dumps.ts';
import { importResult } from '../../ledger/imports.ts';
import { formTitles } from '../../ledger/label-documents.ts';
import { someRetired } from '../../ledger/retention.ts';
import { someAside } from '../../ledger/set-aside.ts';
import { setting } from '../../ledger/settings.ts';
import { ownServers } from '../server/set-aside.ts';
import { WorkerDied } from '../../workers/replica/client.ts';
import type { Core } from '../core.ts';
import type { JobHandle } from '../jobs.ts';
import { failed } from './failed.ts';
import { finishDump } from './finish.ts';

/**
 * What the station fails over must not keep the next file either. Such a dump is begun again at the next start.
 * @returns `null`: the reading worker died over it, and it is to be read once more when nothing else is
 */
export async function takeOrSay(
  core: Core,
  job: JobHandle,
  row: DumpRow,
  resumed: boolean,
): Promise<ImportResult | null> {
  try {
    return await takeCopied(core, job, row, resumed);
  } catch (error) {
    if (error instanceof WorkerDied) {
      core.log(`the reading worker died over a dump of ${row.bytes} bytes`);
      if (!giveUpAfterDeaths(core.db, row.dump, core.now())) return null;
      return importResult(core.db, row.dump, LIMITS.problemsListed, false);
    }
    return failed(core, row.dump, row.name, error);
  }
}

/** Reads a dump that is safe on this disk. `resumed`: some of it may be in the replica already. */
export async function takeCopied(
  core: Core,
  job: JobHandle,
  row: DumpRow,
  resumed: boolean,
): Promise<ImportResult> {
  const begun = core.timers.now();
  if (!beginReading(core.db, row.dump, core.now()))
    return importResult(core.db, row.dump, LIMITS.problemsListed, false);
  job.progress({ step: 'read', unit: 'bytes', done: 0, total: row.bytes, subject: cleanText(row.name) });
  const stop = (): void => void core.replica.call('stop', { job: job.id }).catch(() => {});
  try {
    const asked = {
      job: job.id,
      dump: row.dump,
      file: dumpFile(core.folders.dumps, row.dump),
      name: row.name,
      resumed,
      titles: formTitles(core.db),
      servers: ownServers(core),
      // Once the server is fixed, only what is set aside may still be taken over.
      recordsAgain: setting(core.db, 'server.used') === null || someAside(core.db),
      asksAll: setting(core.db, 'server.asideOnce') !== null || someRetired(core.db),
    };
    const taken = await tellingStop(job.signal, stop, () => core.replica.call('take', asked));
    await finishDump(core, job, row, taken, begun);
  } catch (error) {
    if (error instanceof WorkerDied) throw error;
    endReading(core.db, row.dump);
    if (!(error instanceof StationError) || !isTheFilesFault(error)) throw error;
    recordFailed(core.db, row.dump, error.code, core.now());
  }
  return importResult(core.db, row.dump, LIMITS.problemsListed, false);
}

/** What is wrong with the file will be wrong the next time too; everything else is tried again later. */
const FILES_FAULTS: ReadonlySet<string> = new Set([
  'empty-file',
  'not-a-dump',
  'other-kind',
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

export function isTheFilesFault(error: StationError): boolean {
  return FILES_FAULTS.has(error.code);
}

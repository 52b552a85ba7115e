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
import { findDump, unfinishedDumps, type DumpRow } from '../../ledger/dumps.ts';
import { importResult } from '../../ledger/imports.ts';
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
  const readings = new Readings(core, job);
  for (const [at, one] of safe.entries()) {
    job.progress({ counts: { file: at + 1, files: files.length } });
    await readings.take(one);
    core.changed('intake', 'batches', 'conflicts', 'outbox', 'sources');
  }
  return readings.end();
}

/** What comes of files that are safe here, one after the other. */
class Readings {
  readonly imports: ImportResult[] = [];
  readonly #core: Core;
  readonly #job: JobHandle;
  /** The reading worker died over these. */
  readonly #once: DumpRow[] = [];
  /** What came of the dumps that were read; `null`: it will be read once more. */
  readonly #results = new Map<string, ImportResult | null>();
  /** The same bytes as a file before them: a copy lies beside it. */
  readonly #copies: DumpRow[] = [];

  constructor(core: Core, job: JobHandle) {
    this.#core = core;
    this.#job = job;
  }

  /** A zip that was taken before is looked through all the same: so each file in it says again what came of it. */
  async take(one: Safe): Promise<void> {
    const row = 'ended' in one ? null : 'row' in one ? one.row : one.again;
    const inside =
      row !== null && (await this.#isZip(row)) ? safeFilesOfZip(this.#core, this.#job, row) : [one];
    for (const each of await inside) await this.#takeOne(each);
  }

  /** Reads once more what the worker died over: after everything else, and alone. */
  async end(): Promise<Imported> {
    for (const row of this.#once.splice(0)) await this.#read(row, true);
    for (const { dump } of this.#copies.splice(0)) {
      const first = this.#results.get(dump);
      // What is new is counted once.
      const isTaken = first?.outcome === 'taken';
      this.imports.push(isTaken || first === undefined || first === null ? this.#again(dump) : first);
    }
    this.#core.changed('intake', 'batches', 'conflicts', 'outbox', 'sources');
    return { kind: 'imported', imports: this.imports };
  }

  async #takeOne(one: Safe): Promise<void> {
    if ('ended' in one) this.imports.push(one.ended);
    else if ('row' in one && this.#results.has(one.row.dump)) this.#copies.push(one.row);
    else if ('row' in one) await this.#read(one.row, one.resumed);
    else this.imports.push(await takeAgain(this.#core, this.#job, one.again));
  }

  async #read(row: DumpRow, resumed: boolean): Promise<void> {
    const result = await takeOrSay(this.#core, this.#job, row, resumed);
    this.#results.set(row.dump, result);
    if (result === null) this.#once.push(row);
    else this.imports.push(result);
  }

  #again(dump: string): ImportResult {
    return importResult(this.#core.db, dump, LIMITS.problemsListed, true);
  }

  #isZip({ dump }: DumpRow): Promise<boolean> {
    return isZipFile(dumpFile(this.#core.folders.dumps, dump)).catch(() => false);
  }
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

/** Finishes what an earlier run left: every dump is either fully taken or read again with the same result. */
export async function takeUnfinished(core: Core, job: JobHandle): Promise<Imported> {
  const readings = new Readings(core, job);
  for (const { dump } of unfinishedDumps(core.db)) {
    // What lies in a zip may have been taken with it.
    const row = findDump(core.db, dump);
    if (row?.state === 'copied') await readings.take({ row, resumed: true });
  }
  return readings.end();
}

/** Reads a dump once more that was given up, because somebody wants it. */
export async function takeGivenUp(core: Core, job: JobHandle, row: DumpRow): Promise<Imported> {
  const readings = new Readings(core, job);
  await readings.take({ row, resumed: true });
  return readings.end();
}

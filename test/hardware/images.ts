/** What is on the virtual sticks and phones: dumps made from a seed, and images of sticks that hold them. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeBenchDump, type DumpPlan } from '../bench/dump.ts';
import { CACHE, run } from './prepare.ts';

export interface Dump {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly documents: number;
}

const SECTOR = 512;
const MiB = 1024 * 1024;

/** A folder for the images of one file of tests; the guest sees it under the same path. */
export function imageFolder(name: string): string {
  const folder = join(CACHE, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

export async function makeDump(file: string, plan: DumpPlan): Promise<Dump> {
  await writeBenchDump(file, 'replication-stream', plan);
  const bytes = readFileSync(file);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { file, bytes: bytes.length, sha256, documents: plan.documents };
}

/** An empty image, for the guest to make a file system on. */
export function blankStick(image: string, megabytes: number): string {
  writeFileSync(image, '');
  truncateSync(image, megabytes * MiB);
  return image;
}

/** A stick with FAT32 on one partition, as they are sold, with these files in a folder. */
export function fatStick(image: string, label: string, files: readonly string[], megabytes = 96): string {
  blankStick(image, megabytes);
  const first = 2048;
  const blocks = String((megabytes * MiB - first * SECTOR) / 1024);
  must(run('sh', ['-c', `echo '${first},,c,*' | /sbin/sfdisk -q --no-reread --no-tell-kernel '${image}'`]));
  must(run('/sbin/mkfs.vfat', ['-F', '32', '-n', label, '--offset', String(first), image, blocks]));
  const drive = `${image}@@${first * SECTOR}`;
  must(run('mmd', ['-i', drive, '::/export']));
  for (const file of files) must(run('mcopy', ['-i', drive, file, `::/export/${basename(file)}`]));
  return image;
}

/** The sector of an image in which the middle of this file lies. */
export function sectorInside(image: string, file: string): number {
  const bytes = readFileSync(file);
  const middle = Math.floor(bytes.length / 2 / SECTOR) * SECTOR;
  const at = readFileSync(image).indexOf(bytes.subarray(middle, middle + SECTOR));
  if (at < 0 || at % SECTOR !== 0) throw new Error('the file does not lie in whole sectors');
  return at / SECTOR;
}

function must(failure: string | null): void {
  if (failure !== null) throw new Error(failure);
}

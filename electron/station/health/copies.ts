/**
 * The safe copies that lie here, and what is known of them beside their bytes: a ledger that was lost, or put back from a
 * backup, does not know all of them.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { onOwnDisk } from '../../../shared/write-errors.ts';
import { identityAfter } from '../../intake/formats/bundle.ts';
import { replaceFile } from '../../disk/own-disk.ts';
import type { CopiedDump } from '../../ledger/dumps.ts';
import { keptDumps } from '../../ledger/bodies.ts';
import type { Core } from '../core.ts';

/** What the ledger says of a copy before it is read, kept beside it: whose it was said to be must not be lost with the ledger. */
type About = Omit<CopiedDump, 'dump' | 'bytes'>;

type Folders = Pick<Core, 'folders'>;

/** Where it lies. */
export function aboutFile({ folders }: Folders, dump: string): string {
  return join(folders.dumps, `${dump}.about`);
}

/** @param row as the ledger has it: what was said first stays there. @throws StationError `disk-full` */
export async function keepAbout(core: Folders, row: CopiedDump): Promise<void> {
  const { dump, name, source, typedUser, typedDevice, copiedAt } = row;
  const about: About = { name, source, typedUser, typedDevice, copiedAt };
  await onOwnDisk(replaceFile(aboutFile(core, dump), JSON.stringify(about)));
}

export async function aboutOf(core: Folders, dump: string): Promise<Partial<About>> {
  try {
    return JSON.parse(await readFile(aboutFile(core, dump), 'utf8')) as Partial<About>;
  } catch {
    return {};
  }
}

/** The copies that lie there, by their sha256. */
export async function copiesHere({ folders }: Folders): Promise<string[]> {
  const names = await readdir(folders.dumps).catch(() => []);
  return names.flatMap((name) => /^([0-9a-f]{64})\.dump$/.exec(name)?.[1] ?? []).sort();
}

/** Those of them that the ledger does not know. @param here of `copiesHere` */
export async function unknownCopies(
  core: Pick<Core, 'db' | 'folders'>,
  here?: readonly string[],
): Promise<string[]> {
  const known = new Set(keptDumps(core.db).map(({ dump }) => dump));
  return (here ?? (await copiesHere(core))).filter((dump) => !known.has(dump));
}

/** The sha256 by which a copy is named: of its bytes, and of a sealed bundle also of what signs them. */
export async function identityOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash, { end: false });
  const envelope = await readFile(`${file}.json`).catch(() => null);
  if (envelope !== null) hash.update(identityAfter(envelope));
  return hash.digest('hex');
}

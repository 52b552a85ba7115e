/**
 * Checks what the replica holds against what the ledger says of it, and writes to it once more what is missing: from
 * the safe copies of dumps, from the safe copies of what the station made, and from a store that was set aside. Only
 * what has exactly the content that the ledger names is ever written.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentDigest } from '../../../shared/derived-revisions.ts';
import type { DumpRecord } from '../../../shared/dump.ts';
import type { StoredContent } from '../../../shared/intake.ts';
import { StationError, type ErrorCode } from '../../../shared/errors.ts';
import { digest } from '../../host/digest.ts';
import { changeOfRecord } from '../../intake/facts.ts';
import { openDump } from '../../intake/formats/open.ts';
import { attachmentDigest, withOwnDigests } from '../../replica/documents.ts';
import { openLocalReplica } from '../../replica/local.ts';
import { independent } from '../../replica/waves.ts';
import { withSpares, type ReplicaWithSpares } from '../../replica/spares.ts';
import type { Replica, RevisionToStore, StoredRevision } from '../../replica/types.ts';
import type { Call } from '../rpc.ts';
import type { HeldRevision, Restored, StationCalls } from './calls.ts';
import { contentHere, revisionOf } from './records.ts';

/** Whole revisions with their attachments held at the same time. */
const AT_ONCE = 20;

const NO_TITLES: ReadonlyMap<string, string> = new Map();

/** The places in the list of those that the replica does not have, or has with other content. */
export async function wrongAmong(replica: Replica, revisions: readonly HeldRevision[]): Promise<number[]> {
  const wrong: number[] = [];
  for (let at = 0; at < revisions.length; at += AT_ONCE) {
    const some = revisions.slice(at, at + AT_ONCE);
    const found = await readSome(replica, some);
    for (const [n, one] of some.entries()) if (!isThat(found[n] ?? null, one.content)) wrong.push(at + n);
  }
  return wrong;
}

/** One that cannot be read keeps no other. */
async function readSome(
  replica: Replica,
  revisions: readonly HeldRevision[],
): Promise<(StoredRevision | null)[]> {
  try {
    return await replica.readAll(revisions);
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  const found: (StoredRevision | null)[] = [];
  for (const one of revisions) {
    const [stored = null] = await replica.readAll([one]).catch((error: unknown) => {
      if (isDamage(error)) return [null];
      throw error;
    });
    found.push(stored);
  }
  return found;
}

function isDamage(error: unknown): boolean {
  return (
    error instanceof StationError && (error.code === 'replica-damaged' || error.code === 'replica-failed')
  );
}

/** Whether it has this content, with the bytes of its attachments: PouchDB gives an empty file for one that is lost. */
export function isThat(stored: StoredRevision | null, content: string): boolean {
  if (stored === null) return false;
  for (const { data = '', digest: named } of Object.values(stored.attachments))
    if (attachmentDigest(Buffer.from(data, 'base64')) !== named) return false;
  return contentDigest(digest, stored.body, stored.deleted, stored.attachments) === content;
}

/** @throws StationError `cancelled`, or of the replica */
export async function restoreDump(
  { file, name }: { readonly file: string; readonly name: string },
  replica: ReplicaWithSpares,
  station: Call<StationCalls>,
  signal: AbortSignal,
): Promise<Restored> {
  const count = { read: 0, written: 0 };
  let failed: ErrorCode | null = null;
  try {
    const dump = await openDump(file, { name, signal });
    try {
      for await (const batch of dump.chunks) {
        unlessStopped(signal);
        const records = batch.items.filter((item): item is DumpRecord => item.kind !== 'problem');
        count.read += records.length;
        for (const part of lookedAt(records)) count.written += await writeRight(part, replica, station);
      }
    } finally {
      await dump.close();
    }
  } catch (error) {
    // What is wrong with the copy keeps nothing of the others; what is wrong with the replica does.
    if (error instanceof StationError && OWN_FAULTS.has(error.code)) throw error;
    failed = codeOf(error);
  }
  await replica.sync();
  return { ...count, failed };
}

function unlessStopped(signal: AbortSignal): void {
  if (signal.aborted) throw new StationError('cancelled');
}

/** Not the fault of the copy that is read. */
const OWN_FAULTS: ReadonlySet<ErrorCode> = new Set([
  'cancelled',
  'disk-full',
  'replica-failed',
  'replica-damaged',
  'ledger-damaged',
]);

function codeOf(error: unknown): ErrorCode {
  if (error instanceof StationError) return error.code;
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' ? 'copy-damaged' : 'internal';
}

interface Right {
  readonly content: string;
  readonly revision: RevisionToStore;
}

/** As the replica keeps them, in parts of which nothing hangs on anything else in it. */
function lookedAt(records: readonly DumpRecord[]): Right[][] {
  const looked = records
    .filter((record) => !(record.deleted && record.body['purged'] === true))
    .map((record) => {
      const change = changeOfRecord(record, digest, NO_TITLES);
      return { content: change.content, revision: revisionOf(record, change) };
    });
  return independent(looked, ({ revision }) => revision);
}

/** Writes those that the ledger knows with this very content. */
async function writeRight(
  looked: readonly Right[],
  replica: ReplicaWithSpares,
  station: Call<StationCalls>,
): Promise<number> {
  const rows = await station('known', {
    revisions: looked.map(({ revision: { id, rev } }) => ({ id, rev })),
  });
  const right = looked.flatMap(({ content, revision }, at) => {
    const contents = rows[at]?.contents ?? [];
    const known = contents.find((one) => one.content === content);
    if (known === undefined || known.retired) return [];
    const { aside, kept } = known;
    return [{ content, revision, aside, isBeside: contents.length > 1 && !kept }];
  });
  const found = await replica.lookup(right.map(({ revision }) => revision));
  const missing = right.flatMap((one, at) => {
    const standing = found[at];
    return standing === undefined || standing === 'known' ? [] : [{ ...one, standing }];
  });
  const here = right.filter((one, at) => found[at] === 'known' && one.isBeside);
  const kept = await keepBeside(here, replica, station);
  // What is set aside stays out of the trees, and a tree takes no body for an older version.
  const isSpare = (one: (typeof missing)[number]): boolean => one.aside || one.standing === 'ancestor';
  await replica.write(missing.filter((one) => !isSpare(one)).map(({ revision }) => revision));
  await replica.writeSpares(missing.filter(isSpare).map(({ revision }) => revision));
  return missing.length + kept;
}

/** The replica holds one content of a revision: where it is another one, the ledger keeps this. Answers how many. */
async function keepBeside(
  here: readonly { readonly content: string; readonly revision: RevisionToStore }[],
  replica: ReplicaWithSpares,
  station: Call<StationCalls>,
): Promise<number> {
  const contents: StoredContent[] = [];
  for (const { content, revision } of here) {
    const standing = await contentHere(replica, revision);
    if (standing === null || standing.content === content) continue;
    const { id, rev, deleted, body, attachments } = revision;
    contents.push({ id, rev, content, deleted, body, attachments });
  }
  if (contents.length > 0) await station('keep', { contents });
  return contents.length;
}

/** As `writeMadeCopy` of the station wrote them, one revision in a file. */
export interface MadeCopy extends Omit<RevisionToStore, 'attachments'> {
  readonly attachments: Readonly<
    Record<string, { readonly content_type: string; readonly digest: string; readonly data: string }>
  >;
}

/** @throws StationError `cancelled`, or of the replica */
export async function restoreMade(
  folder: string,
  replica: ReplicaWithSpares,
  station: Call<StationCalls>,
  signal: AbortSignal,
): Promise<Restored> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json'));
  let written = 0;
  let failed: ErrorCode | null = null;
  for (const name of names.sort()) {
    unlessStopped(signal);
    const revision = await readMade(join(folder, name));
    if (revision === null) {
      failed = 'copy-damaged';
      continue;
    }
    const { body, deleted, attachments } = revision;
    const content = contentDigest(digest, body, deleted, attachments);
    written += await writeRight([{ content, revision }], replica, station);
  }
  await replica.sync();
  return { read: names.length, written, failed };
}

async function readMade(file: string): Promise<RevisionToStore | null> {
  try {
    const made = JSON.parse(await readFile(file, 'utf8')) as MadeCopy;
    const attachments = Object.entries(made.attachments).map(
      ([name, { data, ...rest }]) => [name, { ...rest, data: Buffer.from(data, 'base64') }] as const,
    );
    return withOwnDigests({ ...made, attachments: Object.fromEntries(attachments) });
  } catch {
    return null;
  }
}

/** What an old store still has of these, by the same rules as from a copy. @throws StationError `cancelled`, or of the replica; a store that cannot be opened any more gives nothing */
export async function salvage(
  folder: string,
  revisions: readonly HeldRevision[],
  replica: ReplicaWithSpares,
  station: Call<StationCalls>,
  signal: AbortSignal,
): Promise<Restored> {
  let old: Replica;
  try {
    old = withSpares(await openLocalReplica(folder, { hopeless: 'refuse', careful: true }));
  } catch {
    return { read: 0, written: 0, failed: 'replica-damaged' };
  }
  let written = 0;
  try {
    for (let at = 0; at < revisions.length; at += AT_ONCE) {
      unlessStopped(signal);
      const some = revisions.slice(at, at + AT_ONCE);
      const found = await readSome(old, some);
      for (const [n, { content }] of some.entries()) {
        const stored = found[n] ?? null;
        if (stored === null || !isThat(stored, content)) continue;
        written += await writeRight([{ content, revision: toStore(stored) }], replica, station);
      }
    }
  } finally {
    await old.close();
  }
  await replica.sync();
  return { read: revisions.length, written, failed: null };
}

function toStore(stored: StoredRevision): RevisionToStore {
  const attachments = Object.entries(stored.attachments).map(
    ([name, file]) =>
      [
        name,
        {
          content_type: file.content_type,
          digest: file.digest,
          data: Buffer.from(file.data ?? '', 'base64'),
        },
      ] as const,
  );
  return { ...stored, attachments: Object.fromEntries(attachments) };
}

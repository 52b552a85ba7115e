/**
 * Writes straight into the store, in PouchDB's own layout, what PouchDB's merge takes too long for: documents that are
 * new here, which is most of a first import; documents with hundreds of conflicting versions (PouchDB compares each
 * branch with each, at every revision); histories longer than it keeps. What stands in the store afterwards is what
 * PouchDB would have put there, but for one thing: branches that share ancestors stay joined where PouchDB cuts them
 * apart. Held against PouchDB's public `bulkDocs` by test/replica/direct.test.ts and wide.test.ts.
 */
import { generationOf } from '../../shared/revisions.ts';
import { toPouch } from './documents.ts';
import { ATTACHMENT_BYTES, ATTACHMENTS, bodyKey, DOCUMENTS } from './keys.ts';
import type { StoreOperation } from './leveldown.ts';
import { addRevisions, leavesIn, metadataText, newTreeText, REVS_LIMIT, type Metadata } from './trees.ts';
import type { RevisionToStore } from './types.ts';

/** Up to so many leaves PouchDB's merge is quick. */
const LEAVES = 20;

/** What comes of one document, and what is there of it. */
export interface Coming {
  readonly before: Metadata | undefined;
  readonly revisions: readonly RevisionToStore[];
}

/** Whether it is written here; everything else is for PouchDB's merge. */
export function isDirect({ before, revisions }: Coming): boolean {
  if (before === undefined && revisions.length === 1) return true;
  if (revisions.some(({ history }) => history.length > REVS_LIMIT)) return true;
  return revisions.length + (before === undefined ? 0 : leavesIn(before.rev_tree)) > LEAVES;
}

export interface Direct {
  /** Bodies before the trees that name them. */
  readonly operations: StoreOperation[];
  /** The last number that a body has now. */
  readonly last: number;
  /** By how many documents there are more that are not deleted; may be less than nothing. */
  readonly more: number;
}

/** @param last the last number that a body has. `read`: values of keys, as texts */
export async function directOperations(
  documents: readonly Coming[],
  last: number,
  read: (keys: string[]) => Promise<(string | undefined)[]>,
): Promise<Direct> {
  const operations: StoreOperation[] = [];
  const trees: StoreOperation[] = [];
  const brought: RevisionToStore[] = [];
  let more = 0;
  for (const { before, revisions } of documents) {
    const [first] = revisions;
    if (first === undefined) continue;
    if (before === undefined && revisions.length === 1) {
      last += 1;
      operations.push({ type: 'put', key: bodyKey(last), value: JSON.stringify(bodyOf(first)) });
      trees.push({ type: 'put', key: DOCUMENTS + first.id, value: newTreeText(first, last) });
      more += Number(!first.deleted);
      brought.push(first);
      continue;
    }
    const { added, ...tree } = addRevisions(before?.rev_tree ?? [], revisions);
    const numbers = { ...before?.rev_map };
    for (const revision of added) {
      last += 1;
      numbers[revision.rev] = last;
      operations.push({ type: 'put', key: bodyKey(last), value: JSON.stringify(bodyOf(revision)) });
    }
    more += Number(!tree.deleted) - Number(before !== undefined && !before.deleted);
    const rev = added.at(-1)?.rev ?? before?.rev ?? first.rev;
    const seq = added.length > 0 ? last : (before?.seq ?? last);
    const after: Metadata = { ...before, id: first.id, ...tree, rev_map: numbers, rev, seq };
    trees.push({ type: 'put', key: DOCUMENTS + first.id, value: metadataText(after) });
    brought.push(...added);
  }
  operations.push(...(await attachmentOperations(brought, read)), ...trees);
  return { operations, last, more };
}

/** As PouchDB keeps it under its number: attachments by digest and length. */
function bodyOf(revision: RevisionToStore): Record<string, unknown> {
  const { _revisions: _, _attachments: __, ...body } = toPouch(revision);
  const files = Object.entries(revision.attachments).map(([name, { content_type, digest, data }]) => [
    name,
    { content_type, digest, length: data.length, revpos: generationOf(revision.rev) },
  ]);
  return files.length === 0 ? body : { ...body, _attachments: Object.fromEntries(files) };
}

/** The bytes of attachments that are not there yet, and for each who has it. */
async function attachmentOperations(
  revisions: readonly RevisionToStore[],
  read: (keys: string[]) => Promise<(string | undefined)[]>,
): Promise<StoreOperation[]> {
  const files = revisions.flatMap(({ id, rev, attachments }) =>
    Object.values(attachments).map(({ digest, data }) => ({ of: `${id}@${rev}`, digest, data })),
  );
  if (files.length === 0) return [];
  const digests = [...new Set(files.map(({ digest }) => digest))];
  const found = await read(digests.map((digest) => ATTACHMENTS + digest));
  const operations: StoreOperation[] = [];
  const users = new Map<string, Record<string, boolean>>();
  for (const [at, digest] of digests.entries()) {
    const text = found[at];
    users.set(digest, text === undefined ? {} : (JSON.parse(text) as { refs: Record<string, boolean> }).refs);
    const bytes = text === undefined ? files.find((file) => file.digest === digest)?.data : undefined;
    if (bytes !== undefined && bytes.length > 0)
      operations.push({ type: 'put', key: ATTACHMENT_BYTES + digest, value: Buffer.from(bytes) });
  }
  for (const { of, digest } of files) Object.assign(users.get(digest) ?? {}, { [of]: true });
  for (const [digest, refs] of users)
    operations.push({ type: 'put', key: ATTACHMENTS + digest, value: JSON.stringify({ refs }) });
  return operations;
}

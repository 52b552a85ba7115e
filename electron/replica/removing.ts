/** Removes documents straight from the store, in PouchDB's own layout: tree, bodies, and attachments that nothing else has. */
import { ATTACHMENT_BYTES, ATTACHMENTS, bodyKey, DOCUMENTS } from './keys.ts';
import type { StoreOperation } from './leveldown.ts';
import type { Metadata } from './trees.ts';

export interface Removal {
  readonly operations: StoreOperation[];
  /** How many of the documents are not deleted ones. */
  readonly less: number;
}

/** @param read values of keys, as texts */
export async function removalOf(
  documents: readonly Metadata[],
  read: (keys: string[]) => Promise<(string | undefined)[]>,
): Promise<Removal> {
  const operations: StoreOperation[] = [];
  const keys = documents.flatMap(({ rev_map: numbers }) => Object.values(numbers).map(bodyKey));
  const bodies = await read(keys);
  const revisions = documents.flatMap(({ id, rev_map: numbers }) =>
    Object.keys(numbers).map((rev) => `${id}@${rev}`),
  );
  /** Who of those that go has an attachment, by its digest. */
  const users = new Map<string, Set<string>>();
  for (const [at, body] of bodies.entries()) {
    const { _attachments: files = {} } = JSON.parse(body ?? '{}') as {
      _attachments?: Record<string, { digest: string }>;
    };
    for (const { digest } of Object.values(files))
      users.set(digest, (users.get(digest) ?? new Set()).add(revisions[at] ?? ''));
  }
  const digests = [...users.keys()];
  const found = await read(digests.map((digest) => ATTACHMENTS + digest));
  for (const [at, digest] of digests.entries()) {
    const text = found[at];
    if (text === undefined) continue;
    const { refs } = JSON.parse(text) as { refs: Record<string, boolean> };
    const left = Object.entries(refs).filter(([of]) => users.get(digest)?.has(of) !== true);
    if (left.length > 0) {
      const value = JSON.stringify({ refs: Object.fromEntries(left) });
      operations.push({ type: 'put', key: ATTACHMENTS + digest, value });
      continue;
    }
    operations.push(
      { type: 'del', key: ATTACHMENTS + digest },
      { type: 'del', key: ATTACHMENT_BYTES + digest },
    );
  }
  for (const { id } of documents) operations.push({ type: 'del', key: DOCUMENTS + id });
  for (const key of keys) operations.push({ type: 'del', key });
  return { operations, less: documents.filter(({ deleted }) => !deleted).length };
}

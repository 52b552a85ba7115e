/** Revisions and replicas for the tests of the replica. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import PouchDB from 'pouchdb-node';
import type { RevisionToStore } from '../../electron/replica/types.ts';

/** A revision id of the right length from a readable name: `rev(2, 'b')`. */
export function rev(generation: number, name: string): string {
  return `${generation}-${createHash('md5').update(name).digest('hex')}`;
}

/** The history `3-c, 2-b, 1-a` from `chain('abc')`, newest first. */
export function chain(names: string): string[] {
  return Array.from(names, (_, at) => rev(at + 1, names.slice(0, at + 1))).reverse();
}

export function revision(
  id: string,
  history: readonly string[],
  more: Partial<Pick<RevisionToStore, 'deleted' | 'body' | 'attachments'>> = {},
): RevisionToStore {
  return {
    id,
    rev: history[0] ?? '',
    history,
    deleted: false,
    body: { of: history[0] },
    attachments: {},
    ...more,
  };
}

export function photo(text: string): RevisionToStore['attachments'][string] {
  const data = Buffer.from(text);
  return {
    content_type: 'image/jpeg',
    data,
    digest: `md5-${createHash('md5').update(data).digest('base64')}`,
  };
}

/** A folder that is gone after the test. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'station-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Everything a reader could see of a database: every leaf with its `_revisions`, winners, conflicts, counts. */
export async function imageOf(name: string): Promise<unknown> {
  const pouch = new PouchDB(name, { adapter: 'leveldb' });
  try {
    const all = await pouch.allDocs({ include_docs: true, conflicts: true, attachments: true });
    const changes = await (
      pouch as unknown as { changes: (o: object) => Promise<{ results: { id: string }[] }> }
    ).changes({
      style: 'all_docs',
    });
    const leaves: Record<string, unknown> = {};
    for (const { id } of changes.results.sort((a, b) => (a.id < b.id ? -1 : 1))) {
      const found = (await pouch.get(id, { open_revs: 'all', revs: true, attachments: true })) as unknown as {
        ok: { _rev: string };
      }[];
      leaves[id] = found.map((entry) => entry.ok).sort((a, b) => (a._rev < b._rev ? -1 : 1));
    }
    // Conflicts are a set: PouchDB names them in the order of its tree.
    for (const { doc } of all.rows) (doc?.['_conflicts'] as string[] | undefined)?.sort();
    return { total: all.total_rows, rows: all.rows, leaves };
  } finally {
    await pouch.close();
  }
}

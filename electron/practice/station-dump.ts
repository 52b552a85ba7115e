/**
 * Writes the `station` format, version 1 (docs/formats.md): NDJSON with a manifest, one line per leaf
 * revision in change order, and an end line whose sha256 covers every byte before it.
 */
import { createHash } from 'node:crypto';
import type { Database } from './pouch.ts';
import { revisionTree } from './pouch.ts';
import { leavesOf } from './revision-tree.ts';

export interface Manifest {
  readonly user: string;
  readonly userContactId?: string;
  readonly facilityId?: string;
  readonly device: string;
  readonly app?: { readonly cht?: string; readonly android?: string; readonly pouchdb?: string };
  readonly server: string;
  readonly database: string;
  /** ISO 8601. */
  readonly exportedAt: string;
  readonly lastReplicatedSeq?: string;
}

/**
 * The dump of a phone's database: every leaf, deletions and losing leaves included, whose document changed
 * after `since` (a sequence of the phone; 0, the default, is everything).
 */
export async function exportStationDump(
  db: Database,
  manifest: Manifest,
  { since = 0 }: { since?: number } = {},
): Promise<Buffer> {
  const first = { format: 'station', version: 1, ...manifest, since: String(since) };
  const lines = [JSON.stringify(first)];
  let docs = 0;
  let attachments = 0;
  const { results } = await db.changes({ since, style: 'all_docs' });
  for (const { id } of results) {
    const leaves = leavesOf(await revisionTree(db, id));
    for (const { rev } of leaves.sort((a, b) => a.generation - b.generation)) {
      const doc = await db.get(id, { rev, revs: true, attachments: true });
      docs += 1;
      attachments += Object.keys(doc._attachments ?? {}).length;
      lines.push(JSON.stringify({ doc }));
    }
  }
  const before = Buffer.from(`${lines.join('\n')}\n`);
  const sha256 = createHash('sha256').update(before).digest('hex');
  const end = { end: { docs, attachments, bytes: before.length, sha256 } };
  return Buffer.concat([before, Buffer.from(`${JSON.stringify(end)}\n`)]);
}

/** `cht-<server host>-<user>-<yyyymmddThhmmssZ>.chtdump` */
export function stationDumpName({ server, user, exportedAt }: Manifest): string {
  const time = `${exportedAt.slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  return `cht-${new URL(server).hostname}-${user}-${time}.chtdump`;
}

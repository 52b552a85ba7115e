/** Brings the baseline of some documents up to date, and with it the classes of their changes. */
import { digest } from '../../host/digest.ts';
import { isForked, recordServerBody, recordServerDocuments, serverBody } from '../../ledger/baseline.ts';
import { revisionsToAsk } from '../../ledger/changes.ts';
import { isContentHere, isNotCompared, recordServerContent } from '../../ledger/contents.ts';
import { flagContradictions } from '../../ledger/contradiction-flags.ts';
import { setSetting } from '../../ledger/settings.ts';
import { askServer, type AskedContent, type RevisionServer } from '../../review/ask-server.ts';
import { classDocuments, classWithJoins } from '../review/reclassify.ts';
import type { Core } from '../core.ts';

/**
 * Asks about documents and brings their classes up to date: of all of them, or only where the server's side is not
 * what it was. Answers how many leaves the server hid.
 * @param beside revisions of these documents that are asked about although they are not here
 */
export async function refreshDocuments(
  core: Core,
  server: RevisionServer,
  ids: readonly string[],
  toClass: 'all' | 'moved' = 'all',
  beside: ReadonlyMap<string, readonly string[]> = new Map(),
): Promise<number> {
  const revisions = new Map<string, string[]>();
  for (const { id, rev } of revisionsToAsk(core.db, ids)) {
    const revs = revisions.get(id);
    if (revs === undefined) revisions.set(id, [rev]);
    else revs.push(rev);
  }
  for (const [id, revs] of beside) revisions.set(id, [...new Set([...(revisions.get(id) ?? []), ...revs])]);
  // What has several versions there is asked about even if nothing of ours matters any more.
  for (const id of ids) if (!revisions.has(id) && isForked(core.db, id)) revisions.set(id, []);
  if (revisions.size === 0) return 0;
  const asked = await askServer(
    server,
    revisions,
    digest,
    (id, rev) => serverBody(core.db, id, rev),
    (id, rev) => isNotCompared(core.db, id, rev),
  );
  const at = core.now();
  // What a power cut takes of it is asked again.
  core.db.step(() => {
    // From here on what is known of this server must not be taken for what is known of another.
    setSetting(core.db, 'server.used', 'yes');
    for (const body of asked.bodies) recordServerBody(core.db, body, at);
    const others = recordContents(core, asked.contents, at);
    const moved = recordServerDocuments(core.db, asked.documents, at);
    const toBeClassed = (toClass === 'moved' ? moved : asked.documents).map((document) => document.id);
    classDocuments(core, new Set([...toBeClassed, ...others]));
    flagContradictions(core.db, others);
  });
  await classWithJoins(core, ids);
  return asked.hidden;
}

/** What the server holds under revisions that are here too. Answers the documents of which it holds another content. */
function recordContents(core: Core, contents: readonly AskedContent[], at: string): string[] {
  const others: string[] = [];
  for (const found of contents) {
    recordServerContent(core.db, found, at);
    if (isContentHere(core.db, found, found.content)) continue;
    others.push(found.id);
    // To be shown beside what is here.
    if (found.body !== undefined) recordServerBody(core.db, found.body, at);
  }
  return others;
}

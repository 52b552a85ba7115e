/** Brings the baseline of some documents up to date, and with it the classes of their changes. */
import { digest } from '../digest.ts';
import { noteServerBody, noteServerDocument, serverBody } from '../ledger/baseline.ts';
import { text } from '../ledger/database.ts';
import { setSetting } from '../ledger/settings.ts';
import { askServer, type RevisionServer } from '../review/ask-server.ts';
import { classDocuments } from './classing.ts';
import type { Core } from './core.ts';

/** Asks about documents and brings their classes up to date. Answers how many leaves the server hid. */
export async function refreshDocuments(
  core: Core,
  server: RevisionServer,
  ids: readonly string[],
): Promise<number> {
  const revisions = new Map<string, string[]>();
  for (const id of ids) {
    const rows = core.db.all(
      `SELECT rev FROM changes WHERE id = ? AND state NOT IN ('superseded') AND class NOT IN ('broken', 'never-sent')`,
      id,
    );
    if (rows.length > 0)
      revisions.set(
        id,
        rows.map((row) => text(row, 'rev')),
      );
  }
  if (revisions.size === 0) return 0;
  const asked = await askServer(server, revisions, digest, (id, rev) => serverBody(core.db, id, rev));
  const at = core.now();
  core.db.transaction(() => {
    // From here on what is known of this server must not be taken for what is known of another.
    setSetting(core.db, 'server.used', 'yes');
    for (const body of asked.bodies) noteServerBody(core.db, body, at);
    for (const document of asked.documents) noteServerDocument(core.db, { ...document, askedAt: at });
    classDocuments(
      core,
      asked.documents.map((document) => document.id),
    );
  });
  return asked.hidden;
}

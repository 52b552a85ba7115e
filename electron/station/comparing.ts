/** Looks at the server's side of what is here, and keeps it as the baseline. */
import type { JobEnd } from '../../shared/contract.ts';
import { StationError } from '../../shared/errors.ts';
import { digest } from '../digest.ts';
import { audit } from '../ledger/audit.ts';
import { noteServerBody, noteServerDocument, serverBody } from '../ledger/baseline.ts';
import { noteCompared } from '../ledger/batches.ts';
import { text } from '../ledger/database.ts';
import { setSetting } from '../ledger/settings.ts';
import { askServer, type RevisionServer } from '../review/ask-server.ts';
import { ChtClient } from '../upload/client.ts';
import { classDocuments } from './classing.ts';
import type { Core } from './core.ts';
import type { JobHandle } from './jobs.ts';
import { serverUrl } from './server.ts';

/** `_revs_diff` answers quickly for many; the bodies it makes necessary are few. */
const AT_ONCE = 500;

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
    for (const body of asked.bodies) noteServerBody(core.db, body, at);
    for (const document of asked.documents) noteServerDocument(core.db, { ...document, askedAt: at });
    classDocuments(
      core,
      asked.documents.map((document) => document.id),
    );
  });
  return asked.hidden;
}

/** Every document that may still be sent, or that the server is said to have. */
function documentsToCompare(core: Core): string[] {
  return core.db
    .all(
      `SELECT DISTINCT id FROM changes WHERE state IN ('open', 'approved', 'held', 'sent')
       AND class NOT IN ('broken', 'never-sent') ORDER BY id`,
    )
    .map((row) => text(row, 'id'));
}

export async function compare(core: Core, job: JobHandle, user: string, password: string): Promise<JobEnd> {
  job.progress({ step: 'sign-in', unit: 'documents' });
  const client = await ChtClient.signIn(user, password, {
    url: serverUrl(core),
    fetch: core.fetch,
    signal: job.signal,
  });
  try {
    const ids = documentsToCompare(core);
    let hidden = 0;
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      if (job.signal.aborted) throw new StationError('cancelled');
      job.progress({ step: 'ask', done: at, total: ids.length });
      hidden += await refreshDocuments(core, client, ids.slice(at, at + AT_ONCE));
    }
    const now = core.now();
    core.db.transaction(() => {
      noteCompared(core.db, now);
      setSetting(core.db, 'server.comparedAt', now);
      audit(core.db, { person: core.person, at: now }, 'compared', {
        detail: { as: user, documents: ids.length, hidden },
      });
    });
    core.changed('batches', 'conflicts', 'outbox', 'server');
    return { kind: 'compared', checked: ids.length, hidden };
  } finally {
    await client.signOut();
  }
}

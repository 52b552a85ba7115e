/** The upload as a job: sign in, send what is approved in the right order, prove it, write down what came of it. */
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { JobEnd } from '../../shared/contract.ts';
import { orderForSending } from '../../shared/documents.ts';
import { StationError } from '../../shared/errors.ts';
import { ORDINARY_CLASSES, SPECIAL_CLASSES, type ChangeClass } from '../../shared/review.ts';
import { toRevisions } from '../../shared/revisions.ts';
import type { UploadResult } from '../../shared/upload.ts';
import { audit } from '../ledger/audit.ts';
import { serverDocument } from '../ledger/baseline.ts';
import { findChange, type Change } from '../ledger/changes.ts';
import { json } from '../ledger/database.ts';
import { setSetting } from '../ledger/settings.ts';
import {
  addUpload,
  changesToSend,
  endUpload,
  noteAccepted,
  noteFailed,
  noteLapsed,
  noteRefused,
  noteSameContent,
  noteSent,
  uploadResult,
} from '../ledger/uploads.ts';
import { ChtClient } from '../upload/client.ts';
import { sendAll, type SenderParts, type Verdict } from '../upload/sender.ts';
import { refreshDocuments } from './comparing.ts';
import type { Core } from './core.ts';
import type { JobHandle } from './jobs.ts';
import { serverUrl } from './server.ts';

export interface UploadRequest {
  readonly user: string;
  readonly password: string;
  readonly batches?: readonly string[] | undefined;
}

export async function runUpload(core: Core, job: JobHandle, request: UploadRequest): Promise<JobEnd> {
  const url = serverUrl(core);
  job.progress({ step: 'sign-in', unit: 'documents' });
  const client = await ChtClient.signIn(request.user, request.password, {
    url,
    fetch: core.fetch,
    signal: job.signal,
  });
  const id = `${core.now().replaceAll(/[-:.]/g, '')}-${randomUUID().slice(0, 8)}`;
  const begun = performance.now();
  core.db.transaction(() => {
    setSetting(core.db, 'server.used', 'yes');
    addUpload(core.db, { upload: id, user: request.user, server: url, startedAt: core.now() });
  });
  let failure: StationError | null = null;
  try {
    const changes = changesToSend(core.db, request.batches);
    const parts = partsFor(core, job, id, client, changes.length);
    const waiting = await sendAll(
      orderForSending(changes.filter((change) => change.origin !== 'closing')),
      parts,
    );
    // Losing branches are closed last: only once the server is proven to hold what was kept.
    await sendAll([...waiting, ...changes.filter((change) => change.origin === 'closing')], parts);
  } catch (error) {
    failure = error instanceof StationError ? error : new StationError('internal', undefined, error);
    core.log(
      `upload ended early: ${failure.code}${failure.cause instanceof Error ? ` (${failure.cause.message})` : ''}`,
    );
  }
  const seconds = (performance.now() - begun) / 1000;
  endUpload(core.db, id, { outcome: 'running', error: failure?.code ?? null, at: core.now(), seconds });
  const outcome = outcomeOf(uploadResult(core.db, id), failure);
  endUpload(core.db, id, { outcome, error: failure?.code ?? null, at: core.now(), seconds });
  const result = uploadResult(core.db, id);
  audit(core.db, { person: core.person, at: core.now() }, 'uploaded', {
    detail: {
      upload: id,
      as: request.user,
      outcome,
      sent: result.sent,
      accepted: result.accepted,
      already: result.already,
      refused: result.refused.length,
      failed: result.failed.length,
      lapsed: result.lapsed.length,
    },
  });
  core.changed('outbox', 'batches', 'conflicts');
  await client.signOut();
  return { kind: 'uploaded', upload: result };
}

function outcomeOf(result: UploadResult, failure: StationError | null): UploadResult['outcome'] {
  if (failure?.code === 'cancelled') return 'stopped';
  const some = result.accepted + result.already > 0;
  if (failure !== null) return some ? 'partly' : 'failed';
  return result.refused.length + result.failed.length + result.lapsed.length > 0 ? 'partly' : 'done';
}

function partsFor(
  core: Core,
  job: JobHandle,
  upload: string,
  client: ChtClient,
  total: number,
): SenderParts<Change> {
  const { db } = core;
  const counts = { accepted: 0, already: 0, refused: 0 };
  return {
    client,
    signal: job.signal,
    check: async (items) => {
      await refreshDocuments(core, client, [...new Set(items.map((item) => item.id))]);
      return items.map((item) => verdictOn(core, item));
    },
    load: async (item) => {
      const stored = await core.replica.call('read', { id: item.id, rev: item.rev, attachments: 'bytes' });
      if (stored === null) return null;
      const { body, history, deleted, attachments } = stored;
      return JSON.stringify({
        ...body,
        _id: item.id,
        _rev: item.rev,
        _revisions: toRevisions(history),
        ...(deleted ? { _deleted: true } : {}),
        ...(Object.keys(attachments).length > 0 ? { _attachments: attachments } : {}),
      });
    },
    noteSent: (items, bytes) => noteSent(db, upload, items, bytes, core.now()),
    noteAccepted: (items, already) => {
      counts[already ? 'already' : 'accepted'] += items.length;
      noteAccepted(db, upload, items, already, core.now());
    },
    noteSameContent: (item) => {
      counts.already += 1;
      noteSameContent(db, upload, item, core.now());
    },
    noteRefused: (item, reason) => {
      counts.refused += 1;
      noteRefused(db, upload, item, reason, core.now());
    },
    noteFailed: (items, reason) => noteFailed(db, upload, items, reason, core.now()),
    noteLapsed: (item, reason) => noteLapsed(db, upload, item, reason, core.now()),
    onProgress: (step, done) => {
      job.progress({ step, done, total, counts: { ...counts } });
      core.changed('outbox');
    },
  };
}

/** What is to become of an approved change, now that the server's side was looked at again. */
function verdictOn(core: Core, item: Change): Verdict {
  const change = findChange(core.db, item.id, item.rev);
  if (change === undefined || (change.state !== 'approved' && change.state !== 'sent')) {
    return { kind: 'lapsed', reason: 'newer-arrived' };
  }
  const known = serverDocument(core.db, item.id);
  if (known?.has.includes(item.rev) === true) return { kind: 'has-it' };
  if (change.resolution !== null)
    return verdictOnSettled(core, change, known?.leaves.map((leaf) => leaf.rev) ?? []);
  if (change.class === 'same') return { kind: 'same-content' };
  return isWhatWasApproved(change.approvedClass, change.class)
    ? { kind: 'send' }
    : { kind: 'lapsed', reason: 'server-moved' };
}

/** Ordinary stays ordinary; anything odd must be the very thing a person looked at. */
function isWhatWasApproved(approved: ChangeClass | null, now: ChangeClass): boolean {
  if (approved === now) return true;
  const wasOrdinary = approved === 'unchecked' || (approved !== null && ORDINARY_CLASSES.includes(approved));
  if (ORDINARY_CLASSES.includes(now))
    return wasOrdinary || (approved !== null && SPECIAL_CLASSES.includes(approved));
  return false;
}

/**
 * A settled conflict holds only for the leaves that were looked at. Losing branches wait until what was
 * kept is proven: closing the server's version first could leave it with nothing.
 */
function verdictOnSettled(core: Core, change: Change, leaves: readonly string[]): Verdict {
  // What was looked at, what the decision made, and everything these grew out of.
  const seen = new Set(change.seen);
  for (const row of core.db.all('SELECT rev, history FROM changes WHERE resolution = ?', change.resolution)) {
    for (const rev of json<string[]>(row, 'history')) seen.add(rev);
  }
  const kept = change.keeps === null ? undefined : findChange(core.db, change.id, change.keeps);
  const keptIsProven =
    change.keeps !== null &&
    (leaves.includes(change.keeps) || kept?.state === 'accepted' || kept === undefined);
  if (change.origin === 'closing') {
    if (kept !== undefined && kept.state === 'open') return { kind: 'lapsed', reason: 'server-moved' };
    if (!keptIsProven) return { kind: 'waits' };
  }
  return leaves.every((leaf) => seen.has(leaf))
    ? { kind: 'send' }
    : { kind: 'lapsed', reason: 'server-moved' };
}

/** Revisions that settling a conflict makes: a merge, the chosen version on top of the winner, a closed branch. */
import { reportedAtOf, kindOf, labelOf, needsOf, shortCodeOf } from '../../../shared/documents.ts';
import { findFactsOf } from '../../../shared/finding.ts';
import type { AttachmentData } from '../../../shared/dump.ts';
import { StationError } from '../../../shared/errors.ts';
import type { NewChange } from '../../../shared/intake.ts';
import { contentDigest, madeRevision } from '../../../shared/derived-revisions.ts';
import { digest } from '../../host/digest.ts';
import { serverBody } from '../../ledger/baseline.ts';
import type { RevisionToStore, StoredRevision } from '../../replica/types.ts';
import type { Core } from '../core.ts';

export interface Made {
  readonly change: NewChange;
  readonly revision: RevisionToStore;
}

/** The sides of a conflict by their revision, with the bytes of attachments; one that the server hides is not there. */
type Versions = ReadonlyMap<string, StoredRevision>;

/**
 * A merge of fields, on top of the winner: every phone shows it, whichever side it has. It has the attachments of
 * every side, because it must not take a picture away.
 * @throws StationError `not-found`: the server hides the winner; `attachment-not-here`: see `attachmentsOf`
 */
export function mergedRevision(
  core: Core,
  winner: string,
  versions: Versions,
  merged: Readonly<Record<string, unknown>>,
): Made {
  const base = versions.get(winner);
  if (base === undefined) throw new StationError('not-found');
  const body = Object.fromEntries(Object.entries(merged).filter(([field]) => !field.startsWith('_')));
  // Those of the winner come first where two have one name.
  const attachments: Record<string, AttachmentData> = {};
  for (const version of [base, ...versions.values()])
    for (const [name, file] of Object.entries(attachmentsOf(core, version, versions)))
      attachments[name] ??= file;
  return madeFrom(base, body, attachments, 'merge');
}

/**
 * The chosen version once more, on top of the winner. The app asks the server for winners only (CHT's
 * `replication.service.ts`): a phone that has the winning side would never hear that it was closed, and show it for ever.
 * `null`: the server has the chosen version or the winner, and not all of it was shown to us.
 */
export function liftedRevision(core: Core, chosen: string, winner: string, versions: Versions): Made | null {
  const version = versions.get(chosen);
  const base = versions.get(winner);
  if (version === undefined || base === undefined) return null;
  try {
    return madeFrom(base, version.body, attachmentsOf(core, version, versions), 'merge');
  } catch (error) {
    if (error instanceof StationError && error.code === 'attachment-not-here') return null;
    throw error;
  }
}

/**
 * What joining a change with the server's version made, on top of whichever of the two wins. `files`: the
 * attachments with their bytes.
 */
export function joinedRevision(
  winner: StoredRevision,
  body: Readonly<Record<string, unknown>>,
  files: Readonly<Record<string, AttachmentData>>,
): Made {
  const fields = Object.fromEntries(Object.entries(body).filter(([field]) => !field.startsWith('_')));
  return madeFrom(winner, fields, files, 'merge');
}

/**
 * As `joinedRevision`, with the bytes that are here.
 * @throws StationError `not-found`: the server hides the winner; `attachment-not-here`: the server has one whose bytes
 *   no dump brought
 */
export function joinedOf(winner: string, versions: Versions, body: Readonly<Record<string, unknown>>): Made {
  const base = versions.get(winner);
  if (base === undefined) throw new StationError('not-found');
  const here = [...versions.values()].flatMap((one) => Object.values(bytesOf(one)));
  const files: [string, AttachmentData][] = [];
  for (const [name, file] of Object.entries(
    (body['_attachments'] ?? {}) as Record<string, { digest?: unknown }>,
  )) {
    const found = here.find((one) => one.digest === file.digest);
    if (found === undefined) throw new StationError('attachment-not-here');
    files.push([name, found]);
  }
  return joinedRevision(base, body, Object.fromEntries(files));
}

/** A deletion on top of a side that was not chosen. It keeps its body, or the server refuses it (docs/cht.md §2.2). */
export function closingRevision(version: StoredRevision): Made {
  return madeFrom(version, version.body, {}, 'closing');
}

/**
 * The attachments of one side.
 * @throws StationError `attachment-not-here`: the server has one whose bytes no dump brought
 */
function attachmentsOf(
  core: Core,
  version: StoredRevision,
  versions: Versions,
): Record<string, AttachmentData> {
  const all: Record<string, AttachmentData> = {};
  const here = [...versions.values()].flatMap((one) => Object.values(bytesOf(one)));
  const named = serverBody(core.db, version.id, version.rev)?.attachments ?? {};
  for (const [name, file] of Object.entries(named)) {
    const { digest: wanted } = file as { readonly digest?: unknown };
    const found = here.find((one) => one.digest === wanted);
    if (found === undefined) throw new StationError('attachment-not-here');
    all[name] = found;
  }
  for (const [name, file] of Object.entries(bytesOf(version))) all[name] ??= file;
  return all;
}

/** A child of `parent`. */
function madeFrom(
  parent: StoredRevision,
  body: Readonly<Record<string, unknown>>,
  attachments: Readonly<Record<string, AttachmentData>>,
  origin: 'closing' | 'merge',
): Made {
  const { id } = parent;
  const deleted = origin === 'closing';
  const content = contentDigest(digest, body, deleted, attachments);
  const rev = madeRevision(digest, parent.rev, content);
  const history = [rev, ...parent.history];
  return {
    revision: { id, rev, history, deleted, body, attachments },
    change: {
      id,
      rev,
      ordinal: null,
      origin,
      history,
      madeHere: false,
      deleted,
      neverSent: null,
      kind: kindOf(id, body, deleted),
      label: labelOf(id, body),
      form: typeof body['form'] === 'string' ? body['form'] : null,
      reportedAt: reportedAtOf(body),
      authorUser: null,
      authorContact: null,
      needs: needsOf(id, body),
      code: shortCodeOf(id, body, deleted),
      finds: findFactsOf(id, body, deleted),
      content,
      bytes: 0,
      attachments: Object.keys(attachments).length,
    },
  };
}

function bytesOf(version: StoredRevision): Record<string, AttachmentData> {
  const attachments: Record<string, AttachmentData> = {};
  for (const [name, stored] of Object.entries(version.attachments)) {
    if (stored.data === undefined) continue;
    attachments[name] = {
      content_type: stored.content_type,
      digest: stored.digest,
      data: Buffer.from(stored.data, 'base64'),
    };
  }
  return attachments;
}

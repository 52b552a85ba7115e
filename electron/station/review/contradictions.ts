/**
 * One revision with several contents: all of them side by side, and the choice of the true one. Nothing of it is sent
 * before a person chose; the station proposes, and never chooses by itself.
 */
import { contentDigest, madeRevision } from '../../../shared/derived-revisions.ts';
import {
  proposedSide,
  type ContentChosen,
  type ContentSide,
  type ContradictionDetail,
} from '../../../shared/contradictions.ts';
import { fieldsThatDiffer } from '../../../shared/difference.ts';
import type { AttachmentData } from '../../../shared/dump.ts';
import { StationError } from '../../../shared/errors.ts';
import { revisionOf } from '../../../shared/revision-names.ts';
import { ASIDE_REASONS } from '../../../shared/set-aside.ts';
import { isOneOf, UNSENT_STATES } from '../../../shared/states.ts';
import { digest } from '../../host/digest.ts';
import { audit } from '../../ledger/audit.ts';
import { serverBody, type ServerBody } from '../../ledger/baseline.ts';
import { addChange } from '../../ledger/changes.ts';
import {
  closeContent,
  contradictedRevision,
  openAgain,
  openContent,
  rowsOfRevision,
  type ContentRow,
} from '../../ledger/choosing.ts';
import { bringersOf, serverContents } from '../../ledger/contents.ts';
import { flagContradictions } from '../../ledger/contradiction-flags.ts';
import type { DecisionMaker } from '../../ledger/keys.ts';
import { takePlainName } from '../../ledger/second-contents.ts';
import { beginDecision } from '../../ledger/deciding.ts';
import type { RevisionToStore, StoredRevision } from '../../replica/types.ts';
import type { Core } from '../core.ts';
import { missingBody } from '../health/store.ts';
import { serverWinner } from './detail.ts';
import { classDocuments } from './reclassify.ts';
import { readVersion } from './versions.ts';
import { writeMade } from './write-made.ts';

/** The contents among which somebody has to choose. */
interface Sides {
  readonly id: string;
  readonly rev: string;
  /** What dumps brought, without what is not for this server or was not chosen before. */
  readonly rows: readonly ContentRow[];
  /** What the server holds under the revision, where that is known and is none of the rows. */
  readonly server: ServerBody | null;
  /** What the server holds, whoever else has it; `null`: it is not known to hold the revision. */
  readonly atServer: string | null;
}

/** @throws StationError `not-found`: no such document, `nothing-to-decide`: nothing of it is contradicted */
function sidesOf(core: Core, id: string, named: string | undefined): Sides {
  const { db } = core;
  const rev = named === undefined ? contradictedRevision(db, id) : revisionOf(named);
  if (rev === undefined) throw new StationError('nothing-to-decide');
  const all = rowsOfRevision(db, id, rev);
  if (all.length === 0) throw new StationError('not-found');
  const rows = all.filter(
    (row) =>
      !isOneOf(ASIDE_REASONS, row.neverSent ?? '') &&
      !(row.state === 'closed' && row.reason === 'not-chosen'),
  );
  if (!rows.some((row) => row.class === 'contradiction' && isOneOf(UNSENT_STATES, row.state)))
    throw new StationError('nothing-to-decide');
  const delivered = rows.find((row) => row.state === 'accepted')?.content;
  const atServer = serverContents(db, id).get(rev) ?? delivered ?? null;
  const isElsewhere = atServer !== null && !rows.some((row) => row.content === atServer);
  return { id, rev, rows, atServer, server: isElsewhere ? (serverBody(db, id, rev) ?? null) : null };
}

/** It was given to the server, and nobody has seen yet what the server holds. */
function isUnproven({ atServer }: Pick<Sides, 'atServer'>, { state }: ContentRow): boolean {
  return state === 'sent' && atServer === null;
}

/** @throws StationError `not-found`, `nothing-to-decide` */
export async function contradictionDetail(
  core: Core,
  id: string,
  named: string | undefined,
): Promise<ContradictionDetail> {
  const found = sidesOf(core, id, named);
  const { rev, rows, server } = found;
  const sides: ContentSide[] = [];
  for (const row of rows) {
    const stored = await contentHere(core, row, 'none');
    sides.push({
      content: row.content,
      origin: 'dump',
      brought: bringersOf(core.db, row.seq),
      deleted: row.deleted,
      delivered: row.state === 'accepted',
      unproven: isUnproven(found, row),
      body: stored?.body ?? null,
      attachments: Object.entries(stored?.attachments ?? {}).map(([name, file]) => ({
        name,
        contentType: file.content_type,
        bytes: file.length,
        digest: file.digest,
      })),
    });
  }
  if (server !== null)
    sides.push({
      content: server.content,
      origin: 'server',
      brought: [],
      deleted: server.deleted,
      delivered: false,
      unproven: false,
      body: server.body,
      attachments: [],
    });
  const [first] = rows;
  return {
    id,
    rev,
    kind: first?.kind ?? 'other',
    label: first?.label ?? id,
    sides,
    fields: fieldsThatDiffer(
      sides.map(({ body, deleted }) =>
        body === null ? null : { ...body, ...(deleted ? { _deleted: true } : {}) },
      ),
    ),
    proposed: proposedSide(sides),
  };
}

/** What a row stands for; `null`: that content is not here. */
async function contentHere(
  core: Core,
  row: ContentRow,
  attachments: 'none' | 'bytes',
): Promise<StoredRevision | null> {
  const stored = await readVersion(core, row, attachments);
  if (stored === null) return null;
  const has = contentDigest(digest, stored.body, stored.deleted, stored.attachments);
  return has === row.content ? stored : null;
}

/**
 * The chosen content goes by the revision and is open, to be approved like any other change; the others are closed.
 * Where the server holds another content under the revision, the chosen one becomes a new version on top of what the
 * server has. `seen`: the contents that the person looked at.
 * @throws StationError `not-found`, `nothing-to-decide`, `newer-arrived`, `body-gone`; `content-unproven`: what was
 *   given to the server may be there
 */
export async function chooseContent(
  core: Core,
  {
    id,
    rev: named,
    content,
    seen,
  }: {
    readonly id: string;
    readonly rev?: string | undefined;
    readonly content: string;
    readonly seen: readonly string[];
  },
  by: DecisionMaker,
): Promise<ContentChosen> {
  const looked = looksAt(sidesOf(core, id, named), seen);
  if (looked.rows.some((one) => isUnproven(looked, one))) throw new StationError('content-unproven');
  const { rev } = looked;
  const row = looked.rows.find((one) => one.content === content);
  if (row === undefined && looked.server?.content !== content) throw new StationError('newer-arrived');
  const child = row === undefined ? null : await childOnServer(core, looked, row);
  if (child !== null) await writeMade(core, [child]);

  const result = core.db.transaction(() => {
    const now = looksAt(sidesOf(core, id, rev), seen);
    if (now.rows.some((one) => isUnproven(now, one))) throw new StationError('content-unproven');
    const chosen = now.rows.find((one) => one.content === content);
    const others = now.rows.filter((one) => one !== chosen);
    const batch = chosen?.batch ?? now.rows[0]?.batch ?? null;
    const deciding = beginDecision(core.db, 'content-chosen', batch, by);
    for (const other of others) closeContent(core.db, deciding, other, 'not-chosen', by);
    let goesOn: string | null = null;
    if (chosen !== undefined && child === null) {
      goesOn = rev;
      takePlainName(core.db, chosen);
      if (isOneOf(UNSENT_STATES, chosen.state)) openContent(core.db, deciding, { id, rev }, by);
    } else if (chosen !== undefined && child !== null) {
      goesOn = child.rev;
      closeContent(core.db, deciding, chosen, 'rebased', by);
      const { rev: next, history } = child;
      const change = {
        ...chosen,
        rev: next,
        history,
        origin: 'rebase',
        madeHere: false,
        ordinal: null,
      } as const;
      // One that was made before, and undone, is the same revision.
      if (!addChange(core.db, null, chosen.batch, change, by))
        openAgain(core.db, { id, rev: next }, chosen.batch);
      deciding.after({ id, rev: next });
    }
    core.joins.clear();
    classDocuments(core, [id]);
    flagContradictions(core.db, [id]);
    audit(core.db, by, 'content-chosen', {
      batch,
      id,
      rev,
      detail: {
        decision: deciding.decision,
        content,
        from: chosen === undefined ? 'server' : 'dump',
        closed: others.map((one) => one.content),
        ...(goesOn === null || goesOn === rev ? {} : { as: goesOn }),
      },
    });
    return { rev: goesOn, closed: others.length, decision: String(deciding.decision) };
  });
  core.changed('batches', 'conflicts', 'outbox');
  return result;
}

/** @throws StationError `newer-arrived`: other contents than the person looked at */
function looksAt(sides: Sides, seen: readonly string[]): Sides {
  const now = new Set(sides.rows.map(({ content }) => content));
  if (sides.server !== null) now.add(sides.server.content);
  if (now.size !== new Set(seen).size || seen.some((one) => !now.has(one)))
    throw new StationError('newer-arrived');
  return sides;
}

/** The new version that puts a content on top of the server's; `null`: the server does not hold another one. */
async function childOnServer(
  core: Core,
  { id, rev, atServer }: Sides,
  row: ContentRow,
): Promise<RevisionToStore | null> {
  const stored = await contentHere(core, row, 'bytes');
  if (stored === null) throw missingBody(core);
  if (atServer === null || atServer === row.content) return null;
  const on = serverWinner(core, id) ?? rev;
  const below = serverBody(core.db, id, on)?.history ?? (on === rev ? row.history : [on]);
  const attachments: Record<string, AttachmentData> = {};
  for (const [name, file] of Object.entries(stored.attachments))
    attachments[name] = {
      content_type: file.content_type,
      digest: file.digest,
      data: Buffer.from(file.data ?? '', 'base64'),
    };
  const next = madeRevision(digest, on, row.content);
  return {
    id,
    rev: next,
    history: [next, ...below],
    deleted: stored.deleted,
    body: stored.body,
    attachments,
  };
}

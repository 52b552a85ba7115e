/** Foresees what the server will not take, explains what it refused, and lets go what it would take by now. */
import { orderForSending } from '../../../shared/documents.ts';
import {
  idsToPlace,
  depthBelow,
  LASTING_REASONS,
  subjectWhoseDepthCounts,
  REFUSAL_REASONS,
  whyNotTaken,
  type RecordToSend,
  type RefusalReason,
  type Standing,
} from '../../../shared/refusals.ts';
import { codeAt } from '../../../shared/untrusted.ts';
import { audit } from '../../ledger/audit.ts';
import type { Change } from '../../ledger/changes.ts';
import { markRefused } from '../../ledger/deliveries.ts';
import { changesOfPerson, explainRefusal, liftRefusal } from '../../ledger/refusals.ts';
import { readVersion } from '../review/versions.ts';
import type { Core } from '../core.ts';
import type { ServerView } from '../server/view.ts';
import { isTooLarge } from './size.ts';

function mayLift(reason: string): boolean {
  return REFUSAL_REASONS.some((own) => own === reason) && !LASTING_REASONS.includes(reason);
}

interface Foreseen {
  readonly reasons: ReadonlyMap<Change, RefusalReason>;
  /** How their subjects stand cannot be told from this view, so that it takes no earlier reason back. */
  readonly untold: ReadonlySet<Change>;
}

/** Which of these changes the server will not take from the person of the view, and why. */
export async function foresee(core: Core, view: ServerView, changes: readonly Change[]): Promise<Foreseen> {
  const records: { change: Change; record: RecordToSend }[] = [];
  const ids = new Set<string>();
  // Contacts first: what one of them brings into the area counts for everything about it.
  for (const change of orderForSending(changes)) {
    const stored = await readVersion(core, change, 'none');
    if (stored === null) continue;
    const record = { id: change.id, kind: change.kind, deleted: change.deleted, body: stored.body };
    records.push({ change, record });
    for (const id of idsToPlace(record)) ids.add(id);
  }
  const standings = new Map<string, Standing>(await view.standings([...ids]));
  const deep = records.flatMap(({ record }) =>
    subjectWhoseDepthCounts(record.body, view.person) === null ? [] : idsToPlace(record),
  );
  const depths = new Map(deep.length === 0 ? [] : await view.depths([...new Set(deep)]));
  // An account is not told that a document is absent if its id could be a short code.
  const traceless = records.filter(({ change }) => (standings.get(change.id) ?? 'absent') === 'absent');
  const removed = await view.removals.among(traceless.map(({ change }) => change));
  const found = new Map<Change, RefusalReason>();
  const untold = new Set<Change>();
  for (const { change, record } of records) {
    if (idsToPlace(record).some((id) => id !== record.id && !standings.has(id))) untold.add(change);
    if (await isTooLarge(core, change)) {
      found.set(change, 'too-large-for-server');
      continue;
    }
    const reason =
      removed.get(change) ??
      whyNotTaken(
        record,
        view.person,
        (id) => standings.get(id),
        (id) => depths.get(id),
      );
    if (reason !== null) found.set(change, reason);
    else if (record.kind === 'contact' && !record.deleted) {
      const depth = depthBelow(record, view.person.facilities);
      const codes = [codeAt(record.body, 'patient_id'), codeAt(record.body, 'place_id')];
      for (const id of [record.id, ...codes]) {
        if (id === undefined) continue;
        standings.set(id, 'visible');
        if (depth !== null) depths.set(id, depth);
      }
    }
  }
  return { reasons: found, untold };
}

/** The ids of records, each once however many versions of it there are. */
export interface RefusalCheck {
  readonly checked: ReadonlySet<string>;
  /** The server will not take them. */
  readonly refused: ReadonlySet<string>;
  /** Foreseen now and not before. */
  readonly foreseen: ReadonlySet<string>;
  /** Refused before, and nothing speaks against it any more. */
  readonly lifted: ReadonlySet<string>;
}

/**
 * Looks at everything of a person that may still be sent, or only at what was refused. What somebody approved
 * although it was refused stays approved: that was looked at.
 */
export async function checkRefusals(
  core: Core,
  view: ServerView,
  which: 'waiting' | 'refused',
  batches?: readonly string[],
): Promise<RefusalCheck> {
  const changes = changesOfPerson(core.db, view.person.user, which, batches);
  const checked = new Set(changes.map(({ id }) => id));
  const refused = new Set<string>();
  const foreseen = new Set<string>();
  const lifted = new Set<string>();
  if (changes.length === 0) return { checked, refused, foreseen, lifted };
  const { reasons, untold } = await foresee(core, view, changes);
  const by = { person: core.person, at: core.now() };
  core.db.transaction(() => {
    for (const change of changes) {
      const { id, rev, batch } = change;
      const reason = reasons.get(change);
      if (reason !== undefined && change.refused === null) {
        foreseen.add(id);
        markRefused(core.db, change, reason);
        audit(core.db, by, 'refusal-foreseen', { batch, id, rev, detail: { reason } });
      } else if (reason !== undefined && change.refused !== reason) {
        explainRefusal(core.db, change, reason);
      } else if (
        reason === undefined &&
        change.refused !== null &&
        !change.refusalApproved &&
        mayLift(change.refused) &&
        !untold.has(change)
      ) {
        lifted.add(id);
        liftRefusal(core.db, change);
        audit(core.db, by, 'refusal-lifted', { batch, id, rev, detail: { reason: change.refused } });
        continue;
      }
      if (reason !== undefined || change.refused !== null) refused.add(id);
    }
  });
  core.changed('batches', 'outbox');
  return { checked, refused, foreseen, lifted };
}

/** Words for refusals that the server gave without a reason. */
export async function explainRefusals(
  core: Core,
  view: ServerView,
  refused: readonly Change[],
): Promise<void> {
  const { reasons } = await foresee(core, view, refused);
  core.db.transaction(() => {
    for (const [change, reason] of reasons) explainRefusal(core.db, change, reason);
  });
}

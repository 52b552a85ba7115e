/** Brings the classes of documents up to date: after an intake, a look at the server, a decision. */
import { classDocument, type ChangeToClass } from '../../review/classify.ts';
import { serverDocument } from '../../ledger/baseline.ts';
import { type ChangeToClass as ChangeRow, liveToClass, setClass } from '../../ledger/changes.ts';
import type { Core } from '../core.ts';

const LIVE = new Set(['open', 'approved', 'held', 'sent']);

function toClass(change: ChangeRow): ChangeToClass {
  return {
    rev: change.rev,
    history: change.history,
    deleted: change.deleted,
    madeHere: change.madeHere,
    neverSent: change.neverSent,
    refused: change.refused,
    content: change.content,
    live: LIVE.has(change.state) && change.resolution === null,
  };
}

/** What a decision made or settled keeps its class; what is delivered keeps the class it was delivered with. */
function isFixed(change: ChangeRow): boolean {
  return !LIVE.has(change.state) || change.origin === 'closing' || change.resolution !== null;
}

/** Call inside a transaction. */
export function classDocuments(core: Pick<Core, 'db'>, ids: Iterable<string>): void {
  for (const id of ids) {
    const changes = liveToClass(core.db, id);
    const classes = classDocument(changes.map(toClass), serverDocument(core.db, id));
    for (const [at, change] of changes.entries()) {
      const next = classes[at];
      if (next === undefined || isFixed(change)) continue;
      const reason = next.class === 'refused' ? (change.refused ?? next.reason) : next.reason;
      if (next.class !== change.class || reason !== change.reason)
        setClass(core.db, id, change.rev, next.class, reason);
    }
  }
}

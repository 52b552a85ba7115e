/** Finds what is unusual about records and batches: gathers the facts from the ledger for the rules of `shared/unusual.ts`. */
import type { Classified } from '../../../shared/revisions.ts';
import { labelOf, needsOf } from '../../../shared/documents.ts';
import { compareLeaves, generationOf, revisionOf } from '../../../shared/revision-names.ts';
import { unusualBatch, unusualRecord, type RecordRule, type Unusual } from '../../../shared/unusual.ts';
import type { KnownDocument } from '../../ledger/baseline.ts';
import type { ClassingRow } from '../../ledger/classes.ts';
import {
  batchesToRule,
  batchFacts,
  changedContacts,
  setBatchUnusual,
  type ChangedContact,
} from '../../ledger/people.ts';
import type { Core } from '../core.ts';

/** Which versions of a document are known, and from where. */
export interface KnownVersions {
  readonly onServer: ReadonlySet<string>;
  /** By revision: the dumps that brought it. */
  readonly dumps: ReadonlyMap<string, readonly string[]>;
}

/** @param all every version that is or was here */
export function knownVersions(
  all: readonly Pick<ClassingRow, 'rev' | 'dump'>[],
  server: KnownDocument | undefined,
): KnownVersions {
  const dumps = new Map<string, string[]>();
  for (const { rev, dump } of all) {
    if (dump === null) continue;
    const before = dumps.get(revisionOf(rev));
    if (before === undefined) dumps.set(revisionOf(rev), [dump]);
    else before.push(dump);
  }
  return {
    onServer: new Set([...(server?.leaves.map((leaf) => leaf.rev) ?? []), ...(server?.has ?? [])]),
    dumps,
  };
}

/** What is unusual about one of the changes of a document. `ownerContact`: of the batch's person. */
export function unusualChange(
  change: ClassingRow,
  classified: Classified,
  around: {
    readonly known: KnownVersions;
    readonly server: KnownDocument | undefined;
    readonly ownerContact: string | null;
    readonly now: number;
  },
): Unusual<RecordRule>[] {
  const { known, server, ownerContact, now } = around;
  const isKnown = (rev: string): boolean =>
    known.onServer.has(rev) || known.dumps.get(rev)?.some((dump) => dump !== change.dump) === true;
  const newestKnown = change.history.find((rev) => rev !== change.history[0] && isKnown(rev));
  const [winner] = (server?.leaves ?? []).toSorted(compareLeaves);
  return unusualRecord({
    class: classified.class,
    kind: change.kind,
    deleted: change.deleted,
    generation: generationOf(change.rev),
    serverGeneration: winner === undefined ? null : generationOf(winner.rev),
    knownGeneration: newestKnown === undefined ? null : generationOf(newestKnown),
    authorContact: change.authorContact,
    ownerContact,
    reportedAt: change.reportedAt,
    now,
  });
}

/** Brings up to date what is unusual about these batches; of all in which something may still be sent. */
export function ruleBatches(
  core: Pick<Core, 'db'>,
  batches: readonly string[] = batchesToRule(core.db),
): void {
  for (const batch of batches) {
    const facts = batchFacts(core.db, batch);
    const contacts = changedContacts(core.db, batch);
    const rewrittenContacts = contacts.filter((contact) => isRenamed(contact) || isMoved(contact)).length;
    const rules = unusualBatch({ ...facts, rewrittenContacts, changedContacts: contacts.length });
    setBatchUnusual(core.db, batch, rules);
  }
}

/** Whether a contact was known here or at the server, and never under the name that it has now. */
function isRenamed({ id, label, others, server }: ChangedContact): boolean {
  const names = [...others.map((other) => other.label), ...server.map((body) => labelOf(id, body))];
  return names.length > 0 && !names.includes(label);
}

/** The same of the place that it is in. */
function isMoved({ id, place, others, server }: ChangedContact): boolean {
  const places = [
    ...others.map((other) => other.place),
    ...server.map((body) => needsOf(id, body)[0] ?? null),
  ];
  return places.length > 0 && !places.includes(place);
}

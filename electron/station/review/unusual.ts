/** Finds what is unusual about records and batches: gathers the facts from the ledger for the rules of `shared/unusual.ts`. */
import type { Classified } from '../../../shared/revisions.ts';
import { labelOf, needsOf } from '../../../shared/documents.ts';
import { compareLeaves, generationOf, revisionOf } from '../../../shared/revision-names.ts';
import {
  unusualBatch,
  unusualRecord,
  type RecordFacts,
  type RecordRule,
  type Unusual,
  type UnusualRule,
} from '../../../shared/unusual.ts';
import type { KnownDocument } from '../../ledger/baseline.ts';
import type { ClassingRow } from '../../ledger/classes.ts';
import type { Database } from '../../ledger/database.ts';
import { formsSeen, formsThere, likePeople, sameReports, type FormsThere } from '../../ledger/likes.ts';
import { rulesOffHere } from '../../ledger/unusual-rules.ts';
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
    readonly beside: Beside;
    readonly rules: RulesHere;
  },
): Unusual<RecordRule>[] {
  const { known, server, ownerContact, now, beside, rules } = around;
  const isKnown = (rev: string): boolean =>
    known.onServer.has(rev) || known.dumps.get(rev)?.some((dump) => dump !== change.dump) === true;
  const newestKnown = change.history.find((rev) => rev !== change.history[0] && isKnown(rev));
  const [winner] = (server?.leaves ?? []).toSorted(compareLeaves);
  const facts: RecordFacts = {
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
    sameReports: beside.reports.length,
    likePeople: beside.people.length,
    formFate: formFate(change, rules),
    filesMissing: change.filesMissing,
    makesLogin: change.makesLogin,
  };
  return unusualRecord(facts, rules.off);
}

/** Ids of what may be the same record once more. */
export interface Beside {
  readonly reports: readonly string[];
  readonly people: readonly string[];
}

/** Rules about what stands beside a record: as one comes or goes, the others have to be looked at again. */
export const BESIDE_RULES: readonly RecordRule[] = ['possible-duplicate', 'like-person'];

/** Nothing is looked for where its rule does not apply: this is asked about every record. */
export function besideOf(db: Database, id: string, change: ClassingRow, { off }: RulesHere): Beside {
  return {
    reports: off.has('possible-duplicate') ? [] : sameReports(db, id, change),
    people: off.has('like-person') ? [] : likePeople(db, id, change),
  };
}

/** What the rules need to know that is the same for all records. */
export interface RulesHere {
  readonly off: ReadonlySet<UnusualRule>;
  readonly there: FormsThere | null;
  readonly seen: ReadonlySet<string>;
}

export function rulesHere(db: Database): RulesHere {
  return { off: rulesOffHere(db), there: formsThere(db), seen: formsSeen(db) };
}

/** A form that came as a text message, or that nobody ever saw, says nothing. */
function formFate(
  { kind, form, formVersion }: ClassingRow,
  { there, seen }: RulesHere,
): RecordFacts['formFate'] {
  if (kind !== 'report' || form === null || there === null || !seen.has(form)) return null;
  const version = there.get(form);
  if (version === undefined) return 'retired';
  return version !== null && formVersion !== null && formVersion < version ? 'replaced' : null;
}

/** Brings up to date what is unusual about these batches; of all in which something may still be sent. */
export function ruleBatches(
  core: Pick<Core, 'db'>,
  batches: readonly string[] = batchesToRule(core.db),
): void {
  const off = rulesOffHere(core.db);
  for (const batch of batches) {
    const facts = batchFacts(core.db, batch);
    const contacts = changedContacts(core.db, batch);
    const rewrittenContacts = contacts.filter((contact) => isRenamed(contact) || isMoved(contact)).length;
    const rules = unusualBatch({ ...facts, rewrittenContacts, changedContacts: contacts.length }, off);
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

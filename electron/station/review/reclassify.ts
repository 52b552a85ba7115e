/** Brings the classes of documents up to date: after an intake, a look at the server, a decision. */
import { isOneOf, LIVE_STATES, OUTBOX_STATES } from '../../../shared/states.ts';
import type { Classified } from '../../../shared/revisions.ts';
import { revisionOf } from '../../../shared/revision-names.ts';
import { classDocument, type ChangeToClass } from '../../review/classify.ts';
import { serverDocument, type KnownDocument } from '../../ledger/baseline.ts';
import { lapseContradicted } from '../../ledger/second-contents.ts';
import { type ClassingRow, liveToClass, supersededOf, setClass } from '../../ledger/classes.ts';
import { serverContents } from '../../ledger/contents.ts';
import { flagContradictions } from '../../ledger/contradiction-flags.ts';
import { ownerContact } from '../../ledger/people.ts';
import { findJoins, joinPlace, keyOf } from './joins.ts';
import type { Core } from '../core.ts';
import {
  BESIDE_RULES,
  besideOf,
  knownVersions,
  rulesHere,
  unusualChange,
  type RulesHere,
} from './unusual.ts';
import { UNUSUAL_MARKS, type RecordRule, type Unusual } from '../../../shared/unusual.ts';

function toClass(change: ClassingRow): ChangeToClass {
  return {
    rev: revisionOf(change.rev),
    history: change.history,
    deleted: change.deleted,
    madeHere: change.madeHere,
    neverSent: change.neverSent,
    content: change.content,
    rejected: change.state === 'closed' && change.reason === 'not-chosen',
    live: isOneOf(LIVE_STATES, change.state) && change.resolution === null,
  };
}

/** What a decision made or settled keeps its class; what is delivered keeps the class it was delivered with. */
function isFixed(change: ClassingRow): boolean {
  return !isOneOf(LIVE_STATES, change.state) || change.origin === 'closing' || change.resolution !== null;
}

/** What classing needs beside the ledger. */
type ClassingCore = Pick<Core, 'db' | 'joins' | 'clock' | 'person' | 'now'>;

/** The contact of each batch's person, where the batches do not stand in the ledger yet. */
export type Owners = ReadonlyMap<string, string | null>;

/** Call inside a transaction. Joins count as far as they were found out: `classWithJoins` finds them out. */
export function classDocuments(core: ClassingCore, ids: Iterable<string>, owners: Owners = new Map()): void {
  const rules = rulesHere(core.db);
  // What stands beside a record and may be the same: it has to be looked at again when this one comes or goes.
  for (let next = new Set(ids); next.size > 0;) next = classThese(core, next, owners, rules);
}

/** Answers the documents of which something is unusual now, or no more, because of what was found about these. */
function classThese(
  core: ClassingCore,
  ids: Iterable<string>,
  owners: Owners,
  rules: RulesHere,
): Set<string> {
  const contacts = new Map(owners);
  const contactOf = (batch: string | null): string | null => {
    if (batch === null) return null;
    const known = contacts.get(batch);
    if (known !== undefined) return known;
    const contact = ownerContact(core.db, batch);
    contacts.set(batch, contact);
    return contact;
  };
  const contradicted: string[] = [];
  const concerned = new Set<string>();
  for (const id of ids) {
    const changes = liveToClass(core.db, id);
    const server = serverDocument(core.db, id);
    const isLong = changes.some(({ history }) => history.length > UNUSUAL_MARKS.generations);
    const all = isLong ? [...changes, ...supersededOf(core.db, id)] : changes;
    const known = knownVersions(all, server);
    const classes = classesOf(core, id, changes, server);
    for (const [at, change] of changes.entries()) {
      const next = classes[at];
      if (next === undefined || isFixed(change)) continue;
      if (next.class === 'contradiction' && lapses(core, id, change))
        lapseContradicted(core.db, { id, rev: change.rev }, { person: core.person, at: core.now() });
      const beside = besideOf(core.db, id, change, rules);
      const unusual = unusualChange(change, next, {
        known,
        server,
        ownerContact: contactOf(change.batch),
        now: core.clock(),
        beside,
        rules,
      });
      if (BESIDE_RULES.some((rule) => hasRule(unusual, rule) !== hasRule(change.unusual, rule)))
        for (const other of [...beside.reports, ...beside.people]) concerned.add(other);
      const isAsBefore =
        next.class === change.class &&
        next.reason === change.reason &&
        JSON.stringify(unusual) === JSON.stringify(change.unusual);
      if (!isAsBefore) setClass(core.db, { id, rev: change.rev }, { ...next, unusual });
      if ((next.class === 'contradiction') !== (change.class === 'contradiction')) contradicted.push(id);
    }
  }
  flagContradictions(core.db, contradicted);
  return concerned;
}

const hasRule = (unusual: readonly Unusual[], wanted: RecordRule): boolean =>
  unusual.some(({ rule }) => rule === wanted);

/**
 * Whether a decision about one of several contents lapses: nobody has looked at them side by side. What was given to
 * the server may have arrived; only where another content is seen there under its revision it has not.
 */
function lapses({ db }: ClassingCore, id: string, { rev, state, content }: ClassingRow): boolean {
  if (state !== 'sent') return isOneOf(OUTBOX_STATES, state);
  const there = serverContents(db, id).get(revisionOf(rev));
  return there !== undefined && there !== content;
}

function classesOf(
  core: ClassingCore,
  id: string,
  changes: readonly ClassingRow[],
  known: KnownDocument | undefined,
): Classified[] {
  const facts = changes.map(toClass);
  const side = known === undefined ? undefined : { ...known, contents: serverContents(core.db, id) };
  const classes = classDocument(facts, side);
  let joins = 0;
  // Only what would be in conflict with the server's version can be joined with it.
  const withJoins = facts.map((change, at) => {
    if (classes[at]?.reason !== 'server-edited-too') return change;
    const place = joinPlace(core, { id, ...change }, known);
    const outcome = place === null ? undefined : core.joins.get(keyOf(place));
    if (place === null || outcome === undefined || outcome === 'overlaps') return change;
    joins += 1;
    return { ...change, joined: { leaf: place.server, outcome } };
  });
  return joins === 0 ? classes : classDocument(withJoins, side);
}

/** Looks at what is left in conflict with the server, and classes what can be joined. Not inside a transaction. */
export async function classWithJoins(
  core: Core,
  ids: readonly string[],
  owners: Owners = new Map(),
): Promise<void> {
  const found = await findJoins(core, ids);
  if (found.length > 0) core.db.step(() => classDocuments(core, found, owners));
}

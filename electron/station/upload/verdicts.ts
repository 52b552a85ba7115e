/**
 * What is to become of each approved change, now that the server was asked again: it may have moved since the
 * approval, the change may need a contact that does not go, or be one that the server has put away.
 */
import { revisionsSettledBy } from '../../ledger/conflicts.ts';
import { isAsApproved } from '../../../shared/as-approved.ts';
import { isOneOf, OUTBOX_STATES } from '../../../shared/states.ts';
import type { WaitReason } from '../../../shared/refusals.ts';
import { revisionOf } from '../../../shared/revision-names.ts';
import { serverBody, serverDocument, serverDocuments, type KnownDocument } from '../../ledger/baseline.ts';
import { changesNow, findChange, liveChanges, type Change } from '../../ledger/changes.ts';
import { serverContents } from '../../ledger/contents.ts';
import type { ChtClient } from '../../upload/client.ts';
import type { Verdict } from '../../upload/sender-parts.ts';
import { refreshDocuments } from '../server/refresh.ts';
import type { RemovalReason, Removals } from '../server/removals.ts';
import type { Core } from '../core.ts';

export class Verdicts {
  readonly #core: Core;
  readonly #client: ChtClient;
  /** What this upload takes along. */
  readonly #going = new Set<string>();
  /** Contacts that this upload could not deliver. */
  readonly #blocked = new Map<string, WaitReason>();
  /** Ids that nobody brought as a contact: nothing here can hold what needs them. */
  readonly #notHere = new Set<string>();
  /** Documents that the server removed and therefore no longer names, and why it is thought so. */
  readonly #removed = new Map<string, RemovalReason>();
  /** Found out for the present piece: what keeps a needed contact, or that nothing does. */
  readonly #behind = new Map<string, WaitReason | 'there'>();
  readonly #removals: Removals;

  constructor(core: Core, client: ChtClient, removals: Removals, going: readonly Change[]) {
    this.#core = core;
    this.#client = client;
    this.#removals = removals;
    for (const change of going) this.#going.add(keyOf(change));
  }

  /** Asks the server about these, and about the contacts they need that stay behind. */
  async look(items: readonly Change[]): Promise<void> {
    const ids = new Set(items.map((item) => item.id));
    const needs = items.flatMap((item) => item.needs).filter((need) => this.#staysBehind(need));
    await refreshDocuments(this.#core, this.#client, [...new Set([...ids, ...needs])], 'moved');
    const known = serverDocuments(this.#core.db, [...ids]);
    const absent = items.filter(({ id }) => isAbsent(known.get(id)));
    for (const [{ id }, reason] of await this.#removals.among(absent)) this.#removed.set(id, reason);
  }

  /** What is to become of each, in their order. */
  verdicts(items: readonly Change[]): Verdict[] {
    const now = changesNow(this.#core.db, items);
    const known = serverDocuments(
      this.#core.db,
      items.map((item) => item.id),
    );
    this.#behind.clear();
    return items.map((item, at) => {
      const state = now[at];
      if (state === undefined) return { kind: 'lapsed', reason: 'newer-arrived' };
      const server = known.get(item.id);
      const verdict = this.#verdict({ ...item, ...state }, server);
      // A new contact that waits itself holds what needs it.
      if (item.kind === 'contact' && isAbsent(server)) {
        if (verdict.kind === 'waits') this.block(item.id, 'needs-unsent');
        if (verdict.kind === 'send') this.unblock([item]);
      }
      return verdict;
    });
  }

  #verdict(change: Change, known: KnownDocument | undefined): Verdict {
    const isContradicted = change.class === 'contradiction';
    if (!isOneOf(OUTBOX_STATES, change.state))
      return { kind: 'lapsed', reason: isContradicted ? 'contradicted' : 'newer-arrived' };
    if (isContradicted) return this.#verdictOnContradicted(change);
    if (isJoined(change)) return verdictOnJoined(this.#core, change, known);
    if (known?.has.includes(change.rev) === true) return { kind: 'has-it' };
    const removed = this.#removed.get(change.id);
    if (removed !== undefined && isAbsent(known) && !change.refusalApproved)
      return { kind: 'refused', reason: removed };
    const verdict = this.#verdictOnAbsent(change, openLeaves(known));
    if (verdict.kind !== 'send') return verdict;
    const reason = this.whyWaits(change);
    if (reason !== null) return { kind: 'waits', reason };
    return goesJoined(change) ? { kind: 'waits', reason: 'joined-first' } : verdict;
  }

  /**
   * It was given to the server before another content of its revision came. It has arrived if the server holds this
   * very content; else nothing more of it goes before a person has chosen one.
   */
  #verdictOnContradicted({ id, rev, content }: Change): Verdict {
    return serverContents(this.#core.db, id).get(revisionOf(rev)) === content
      ? { kind: 'has-it' }
      : { kind: 'lapsed', reason: 'contradicted' };
  }

  #verdictOnAbsent(change: Change, leaves: readonly string[]): Verdict {
    if (change.resolution !== null) return verdictOnSettled(this.#core, change, leaves);
    if (change.class === 'same') return { kind: 'same-content' };
    return isAsApproved(change) ? { kind: 'send' } : { kind: 'lapsed', reason: 'server-moved' };
  }

  /** This contact was refused, waits, or its delivery is not proven: what needs it does not go either. */
  block(id: string, reason: 'needs-refused' | 'needs-unsent'): void {
    this.#blocked.set(id, reason);
  }

  /** It was delivered after all. */
  unblock(ids: readonly { readonly id: string }[]): void {
    for (const { id } of ids) this.#blocked.delete(id);
  }

  /** Why a change has to wait for a contact; `null`: nothing that it needs stays behind. */
  whyWaits(change: Change): WaitReason | null {
    if (change.deleted) return null;
    for (const need of change.needs) {
      if (need === change.id) continue;
      const blocked = this.#blocked.get(need);
      if (blocked !== undefined) return blocked;
      const why = this.#behind.get(need) ?? this.#whyNotThere(need);
      this.#behind.set(need, why);
      if (why !== 'there') return why;
    }
    return null;
  }

  #whyNotThere(need: string): WaitReason | 'there' {
    if (!this.#staysBehind(need) || !isAbsent(serverDocument(this.#core.db, need))) return 'there';
    return this.#whyBehind(need);
  }

  /** Whether a contact was brought here that is neither delivered nor among what goes. */
  #staysBehind(id: string): boolean {
    if (this.#notHere.has(id)) return false;
    const contacts = liveChanges(this.#core.db, id).filter((change) => change.kind === 'contact');
    if (contacts.length === 0) this.#notHere.add(id);
    return contacts.length > 0 && contacts.every((contact) => !this.#goes(contact));
  }

  #goes(contact: Change): boolean {
    const { state } = contact;
    return state === 'accepted' || (isOneOf(OUTBOX_STATES, state) && this.#going.has(keyOf(contact)));
  }

  #whyBehind(id: string): WaitReason {
    const contacts = liveChanges(this.#core.db, id).filter((change) => change.kind === 'contact');
    if (contacts.some((contact) => isOneOf(OUTBOX_STATES, contact.state))) return 'needs-unsent';
    if (contacts.some((contact) => contact.refused !== null && !contact.refusalApproved))
      return 'needs-refused';
    return contacts.some((contact) => contact.state === 'held') ? 'needs-held' : 'needs-undecided';
  }
}

function keyOf({ id, rev }: { readonly id: string; readonly rev: string }): string {
  return JSON.stringify([id, rev]);
}

/** Whether the server, as far as it was asked, has no such document. */
function isAbsent(known: KnownDocument | undefined): boolean {
  return known === undefined || (known.leaves.length === 0 && known.has.length === 0);
}

/** The server's leaves; a deleted one beside others is a branch that was closed, and says nothing any more. */
function openLeaves(known: KnownDocument | undefined): string[] {
  const leaves = known?.leaves ?? [];
  const alive = leaves.filter((leaf) => leaf.deleted !== true);
  return (alive.length > 0 ? alive : leaves).map((leaf) => leaf.rev);
}

/** It is sent as part of a version that joins it with the server's, which is still to be made. */
function goesJoined(change: Change): boolean {
  return change.class === 'update' && change.reason === 'joins-server-edit' && change.resolution === null;
}

/** It is sent as part of another version, which was made. */
export function isJoined(change: Pick<Change, 'origin' | 'resolution' | 'keeps' | 'rev'>): boolean {
  const { origin, resolution, keeps, rev } = change;
  return (origin === 'dump' || origin === 'rebase') && resolution !== null && keeps !== null && keeps !== rev;
}

/** It arrived once the server has the version that holds it, and knows its own revision too. */
function verdictOnJoined(core: Core, change: Change, known: KnownDocument | undefined): Verdict {
  const made = findChange(core.db, change.id, change.keeps ?? '');
  const isThere = made?.state === 'accepted' && known?.has.includes(change.rev) === true;
  return isThere ? { kind: 'joined' } : { kind: 'waits', reason: 'kept-side-first' };
}

/**
 * A settled conflict holds only for the leaves that were looked at. Losing branches wait until what was
 * kept is proven: closing the server's version first could leave it with nothing.
 */
function verdictOnSettled(core: Core, change: Change, leaves: readonly string[]): Verdict {
  // What was looked at, what the decision made, and everything these grew out of.
  const seen = new Set(change.seen);
  if (change.resolution !== null)
    for (const rev of revisionsSettledBy(core.db, change.resolution)) seen.add(rev);
  const kept = change.keeps === null ? undefined : findChange(core.db, change.id, change.keeps);
  const keptIsProven =
    change.keeps !== null &&
    (leaves.includes(change.keeps) || kept?.state === 'accepted' || kept === undefined);
  if (change.origin === 'closing') {
    if (kept !== undefined && kept.state === 'open') return { kind: 'lapsed', reason: 'server-moved' };
    if (!keptIsProven) return { kind: 'waits', reason: 'kept-side-first' };
  }
  // Who went on from what was kept, on the server, knew of it: the losing branch can still be closed.
  const goesOn = (leaf: string): boolean =>
    change.origin === 'closing' &&
    change.keeps !== null &&
    serverBody(core.db, change.id, leaf)?.history.includes(change.keeps) === true;
  return leaves.every((leaf) => seen.has(leaf) || goesOn(leaf))
    ? { kind: 'send' }
    : { kind: 'lapsed', reason: 'server-moved' };
}

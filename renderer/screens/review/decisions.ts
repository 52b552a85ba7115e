/** Decisions and their way back: the station keeps what stood before, so a decision is undone as a whole by its id. */
import type { Deletions } from '../../../shared/deletions.ts';
import type { Decided, Requests, Undone } from '../../../shared/contract.ts';
import type { Client } from '../../station.ts';

type Asking = Pick<Client, 'ask'>;

export interface Decision {
  /** How many records it touched. */
  readonly changed: number;
  /** Records of which it left a version as it is, because another one is approved. */
  readonly otherVersion?: number;
  /** What was done, where the answer tells more than the button. */
  readonly done?: 'choseServer';
  /** What it is about, by name. */
  readonly about?: string;
  /** `null`: there is nothing to undo. */
  readonly undo: (() => Promise<Undone>) | null;
}

function decisionOf(
  client: Asking,
  { changed, decision, otherVersion = 0 }: Pick<Decided, 'changed' | 'decision' | 'otherVersion'>,
): Decision {
  return {
    changed,
    otherVersion,
    undo: decision === null ? null : () => client.ask('decide.undo', { decision }),
  };
}

/**
 * Approves what needs no look at each: new records and updates with nothing unusual about them. The station looks once
 * more what is ordinary: a record that became unusual since is not approved with the others.
 */
export async function approveOrdinary(client: Asking, batch: string): Promise<Decision> {
  return decisionOf(client, await client.ask('decide.approve', { batch }));
}

/**
 * Approves the named documents: each was chosen by hand. `refused`: also what the server refuses. `deleting`, `unplaced`:
 * so many deletions, and records of unknown order, were told with their names and agreed to.
 */
export async function approveThese(
  client: Asking,
  batch: string,
  ids: readonly string[],
  {
    refused = false,
    deleting = 0,
    unplaced = 0,
  }: { readonly refused?: boolean; readonly deleting?: number; readonly unplaced?: number } = {},
): Promise<Decision> {
  const approval = { batch, ids: [...ids], refused, deleting, unplaced };
  return decisionOf(client, await client.ask('decide.approve', approval));
}

/** A list of records by what it asks for, without its order. */
type Listed = Omit<NonNullable<Requests['decide.release']['input']['filter']>, 'decision'>;

/** Approves what is ordinary of all that a list shows. */
export async function approveListed(client: Asking, filter: Listed): Promise<Decision> {
  return decisionOf(client, await client.ask('decide.approve', { filter }));
}

export async function holdListed(client: Asking, filter: Listed, reason: string): Promise<Decision> {
  return decisionOf(client, await client.ask('decide.hold', { filter, reason }));
}

export async function releaseListed(client: Asking, filter: Listed): Promise<Decision> {
  return decisionOf(client, await client.ask('decide.release', { filter }));
}

/** What approving these would let be deleted. */
export function deletionsAmong(client: Asking, batch: string, ids: readonly string[]): Promise<Deletions> {
  return client.ask('decide.deletions', { batch, ids: [...ids] });
}

export async function holdThese(
  client: Asking,
  batch: string,
  ids: readonly string[],
  reason: string,
): Promise<Decision> {
  return decisionOf(client, await client.ask('decide.hold', { batch, ids: [...ids], reason }));
}

/** Makes an unplaced change a new edit on the server's version that was looked at. It is approved with that. */
export async function rebaseThis(
  client: Asking,
  change: { readonly id: string; readonly rev: string; readonly on: string; readonly deleting: number },
): Promise<Decision> {
  const { decision } = await client.ask('decide.rebase', change);
  return decisionOf(client, { changed: 1, decision });
}

/** Which content of a version is true, among all that somebody looked at. */
export interface Choice {
  readonly id: string;
  readonly rev: string;
  readonly content: string;
  readonly seen: readonly string[];
}

/**
 * The chosen content is to be approved like any other change, under the revision that is answered; `null`: the server has
 * it already. The other contents are closed.
 */
export async function chooseThis(
  client: Asking,
  choice: Choice,
): Promise<Decision & { readonly rev: string | null }> {
  const { decision, rev } = await client.ask('decide.choose', { ...choice, seen: [...choice.seen] });
  const chosen = decisionOf(client, { changed: 1, decision });
  return { ...chosen, rev, ...(rev === null ? { done: 'choseServer' } : {}) };
}

/** Conflicts that were settled, one or several of a kind; undone one after the other. */
export function settledOf(
  client: Asking,
  settled: readonly { readonly decision: string }[],
  about: string,
): Decision {
  const undo = async () => {
    const sum = { undone: 0, later: 0, lapsed: 0 };
    for (const { decision } of settled) {
      const { later, lapsed } = await client.ask('decide.undo', { decision });
      sum.undone += 1;
      sum.later += later;
      sum.lapsed += lapsed;
    }
    return sum;
  };
  return { changed: settled.length, about, undo };
}

/** Opens an approval or a hold again. */
export async function releaseThese(client: Asking, batch: string, ids: readonly string[]): Promise<Decision> {
  return decisionOf(client, await client.ask('decide.release', { batch, ids: [...ids] }));
}

/** Makes a new version of every record that this batch deleted on the server; they are approved like any other change. */
export async function bringBack(client: Asking, batch: string): Promise<Decision> {
  return decisionOf(client, await client.ask('decide.bring-back', { batch }));
}

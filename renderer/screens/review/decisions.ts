/**
 * Decisions and their way back. An undo takes back exactly what was decided: the ids are known before the
 * decision, and where they would be too many to hold there is an undo only if the batch was untouched before.
 */
import type { Requests } from '../../../shared/contract.ts';
import type { Client } from '../../station.ts';

/** More ids than this are not carried through the window. */
export const MOST_IDS = 5_000;
const PAGE = 1_000;

type Filter = Omit<Requests['changes.list']['input'], 'offset' | 'limit'>;

/** The document ids that a filter matches, or `null` where they are more than `MOST_IDS`. */
export async function idsOf(client: Pick<Client, 'ask'>, filter: Filter): Promise<readonly string[] | null> {
  const ids = new Set<string>();
  for (let offset = 0; ; offset += PAGE) {
    const page = await client.ask('changes.list', { ...filter, offset, limit: PAGE });
    if (page.total > MOST_IDS) return null;
    for (const row of page.rows) ids.add(row.id);
    if (page.rows.length < PAGE) return [...ids];
  }
}

export interface Decision {
  /** How many changes it touched. */
  readonly changed: number;
  /** `null`: it cannot be taken back in one step. Answers how many were taken back: what was sent stays sent. */
  readonly undo: (() => Promise<number>) | null;
}

const releaseOf =
  (client: Pick<Client, 'ask'>, batch: string, ids: readonly string[] | null) => async (): Promise<number> =>
    (await client.ask('decide.release', ids === null ? { batch } : { batch, ids: [...ids] })).changed;

/** Approves what needs no look at each: new records and updates with nothing unusual about them. */
export async function approveOrdinary(client: Pick<Client, 'ask'>, batch: string): Promise<Decision> {
  const ids = await idsOf(client, { batch, states: ['open'], ordinary: true });
  const untouched =
    ids !== null ||
    (await client.ask('changes.list', { batch, states: ['approved', 'held'], limit: 1 })).total === 0;
  // The station looks once more what is ordinary: a record that became unusual since is not approved with the others.
  const { changed } = await client.ask('decide.approve', { batch });
  return { changed, undo: untouched ? releaseOf(client, batch, ids) : null };
}

/** Approves the named documents: each was chosen by hand. `refused`: also what the server refuses. */
export async function approveThese(
  client: Pick<Client, 'ask'>,
  batch: string,
  ids: readonly string[],
  refused = false,
): Promise<Decision> {
  const { changed } = await client.ask('decide.approve', { batch, ids: [...ids], refused });
  return { changed, undo: releaseOf(client, batch, ids) };
}

export async function holdThese(
  client: Pick<Client, 'ask'>,
  batch: string,
  ids: readonly string[],
  reason: string,
): Promise<Decision> {
  const { changed } = await client.ask('decide.hold', { batch, ids: [...ids], reason });
  return { changed, undo: releaseOf(client, batch, ids) };
}

/** Makes an unplaced change a new edit on the server's version that was looked at. It is approved with that. */
export async function rebaseThis(
  client: Pick<Client, 'ask'>,
  change: { readonly id: string; readonly rev: string; readonly on: string },
): Promise<Decision> {
  await client.ask('decide.rebase', change);
  return { changed: 1, undo: null };
}

/** Opens an approval or a hold again; there is nothing to undo about that. */
export async function releaseThese(
  client: Pick<Client, 'ask'>,
  batch: string,
  ids: readonly string[],
): Promise<Decision> {
  const { changed } = await client.ask('decide.release', { batch, ids: [...ids] });
  return { changed, undo: null };
}

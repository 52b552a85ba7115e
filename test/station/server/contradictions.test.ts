/**
 * One revision with several contents, some of them of a dump that names another server: whatever comes first and
 * whenever the server is set, what counts is a contradiction, what does not is set aside, and every body is here.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { report, type Json } from '../../support/documents.ts';
import { allDocsDump, stationDump } from '../../support/dumps.ts';
import { checkReceipts } from '../../support/receipts.ts';
import { permutations } from '../../support/permutations.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

const OURS = 'http://127.0.0.1:1';
const THEIRS = 'http://127.0.0.1:2';

let station: TestStation;
beforeEach(async () => {
  station = await openTestStation();
});
afterEach(() => station.close());

/**
 * In each document one revision comes with several contents. `listed`: the list has a third one; `copied`: it has what
 * the dump of the other server has; `edited`: that dump has an edit of the revision; `alone`: the list has nothing.
 */
const IDS = ['listed', 'copied', 'edited', 'alone'] as const;
type Id = (typeof IDS)[number];

const first = (id: Id): Json => report(id, { danger: 'ours' }, { history: 'a' });
const other = (id: Id, danger: string): Json => ({ ...first(id), fields: { danger } });
const edit = (id: Id): Json => report(id, { danger: 'edit' }, { history: 'ab' });

const EVENTS = {
  ours: () => station.take(stationDump(IDS.map(first), { server: OURS, device: 'phone of chw1' })),
  foreign: () =>
    station.take(
      stationDump(
        IDS.map((id) => (id === 'edited' ? edit(id) : other(id, 'foreign'))),
        { server: THEIRS, device: 'theirs' },
      ),
    ),
  list: () =>
    station.take(
      allDocsDump([other('listed', 'list'), other('copied', 'foreign'), other('edited', 'list')]),
      'chw1-list.json',
      { user: 'chw1' },
    ),
  set: () => station.ask('server.set', { url: OURS }),
  setTheirs: () => station.ask('server.set', { url: THEIRS }),
} as const;
type Event = keyof typeof EVENTS;

async function play(events: readonly Event[]): Promise<void> {
  for (const event of events) await EVENTS[event]();
}

const dangerOf = (body: Json | null): string => String((body?.['fields'] as Json | undefined)?.['danger']);

/** What is shown, by what its body says: read through the name of its row, so that each body must be here. */
async function picture(): Promise<Record<string, Record<string, string>>> {
  const found: Record<string, Record<string, string>> = {};
  const { rows } = await station.ask('changes.list', { limit: 100, revisions: true });
  for (const { id, rev, class: kind, reason, state } of rows) {
    const { raw } = await station.ask('change.get', { id, rev });
    const danger = dangerOf(raw);
    expect(found[id]?.[danger], `${id} ${danger}`).toBeUndefined();
    (found[id] ??= {})[danger] = kind === 'never-sent' ? String(reason) : `${kind} ${state}`;
  }
  return found;
}

/** The contents by which the revisions themselves go. */
async function holders(): Promise<string[]> {
  const details = await Promise.all(
    IDS.map((id) => station.ask('change.get', { id, rev: String(first(id)['_rev']) })),
  );
  return details.map(({ raw }) => dangerOf(raw));
}

async function sides(id: Id): Promise<string[]> {
  const { sides: shown } = await station.ask('contradiction.get', { id });
  return shown.map(({ body }) => dangerOf(body)).toSorted();
}

async function choose(id: Id, danger: string): Promise<string> {
  const { sides: shown } = await station.ask('contradiction.get', { id });
  const chosen = shown.find(({ body }) => dangerOf(body) === danger);
  const seen = shown.map(({ content }) => content);
  const { decision } = await station.ask('decide.choose', { id, content: chosen?.content ?? '', seen });
  return decision;
}

/** Which batches say that somebody has to choose, by their dumps. */
async function flagged(): Promise<string[]> {
  const { rows } = await station.ask('batches.list', {});
  return rows
    .filter(({ flags }) => flags.includes('contradiction'))
    .map(({ device }) => device ?? '')
    .toSorted();
}

const UNDECIDED = 'contradiction open';

describe('whatever comes first', () => {
  it.each(
    permutations<Event>(['ours', 'foreign', 'list', 'set']).map((order): [string, Event[]] => [
      order.join(', '),
      order,
    ]),
  )('%s', async (_, order) => {
    await play(order);
    expect(await picture()).toEqual({
      listed: { ours: UNDECIDED, list: UNDECIDED, foreign: 'other-server' },
      copied: { ours: UNDECIDED, foreign: UNDECIDED },
      edited: { ours: UNDECIDED, list: UNDECIDED, edit: 'other-server' },
      alone: { ours: 'unchecked open', foreign: 'other-server' },
    });
    const names = await holders();
    expect(names.slice(0, 3)).not.toContain('edit');
    expect(names[0]).not.toBe('foreign');
    expect(names[3]).toBe('ours');
    expect(await sides('listed')).toEqual(['list', 'ours']);
    expect(await sides('copied')).toEqual(['foreign', 'ours']);
    expect(await sides('edited')).toEqual(['list', 'ours']);
    expect(await flagged()).toEqual(['', 'phone of chw1']);
    await checkReceipts(station);
    await EVENTS.setTheirs();
    expect(await picture()).toEqual({
      listed: { ours: 'other-server', list: UNDECIDED, foreign: UNDECIDED },
      copied: { ours: 'other-server', foreign: 'unchecked open' },
      edited: { edit: 'unchecked open' },
      alone: { ours: 'other-server', foreign: 'unchecked open' },
    });
    expect((await holders())[3]).toBe('foreign');
    await checkReceipts(station);
  });
});

describe('a choice', () => {
  it('takes the flag from the batches, and undone it comes back', async () => {
    await play(['set', 'ours', 'list', 'foreign']);
    const decisions: string[] = [];
    for (const id of ['listed', 'copied', 'edited'] as const) {
      expect(await flagged()).toContain('phone of chw1');
      decisions.push(await choose(id, 'ours'));
    }
    expect(await flagged()).toEqual([]);
    await station.ask('decide.undo', { decision: decisions[0] ?? '' });
    expect(await flagged()).toEqual(['', 'phone of chw1']);
  });

  it('of a content that is set aside later is taken back, and the others are asked about again', async () => {
    await play(['foreign', 'ours', 'list']);
    await choose('listed', 'foreign');
    expect((await picture())['listed']).toMatchObject({ foreign: 'unchecked open' });
    await EVENTS.set();
    expect((await picture())['listed']).toEqual({
      ours: UNDECIDED,
      list: UNDECIDED,
      foreign: 'other-server',
    });
    await checkReceipts(station);
  });

  it('of another content stays, and undone it brings back only what counts', async () => {
    await play(['foreign', 'ours', 'list']);
    const decision = await choose('listed', 'ours');
    await EVENTS.set();
    expect((await picture())['listed']).toEqual({
      ours: 'unchecked open',
      list: 'contradiction closed',
      foreign: 'contradiction closed',
    });
    await checkReceipts(station);
    await station.ask('decide.undo', { decision });
    expect((await picture())['listed']).toEqual({
      ours: UNDECIDED,
      list: UNDECIDED,
      foreign: 'other-server',
    });
    await checkReceipts(station);
  });
});

/** Dumps of other servers and databases: whatever comes first, setting the server works and decides. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { document, report } from '../../support/documents.ts';
import { docsDump, stationDump } from '../../support/dumps.ts';
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

/** `s1` is in every dump; the foreign one edits `h1`, which ours has too; `f1` is only there, `n1` only in the third. */
const honest = () => stationDump([report('s1'), report('h1')], { server: OURS });
const foreign = () =>
  stationDump([report('s1'), report('f1'), report('h1', { n: 2 }, { history: 'ab' })], {
    server: `${THEIRS}/medic`,
  });
const unnamed = () => docsDump([report('s1'), report('n1')]);

const EVENTS = {
  honest: () => station.take(honest()),
  foreign: () => station.take(foreign()),
  unnamed: () => station.take(unnamed(), 'chw1_20260102T0304.txt'),
  ours: () => station.ask('server.set', { url: OURS }),
  theirs: () => station.ask('server.set', { url: THEIRS }),
} as const;
type Event = keyof typeof EVENTS;

async function play(events: readonly Event[]): Promise<void> {
  for (const event of events) await EVENTS[event]();
}

/** What may go, and what is set aside, by record and generation. */
async function picture(of: TestStation = station): Promise<Record<string, string>> {
  const { rows } = await of.ask('changes.list', { sort: 'id', limit: 100, revisions: true });
  return Object.fromEntries(
    rows.map(({ id, rev, class: one, reason, state }) => [
      `${id} ${rev.slice(0, 1)}`,
      one === 'never-sent' ? (reason ?? '') : `${one} ${state}`,
    ]),
  );
}

const OURS_ONLY = {
  's1 1': 'unchecked open',
  'h1 1': 'unchecked open',
  'n1 1': 'unchecked open',
  'f1 1': 'other-server',
  'h1 2': 'other-server',
};

describe('in every order', () => {
  it.each(
    permutations<Event>(['honest', 'foreign', 'unnamed', 'ours']).map((order) => [order.join(', '), order]),
  )('%s: what names another server is set aside, and what ours brought goes', async (_name, order) => {
    await play(order);
    expect(await picture()).toEqual(OURS_ONLY);
    const status = await station.ask('station.status', {});
    expect(status.toReview).toBe(3);
    await checkReceipts(station);
    await checkBodies();
  });

  it.each([
    [['theirs', 'foreign', 'honest', 'ours', 'unnamed']],
    [['foreign', 'ours', 'honest', 'theirs', 'unnamed', 'ours']],
    [['honest', 'theirs', 'foreign', 'unnamed', 'ours']],
    [['ours', 'honest', 'unnamed', 'theirs', 'foreign', 'ours']],
  ] as const)('with the server set twice: %s', async (order) => {
    await play(order);
    expect(await picture()).toEqual(OURS_ONLY);
    await checkReceipts(station);
    await play(['theirs']);
    expect(await picture()).toMatchObject({
      'f1 1': 'unchecked open',
      'h1 2': 'unchecked open',
      'n1 1': 'unchecked open',
    });
    expect((await station.ask('batches.list', {})).rows.map(({ aside }) => aside).sort()).toEqual([
      null,
      null,
      'other-server',
    ]);
    await checkReceipts(station);
    await play(['ours']);
    expect(await picture()).toEqual(OURS_ONLY);
    await checkReceipts(station);
  });
});

/** What may go has its body here, whatever came before it. */
async function checkBodies(): Promise<void> {
  for (const { id, rev } of (await station.ask('changes.list', { limit: 100, revisions: true })).rows) {
    const { raw } = await station.ask('change.get', { id, rev });
    expect(raw).toMatchObject({ _id: id, _rev: rev, type: 'data_record' });
  }
}

describe('a dump that is set aside', () => {
  it('says so as it is taken, stands in the list to do, and nothing of it is counted or can be approved', async () => {
    await play(['ours']);
    const result = await station.take(foreign());
    expect(result).toMatchObject({
      outcome: 'taken',
      problems: [{ code: 'wrong-server' }],
      problemsTotal: 1,
    });
    const [row] = (await station.ask('batches.list', { show: 'to-do' })).rows;
    expect(row).toMatchObject({
      aside: 'other-server',
      namedElsewhere: `${THEIRS}/medic`,
      ordinary: 0,
      decided: { open: 0 },
    });
    const batch = row?.batch ?? '';
    for (const request of [{}, { classes: ['never-sent' as const] }, { ids: ['s1', 'f1', 'h1'] }])
      expect(await station.ask('decide.approve', { batch, ...request })).toMatchObject({
        changed: 0,
        approved: 0,
      });
    expect(await station.ask('decide.hold', { batch, ids: ['f1'], reason: 'x' })).toMatchObject({
      changed: 0,
    });
    expect(await station.ask('station.status', {})).toMatchObject({
      onlyHere: null,
      toReview: 0,
      conflicts: 0,
      outbox: { waiting: 0 },
    });
    expect((await station.ask('outbox.owners', {})).owners).toEqual([]);
  });

  it('gives up what was approved of it, and no undoing brings that back', async () => {
    const { batch } = await station.take(foreign());
    const approved = await station.ask('decide.approve', { batch: batch ?? '', ids: ['s1', 'f1'] });
    const released = await station.ask('decide.release', { batch: batch ?? '', ids: ['f1'] });
    expect((await station.ask('outbox.owners', {})).owners).toEqual([{ user: 'chw1', records: 1 }]);
    await play(['ours']);
    for (const { decision } of [released, approved])
      await expect(station.ask('decide.undo', { decision: decision ?? '' })).rejects.toMatchObject({
        code: 'nothing-to-undo',
      });
    expect((await station.ask('outbox.owners', {})).owners).toEqual([]);
    await play(['theirs']);
    expect(await picture()).toEqual({
      's1 1': 'unchecked open',
      'f1 1': 'unchecked open',
      'h1 2': 'unchecked open',
    });
  });

  it('takes no approval away from what ours brought', async () => {
    await play(['ours', 'honest']);
    const [row] = (await station.ask('batches.list', {})).rows;
    await station.ask('decide.approve', { batch: row?.batch ?? '', ids: ['s1', 'h1'] });
    await play(['foreign']);
    expect(await picture()).toMatchObject({ 's1 1': 'unchecked approved', 'h1 1': 'unchecked approved' });
  });

  it.each(['ours', 'theirs'])(
    'ends a conflict that its record was a side of, and a settlement that kept %s',
    async (kept) => {
      await station.take(stationDump([report('c1', { n: 1 })], { server: OURS }));
      await station.take(stationDump([report('c1', { n: 2 }, { history: 'yz' })], { server: THEIRS }));
      const [row] = (await station.ask('conflicts.list', {})).rows;
      const seen = row?.leaves.map(({ rev }) => rev) ?? [];
      expect(seen).toHaveLength(2);
      const keep = seen.find((rev) => rev.startsWith(kept === 'ours' ? '1-' : '2-')) ?? '';
      await station.ask('conflict.resolve', { id: 'c1', seen, keep });
      expect((await station.ask('outbox.owners', {})).owners).toHaveLength(1);
      await play(['ours']);
      expect((await station.ask('conflicts.list', {})).total).toBe(0);
      expect((await station.ask('outbox.owners', {})).owners).toEqual([]);
      expect(await picture()).toEqual({ 'c1 1': 'unchecked open', 'c1 2': 'other-server' });
    },
  );

  it('is dismissed and shown again; the server it names takes the dismissal back', async () => {
    await play(['ours', 'foreign', 'honest']);
    const { rows } = await station.ask('batches.list', {});
    const aside = rows.find((row) => row.aside !== null)?.batch ?? '';
    const other = rows.find((row) => row.aside === null)?.batch ?? '';
    const toDo = async () =>
      (await station.ask('batches.list', { show: 'to-do' })).rows.map(({ batch }) => batch).sort();
    await expect(station.ask('batch.dismiss', { batch: other, dismissed: true })).rejects.toMatchObject({
      code: 'not-set-aside',
    });
    await station.ask('batch.dismiss', { batch: aside, dismissed: true });
    expect(await toDo()).toEqual([other]);
    expect((await station.ask('batches.list', { show: 'done' })).rows.map(({ batch }) => batch)).toEqual([
      aside,
    ]);
    await station.ask('batch.dismiss', { batch: aside, dismissed: false });
    expect(await toDo()).toEqual([aside, other].sort());
    await station.ask('batch.dismiss', { batch: aside, dismissed: true });
    await play(['theirs', 'ours']);
    expect(await station.ask('batch.get', { batch: aside })).toMatchObject({
      dismissedAt: null,
      aside: 'other-server',
    });
    const done = (await station.ask('ledger.list', { limit: 200 })).rows.map(({ what }) => what);
    expect(done).toEqual(expect.arrayContaining(['set-aside', 'put-back', 'dismissed', 'dismissal-undone']));
  });

  it('comes back where somebody says that its server is this one, and goes again where that is taken back', async () => {
    await play(['ours', 'foreign']);
    const info = await station.ask('server.name', { address: `${THEIRS}/medic`, same: true });
    expect(info.otherNames).toEqual([`${THEIRS}/medic`]);
    expect(await picture()).toEqual({
      's1 1': 'unchecked open',
      'f1 1': 'unchecked open',
      'h1 2': 'unchecked open',
    });
    await station.ask('server.name', { address: `${THEIRS}/medic`, same: false });
    expect(Object.values(await picture())).toEqual(['other-server', 'other-server', 'other-server']);
    await expect(station.ask('server.name', { address: '://', same: true })).rejects.toMatchObject({
      code: 'bad-url',
    });
  });

  it('stays set aside after the station was opened again', async () => {
    await play(['ours', 'foreign']);
    const { dataDir } = station;
    await station.station.close();
    const again = await openTestStation({ dataDir });
    try {
      expect(Object.values(await picture(again))).toEqual(['other-server', 'other-server', 'other-server']);
    } finally {
      await again.close();
    }
  });
});

describe('several people', () => {
  const settings = (user: string) =>
    document(`org.couchdb.user:${user}`, { type: 'user-settings', name: user, contact_id: `c-${user}` });
  const by = (id: string, user: string) =>
    document(id, { type: 'data_record', form: 'x', contact: { _id: `c-${user}` }, fields: {} });

  it('keep what is theirs when it goes by a later dump, whenever the server is set', async () => {
    const documents = [by('r1', 'amina'), by('r2', 'bakari'), settings('amina'), settings('bakari')];
    for (const late of [false, true]) {
      const fresh = await openTestStation();
      try {
        if (!late) await fresh.ask('server.set', { url: OURS });
        await fresh.take(stationDump(documents, { server: THEIRS, user: 'amina', userContactId: 'c-amina' }));
        await fresh.take(stationDump(documents, { server: OURS, user: 'amina', userContactId: 'c-amina' }));
        if (late) await fresh.ask('server.set', { url: OURS });
        const { rows } = await fresh.ask('changes.list', { sort: 'id', revisions: true });
        expect(
          rows.filter(({ kind }) => kind === 'report').map(({ id, user, class: one }) => [id, user, one]),
        ).toEqual([
          ['r1', 'amina', 'unchecked'],
          ['r2', 'bakari', 'unchecked'],
        ]);
        const batches = (await fresh.ask('batches.list', {})).rows;
        const batch = batches.find(({ user, aside }) => user === 'bakari' && aside === null);
        expect(batch?.flags).toContain('several-users');
      } finally {
        await fresh.close();
      }
    }
  });
});

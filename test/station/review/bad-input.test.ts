/**
 * Dumps that are well-formed and bad: forged, stolen, broken on the way, or of somebody else. Each is told apart by a class
 * or by what is unusual about it; nothing of it is ordinary, and nothing of it leaves unasked.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PracticeServer } from '../../../electron/practice/server.ts';
import { APPROVABLE_CLASSES } from '../../../shared/states.ts';
import type { UnusualRule } from '../../../shared/unusual.ts';
import { document, type Json } from '../../support/documents.ts';
import { docsDump, stationDump } from '../../support/dumps.ts';
import { edited, leavesAt } from '../../support/edits.ts';
import { openTestStation, type ServedStation } from '../../support/station.ts';
import { compareAs, uploadAs } from '../../support/uploads.ts';

let server: PracticeServer;
let station: ServedStation;
beforeEach(async () => {
  station = await openTestStation({ practice: true });
  ({ server } = station);
});
afterEach(() => station.close());

const DAY = 24 * 60 * 60_000;
const PERSON = 'hc1-area-1-home-1-person-1';
const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}-${at + 1}`);
const visit = (id: string, fields: Json = {}): Json =>
  document(id, {
    type: 'data_record',
    form: 'home_visit',
    reported_date: Date.now() - DAY,
    contact: { _id: 'hc1-chw1' },
    fields: { patient_id: PERSON },
    ...fields,
  });
const task = (user: string): Json =>
  document(`task~org.couchdb.user:${user}~visit~1`, { type: 'task', user: `org.couchdb.user:${user}` });
const settings = (user: string, contact: string, more: Json = {}): Json =>
  document(`org.couchdb.user:${user}`, { type: 'user-settings', name: user, contact_id: contact, ...more });

/** People in the area of chw1, on the server. */
async function persons(count: number): Promise<string[]> {
  const ids = numbered('person', count);
  const home = { _id: 'hc1-area-1-home-1', parent: { _id: 'hc1-area-1', parent: { _id: 'hc1' } } };
  for (const id of ids) {
    const made = { _id: id, type: 'person', name: id, parent: home, reported_date: Date.now() - DAY };
    await server.database().put(made);
  }
  return ids;
}

async function onTheServer(ids: readonly string[]): Promise<Json[]> {
  for (const id of ids) {
    const { _rev: _, _revisions: __, ...doc } = visit(id);
    await server.database().put(doc as never);
  }
  return Promise.all(ids.map(async (id) => (await server.database().get(id, { revs: true })) as Json));
}

const changed = (ids: readonly string[], fields: (id: string) => Json): Promise<Json[]> =>
  Promise.all(ids.map((id) => edited(server, id, { name: `${id} edited`, fields: fields(id) })));

interface Bad {
  /** Dumps that came before and are as they should be. */
  readonly before?: readonly Buffer[];
  readonly dump: Buffer;
  readonly name?: string;
  readonly ids: readonly string[];
  /** At least one of these is told of each of the records. */
  readonly rules: readonly UnusualRule[];
  /** Honest records of the same dump, which are not held up. */
  readonly honest?: readonly string[];
}

const CASES: Readonly<Record<string, () => Promise<Bad>>> = {
  'descendants of 900 generations': async () => {
    const ids = await persons(2);
    const forged: Json[] = [];
    for (const id of ids) {
      let doc = await edited(server, id, { name: `${id} 1`, fields: { name: 'Forged' } });
      for (let at = 2; at <= 900; at += 1) doc = await edited(server, id, { name: `${id} ${at}`, on: doc });
      forged.push(doc);
    }
    const dump = stationDump([...forged, visit('honest')]);
    return { dump, ids, rules: ['far-above-server'], honest: ['honest'] };
  },
  'a long history of what came here before': async () => {
    const doc = visit('known');
    let forged: Json = doc;
    for (let at = 2; at <= 40; at += 1)
      forged = await edited(server, 'known', { name: `known ${at}`, on: forged, fields: { note: 'Forged' } });
    return {
      before: [stationDump([doc])],
      dump: stationDump([forged]),
      ids: ['known'],
      rules: ['unseen-history'],
    };
  },
  'many deletions': async () => {
    const ids = numbered('visit', 12);
    await onTheServer(ids);
    const dump = stationDump(
      await Promise.all(ids.map((id) => edited(server, id, { name: `${id} gone`, deleted: true }))),
    );
    return { dump, ids, rules: ['many-deletions'] };
  },
  'contacts under other names': async () => {
    const ids = await persons(6);
    const dump = stationDump(await changed(ids, (id) => ({ name: `X${id}` })));
    return { dump, ids, rules: ['contacts-rewritten'] };
  },
  'contacts moved to another place': async () => {
    const ids = await persons(6);
    const parent = { _id: 'hc1-area-2', parent: { _id: 'hc1', parent: { _id: 'district' } } };
    return { dump: stationDump(await changed(ids, () => ({ parent }))), ids, rules: ['contacts-rewritten'] };
  },
  'contacts rewritten in all but their names': async () => {
    const ids = await persons(25);
    const dump = stationDump(await changed(ids, () => ({ date_of_birth: '1900-01-01', sex: 'female' })));
    return { dump, ids, rules: ['contacts-rewritten'] };
  },
  'more than ten times the usual': async () => {
    const usual = ['a', 'b', 'c'].map((name) => stationDump(numbered(name, 2).map((id) => visit(id))));
    const ids = numbered('much', 21);
    return {
      before: usual,
      dump: stationDump(ids.map((id) => visit(id))),
      ids,
      rules: ['far-more-than-usual'],
    };
  },
  'targets of others': async () => {
    const own = (id: string): Json =>
      document(id, { type: 'target', user: 'org.couchdb.user:chw2', owner: 'hc2-chw2', targets: [] });
    const there = 'target~2026-10~hc2-chw2~org.couchdb.user:chw2';
    const { _rev: _, _revisions: __, ...doc } = own(there);
    await server.database().put(doc as never);
    const made = own('target~2026-11~hc2-chw2~org.couchdb.user:chw2');
    const forged = await edited(server, there, {
      name: 'forged',
      fields: { targets: [{ id: 'all', value: 999 }] },
    });
    const dump = stationDump([made, forged, visit('honest')]);
    return { dump, ids: [String(made['_id']), there], rules: ['other-author'], honest: ['honest'] };
  },
  'user-settings, the own ones and those of others': async () => {
    const ids = ['org.couchdb.user:chw1', 'org.couchdb.user:chw2'];
    const dump = stationDump([...(await changed(ids, () => ({ facility_id: ['hc3'] }))), visit('honest')]);
    return { dump, ids, rules: ['user-settings'], honest: ['honest'] };
  },
  'a look-alike of a name, in the manifest': () => {
    const dump = stationDump([visit('r1')], { user: '\u0441hw1' });
    return Promise.resolve({ dump, ids: ['r1'], rules: ['odd-name'] });
  },
  'a look-alike of a name, in the settings and tasks': () => {
    const dump = docsDump([settings('chw1\u200b', 'hc1-chw1'), task('chw1\u200b'), visit('r1')]);
    return Promise.resolve({ dump, ids: ['r1'], rules: ['odd-name'] });
  },
  'a name that CHT gives nobody': () => {
    const dump = stationDump([visit('r1')], { user: 'Asha Rose (phone 2)' });
    return Promise.resolve({ dump, ids: ['r1'], rules: ['odd-name'] });
  },
  'a person of whom nobody else has heard': () => {
    const dump = stationDump([visit('r1')], { user: 'chw77', userContactId: 'c77' });
    return Promise.resolve({ dump, ids: ['r1'], rules: ['person-unseen'] });
  },
  'records of a colleague': () => {
    const dump = stationDump([visit('r1', { contact: { _id: 'hc1-chw3' } }), visit('honest')]);
    return Promise.resolve({ dump, ids: ['r1'], rules: ['other-author'], honest: ['honest'] });
  },
  'dates before 2010, after tomorrow, or none': async () => {
    const dates: Readonly<Record<string, unknown>> = {
      old: Date.UTC(2009, 11, 31),
      seconds: 1_767_225_600,
      zero: 0,
      negative: -1,
      soon: Date.now() + 3 * DAY,
      far: Date.UTC(2150, 0, 1),
      endless: 1e300,
      words: 'yesterday',
      empty: '',
      nothing: null,
      list: [Date.now()],
    };
    const fresh = Object.entries(dates).map(([id, reported_date]) => visit(id, { reported_date }));
    await onTheServer(['edited-far', 'edited-lost']);
    const [far, lost] = await Promise.all([
      edited(server, 'edited-far', { name: 'far', fields: { reported_date: Date.UTC(2150, 0, 1) } }),
      edited(server, 'edited-lost', { name: 'lost', fields: { reported_date: null } }),
    ]);
    const ids = [...Object.keys(dates), 'edited-far', 'edited-lost'];
    return {
      dump: stationDump([...fresh, far, lost, visit('honest')]),
      ids,
      rules: ['dated-before-2010', 'dated-in-future', 'undated'],
      honest: ['honest'],
    };
  },
};

const leaves = async (ids: readonly string[]): Promise<string[][]> =>
  Promise.all(
    ids.map(async (id) => {
      const found = await leavesAt(server, id).catch(() => ({ live: [], deleted: [] }));
      return [...found.live, ...found.deleted];
    }),
  );

it.each(Object.entries(CASES))('%s', async (_name, make) => {
  const { before = [], dump, name, ids, rules, honest = [] } = await make();
  for (const one of before) await station.take(one);
  await station.take(dump, name);
  await compareAs(station, server, 'sup_online');
  const stands = await leaves(ids);

  const { rows } = await station.ask('changes.list', { limit: 1000 });
  const bad = rows.filter((row) => ids.includes(row.id));
  expect(bad.map((row) => row.id).sort()).toEqual([...ids].sort());
  for (const row of bad)
    expect(
      row.unusual.some(({ rule }) => rules.includes(rule)),
      `${row.id} ${row.class} ${JSON.stringify(row.unusual)}`,
    ).toBe(true);
  const listed = await station.ask('changes.list', { ordinary: true, limit: 1000 });
  expect(listed.rows.filter((row) => ids.includes(row.id))).toEqual([]);

  // Everything that can be pressed without naming what is unusual, or a deletion.
  const classes = APPROVABLE_CLASSES.filter((one) => one !== 'deletion');
  for (const { batch } of (await station.ask('batches.list', { limit: 1000 })).rows) {
    await station.ask('decide.approve', { batch });
    for (const refused of [false, true]) await station.ask('decide.approve', { batch, classes, refused });
    await station.ask('decide.approve', { batch, refused: true });
  }
  const approved = await station.ask('changes.list', { states: ['approved'], limit: 1000 });
  expect(approved.rows.filter((row) => ids.includes(row.id))).toEqual([]);

  for (const user of ['chw1', 'chw2', 'chw3', 'sup_online']) await uploadAs(station, server, user);
  expect(await leaves(ids)).toEqual(stands);
  expect((await leaves(honest)).map((revs) => revs.length)).toEqual(honest.map(() => 1));
});

it('a thousand people and more in one dump: all told apart or nobody’s, and nothing of them leaves', async () => {
  const users = Array.from({ length: 1005 }, (_, at) => `u${String(at).padStart(4, '0')}`);
  const documents = users.flatMap((user) => [
    settings(user, `c-${user}`),
    visit(`r-${user}`, { contact: { _id: `c-${user}` } }),
  ]);
  await station.take(stationDump(documents, { user: 'u0000', userContactId: 'c-u0000' }));
  await compareAs(station, server, 'sup_online');
  const rows = [0, 1000].map((offset) => station.ask('batches.list', { offset, limit: 1000 }));
  const batches = (await Promise.all(rows)).flatMap((page) => page.rows);
  expect(batches.reduce((sum, { counts }) => sum + (counts.new ?? 0), 0)).toBe(documents.length);
  expect(batches.filter(({ user }) => user === null)).toHaveLength(1);
  for (const batch of batches) {
    expect(batch).toMatchObject({ ordinary: 0 });
    expect(batch.flags).toContain('too-many-people');
    expect(await station.ask('decide.approve', { batch: batch.batch })).toMatchObject({ changed: 0 });
  }
  expect(await uploadAs(station, server, 'sup_online')).toMatchObject({ sent: 0, outcome: 'nothing' });
  expect(await leaves(users.map((user) => `r-${user}`))).toEqual(users.map(() => []));
});

/** What `pouchdb-replication-stream` writes: its header says of which database and server it is. */
function replicationStream(documents: readonly Json[], info: Json): Buffer {
  const header = { version: '1.2.9', db_type: 'http', start_time: '2026-11-20T10:00:00.000Z', db_info: info };
  const lines = [header, ...documents.map((doc) => ({ docs: [doc] })), { seq: documents.length }];
  return Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

const ELSEWHERE = { server: 'https://cht.other-country.example' };
const FOREIGN: Readonly<Record<string, (docs: Json[]) => Buffer>> = {
  'says its manifest': (docs) => stationDump(docs, ELSEWHERE),
  'says the header of its stream': (docs) =>
    replicationStream(docs, { db_name: 'medic', host: 'https://cht.other-country.example/medic/' }),
  'says the header, where the name of the database is an address': (docs) =>
    replicationStream(docs, { db_name: 'https://cht.other-country.example/medic' }),
};

it.each(
  Object.entries(FOREIGN).flatMap(([name, dump]) =>
    (['first', 'later'] as const).map((when) => [name, when, dump] as const),
  ),
)('a dump of another server, %s, taken %s, is set aside and can be dismissed', async (_name, when, dump) => {
  const own = await openTestStation();
  try {
    const theirs = dump([visit('theirs'), visit('both')]);
    const ours = stationDump([visit('ours'), visit('both')]);
    if (when === 'later') await own.ask('server.set', { url: server.url });
    const taken = await own.take(theirs, 'theirs.txt');
    await own.take(ours);
    if (when === 'first') await own.ask('server.set', { url: server.url });
    await compareAs(own, server, 'sup_online');
    const batch = taken.batch ?? '';
    expect(await own.ask('batch.get', { batch })).toMatchObject({
      aside: 'other-server',
      namedElsewhere: 'https://cht.other-country.example',
      ordinary: 0,
      dismissedAt: null,
    });
    const classes = APPROVABLE_CLASSES.filter((one) => one !== 'deletion');
    for (const one of (await own.ask('batches.list', {})).rows) {
      await own.ask('decide.approve', { batch: one.batch });
      await own.ask('decide.approve', { batch: one.batch, classes, refused: true });
    }
    const dismissed = await own.ask('batch.dismiss', { batch, dismissed: true });
    expect(dismissed.dismissedAt).not.toBeNull();
    for (const user of ['chw1', 'sup_online']) await uploadAs(own, server, user);
    expect((await leaves(['theirs', 'ours', 'both'])).map((revs) => revs.length)).toEqual([0, 1, 1]);
  } finally {
    await own.close();
  }
});

it.each<[string, (docs: Json[]) => Buffer]>([
  ['its manifest', (docs) => stationDump(docs, { database: 'medic-sentinel' })],
  [
    'the header of its stream',
    (docs) => replicationStream(docs, { db_name: 'medic-sentinel', host: server.url }),
  ],
  [
    'the header of a stream without a host',
    (docs) => replicationStream(docs, { db_name: 'medic-users-meta' }),
  ],
])('a dump of another database, says %s, is not taken, with that reason', async (_name, dump) => {
  await expect(station.take(dump([visit('theirs')]), 'theirs.txt')).resolves.toMatchObject({
    outcome: 'failed',
    batch: null,
    problems: [{ code: 'wrong-database' }],
  });
  expect((await station.ask('changes.list', {})).rows).toEqual([]);
});

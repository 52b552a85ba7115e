/** What an import says that it brought: by person, each record once, in numbers that add up to what is new. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startPracticeServer } from '../../../electron/practice/server.ts';
import { CAME, sumOf } from '../../../shared/came.ts';
import { cameSentences } from '../../../shared/came-lines.ts';
import type { ImportResult } from '../../../shared/intake.ts';
import { document, type Json, person, purgeStub, report } from '../../support/documents.ts';
import { allDocsDump, androidDump, docsDump, sealedBundle, stationDump } from '../../support/dumps.ts';
import { rev } from '../../support/revisions.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

let station: TestStation;
beforeEach(async () => {
  station = await openTestStation();
});
afterEach(() => station.close());

const task = (user: string, n: number, state = 'Ready', history = 'a'): Json =>
  document(
    `task~org.couchdb.user:${user}~visit~${n}`,
    { type: 'task', user: `org.couchdb.user:${user}`, state },
    { history },
  );
const settings = (user: string, contact: string): Json =>
  document(`org.couchdb.user:${user}`, { type: 'user-settings', name: user, contact_id: contact });

/** What is said, after looking whether it adds up. */
function said(...imports: readonly ImportResult[]): readonly string[] {
  for (const { came, documents } of imports)
    expect(came?.reduce((sum, one) => sum + sumOf(one), 0) ?? documents.new).toBe(documents.new);
  return cameSentences(imports, 'en');
}
/** The counts that are not zero. */
const counted = ({ came }: ImportResult) =>
  came?.map((one) => [one.user, ...CAME.flatMap((what) => (one[what] > 0 ? [`${what} ${one[what]}`] : []))]);

const first = () =>
  stationDump([
    report('r1'),
    report('r2', { note: 'x' }),
    person('p1', 'Ann'),
    task('chw1', 1),
    purgeStub('gone'),
  ]);

it('says reports, people and other records of a first visit, the person first', async () => {
  expect(said(await station.take(first()))).toEqual([
    'chw1 · 2 reports new here, 1 person or place new here, 1 other record (tasks, settings)',
  ]);
});

it('says of the same export, as the same file or as other bytes, that all of it was here', async () => {
  const all = stationDump([report('r1'), report('r2'), person('p1', 'Ann')]);
  await station.take(all);
  const same = await station.take(all);
  expect(same.outcome).toBe('again');
  expect(said(same)).toEqual(['chw1 · nothing new: all 3 records were here already']);
  const other = await station.take(stationDump([report('r2'), person('p1', 'Ann'), report('r1')]));
  expect(other).toMatchObject({ outcome: 'taken', documents: { new: 0, known: 3 } });
  expect(said(other)).toEqual(['chw1 · nothing new: all 3 records were here already']);
  // What was left out on purpose was not here: then it is not all.
  const stub = await station.take(stationDump([report('r1'), purgeStub('gone')]));
  expect(said(stub)).toEqual(['chw1 · nothing new']);
});

it('says of a second visit what was edited and deleted, and what is new', async () => {
  await station.take(first());
  const second = await station.take(
    stationDump([
      report('r1', { note: 'edited twice' }, { history: 'abc' }),
      report('r2', {}, { history: 'ab', deleted: true }),
      report('r3'),
      person('p1', 'Ann', { history: 'a' }),
      task('chw1', 1, 'Completed', 'ab'),
      // Nobody here ever had it.
      document('never-here', {}, { history: 'ab', deleted: true }),
    ]),
  );
  expect(said(second)).toEqual([
    'chw1 · 1 report new here, 1 changed, 2 deleted, 1 other record (tasks, settings)',
  ]);
  // A deletion that is deleted once more deletes nothing.
  const third = await station.take(
    stationDump([report('r2', {}, { history: 'abc', deleted: true }), report('r4', {}, { history: 'ab' })]),
  );
  expect(said(third)).toEqual(['chw1 · 1 report new here, 1 further version']);
  // What is restored is changed, whatever it was before.
  const fourth = await station.take(stationDump([report('r2', { note: 'x' }, { history: 'abcd' })]));
  expect(counted(fourth)).toEqual([['chw1', 'changed 1']]);
});

it('counts a record with several branches once', async () => {
  const branch = (history: string, deleted = false) =>
    report('r1', { branch: history }, { history, deleted });
  expect(counted(await station.take(docsDump([branch('ab'), branch('ax')])))).toEqual([
    [null, 'reports 1', 'versions 1'],
  ]);
  // One branch was closed, and the record lives on in the other.
  expect(counted(await station.take(docsDump([branch('axy', true)])))).toEqual([[null, 'versions 1']]);
  expect(counted(await station.take(docsDump([branch('abc', true)])))).toEqual([[null, 'deleted 1']]);
  // Both at once.
  const two = [report('r2', {}, { history: 'ab' }), report('r2', {}, { history: 'axy', deleted: true })];
  expect(counted(await station.take(docsDump(two)))).toEqual([[null, 'reports 1', 'versions 1']]);
});

it('takes a deletion without its history for that of its record, and another revision with the same content for no edit', async () => {
  await station.take(stationDump([report('r1'), report('r2', { note: 'as it was' })]));
  const bare = { _id: 'r1', _rev: rev(2, 'ab'), _deleted: true };
  expect(counted(await station.take(docsDump([bare])))).toEqual([[null, 'deleted 1']]);
  expect(
    counted(await station.take(docsDump([report('r2', { note: 'as it was' }, { history: 'ab' })]))),
  ).toEqual([[null, 'versions 1']]);
});

it('says what each of two people on one phone brought, and names a contact that the export has', async () => {
  const by = (id: string, contact: string) =>
    document(id, { type: 'data_record', form: 'home_visit', contact: { _id: contact }, fields: {} });
  const both = await station.take(
    docsDump([
      settings('chw1', 'c1'),
      settings('chw2', 'c2'),
      person('c2', 'Binta Sow'),
      task('chw1', 1),
      task('chw1', 2),
      task('chw2', 1),
      ...['r1', 'r2', 'r3'].map((id) => by(id, 'c1')),
      by('r4', 'c2'),
    ]),
  );
  expect(both.batches).toHaveLength(2);
  expect(new Set(both.came?.map(({ batch }) => batch))).toEqual(new Set(both.batches));
  const lines = said(both);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^chw1 · 3 reports new here, /);
  expect(lines[1]).toMatch(/^Binta Sow \(chw2\) · 1 report new here, /);
  const list = await station.ask('intake.list', {});
  expect(list.rows[0]?.came).toEqual(both.came);
});

it('names the person that a clerk says it is of afterwards, and nobody where nobody knows', async () => {
  const taken = await station.take(allDocsDump([report('r1'), report('r2')]));
  expect(said(taken)).toEqual(['Owner unknown · 2 reports new here']);
  await station.ask('batch.assign', { batch: taken.batch ?? '', user: 'chw7' });
  const { rows } = await station.ask('intake.list', {});
  expect(said(...rows)).toEqual(['chw7 · 2 reports new here']);
});

it('is counted where records carry no revision', async () => {
  await station.take(androidDump([report('r1'), report('r2')]));
  const edited = await station.take(
    androidDump([report('r1'), report('r2', { note: 'more' }), report('r3')]),
  );
  expect(edited.documents).toMatchObject({ new: 2, known: 1 });
  expect(counted(edited)?.map(([, ...counts]) => counts)).toEqual([['reports 1', 'changed 1']]);
});

it('says nothing of what is set aside, unreadable or sealed', async () => {
  const server = await startPracticeServer();
  try {
    await station.ask('server.set', { url: server.url });
    const aside = await station.take(stationDump([report('r1')], { server: 'https://other.example.org' }));
    expect(aside).toMatchObject({ came: null, documents: { new: 1 } });
    expect(said(aside)).toEqual(['chw1 · 1 new']);
    // What only the one that is set aside had is new here when it comes for this server.
    const ours = await station.take(stationDump([report('r1')]));
    expect(said(ours)).toEqual(['chw1 · 1 report new here']);
  } finally {
    await server.close();
  }
  const bad = await station.take(Buffer.from('Dear colleague'));
  expect([bad.came, said(bad)]).toEqual([null, []]);
  const pair = sealedBundle({ user: 'chw1', device: 'phone-1', number: 1 });
  await writeFile(join(station.folder, 'x.bundle'), pair.sealed);
  await writeFile(join(station.folder, 'x.json'), pair.envelope);
  const sealed = await station.take(join(station.folder, 'x.bundle'));
  expect([sealed.came, said(sealed)]).toEqual([null, []]);
});

it('has a line for up to three people, and names two of more', async () => {
  const of = (user: string) =>
    station.take(stationDump([report(`of-${user}`)], { user, userContactId: `c-${user}` }));
  const all: ImportResult[] = [];
  for (const user of ['a', 'b', 'c']) all.push(await of(user));
  expect(said(...all)).toEqual(['a', 'b', 'c'].map((user) => `${user} · 1 report new here`));
  for (const user of ['d', 'e']) all.push(await of(user));
  expect(said(...all)).toEqual(['a, b and 3 more · 5 reports new here']);
  expect(cameSentences(all, 'fr')).toEqual(['a, b et 3 autres · 5 rapports nouveaux ici']);
  expect(cameSentences(all, 'sw')).toEqual(['a, b na wengine 3 · ripoti 5 mpya hapa']);
});

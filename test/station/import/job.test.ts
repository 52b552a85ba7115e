import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ImportResult } from '../../../shared/intake.ts';
import type { ChangeRow } from '../../../shared/review.ts';
import { attachment, document, type Json, person, purgeStub, report } from '../../support/documents.ts';
import { allDocsDump, androidDump, docsDump, ndjsonDump, stationDump } from '../../support/dumps.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { imageOf } from '../../support/replica.ts';
import { chain, rev } from '../../support/revisions.ts';
import { revisionTree } from '../../../electron/practice/pouch.ts';
import { leavesOf } from '../../../electron/practice/revision-tree.ts';
import { startPracticeServer, type PracticeServer } from '../../../electron/practice/server.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

let station: TestStation;
let server: PracticeServer;
beforeAll(async () => {
  server = await startPracticeServer();
});
afterAll(() => server.close());

/** In a `describe`: every test has an empty station. */
function aStationForEach(): void {
  beforeEach(async () => {
    station = await openTestStation();
  });
  afterEach(() => station.close());
}

/** In a `describe` whose tests do not meet: they use other ids. */
function oneStationForAll(): void {
  beforeAll(async () => {
    station = await openTestStation();
  });
  afterAll(() => station.close());
}

const changes = async (of: TestStation = station): Promise<readonly ChangeRow[]> =>
  (await of.ask('changes.list', { revisions: true, sort: 'id', limit: 1000 })).rows;
const changesOf = async ({ batch }: ImportResult): Promise<readonly ChangeRow[]> =>
  (await station.ask('changes.list', { batch: batch ?? '', revisions: true, sort: 'id', limit: 1000 })).rows;
const keyed = (rows: readonly ChangeRow[]): Record<string, string> =>
  Object.fromEntries(rows.map((row) => [row.id, row.class]));

/** The counts of an import, after looking whether they add up. */
function counts(result: ImportResult): string {
  const { read, new: fresh, known, skipped, broken } = result.documents;
  expect(fresh + known + skipped + broken, JSON.stringify(result.documents)).toBe(read);
  return `${fresh} new, ${known} known, ${skipped} skipped, ${broken} broken`;
}

/** Everything the ledger holds that does not depend on the clock. */
function ledgerOf(dataDir: string, table: string, columns: string): unknown[] {
  const db = new DatabaseSync(join(dataDir, 'ledger.sqlite'));
  try {
    return db.prepare(`SELECT ${columns} FROM ${table} ORDER BY ${columns}`).all();
  } finally {
    db.close();
  }
}

describe('the same dump again', () => {
  aStationForEach();

  const dump = () =>
    stationDump([
      report('r1'),
      report('r2', { note: 'x' }, { history: 'abc' }),
      person('p1', 'Ann', { attachments: { photo: attachment('a photo') } }),
      purgeStub('gone'),
    ]);

  it('in one folder, as a copy of the file, is counted once', async () => {
    const folder = temporaryFolder();
    try {
      for (const name of ['a.chtdump', 'Copy of a.chtdump', 'b.chtdump.part']) folder.put(name, dump());
      for (const name of ['x.json', 'y.json']) folder.put(name, 'Dear colleague');
      const end = await station.wait(await station.start(folder.path));
      const imports = end.kind === 'imported' ? end.imports : [];
      expect(imports.map(({ outcome }) => outcome).toSorted()).toEqual([
        'again',
        'again',
        'failed',
        'failed',
        'taken',
      ]);
      const sum = (of: 'new' | 'known') => imports.reduce((total, { documents }) => total + documents[of], 0);
      expect([sum('new'), sum('known')]).toEqual([3, 6]);
    } finally {
      folder.remove();
    }
  });

  it('is known, whatever its name is by then', async () => {
    const first = await station.take(dump(), 'first.chtdump');
    expect(counts(first)).toBe('3 new, 0 known, 1 skipped, 0 broken');
    expect(first).toMatchObject({ outcome: 'taken', attachments: { read: 1, bytes: 7 } });
    const before = await changes();
    const second = await station.take(dump(), 'second.chtdump');
    expect(counts(second)).toBe('0 new, 3 known, 1 skipped, 0 broken');
    expect(second).toMatchObject({ outcome: 'again', dump: first.dump, batches: first.batches });
    expect(await changes()).toEqual(before);
    expect((await station.ask('batches.list', {})).total).toBe(1);
    expect((await station.ask('intake.list', {})).total).toBe(1);
  });

  it('is known as other bytes too: packed, or in another format', async () => {
    await station.take(dump());
    const before = await changes();
    const packed = await station.take(gzipSync(dump()));
    expect(counts(packed)).toBe('0 new, 3 known, 1 skipped, 0 broken');
    expect(packed.outcome).toBe('taken');
    const asDocs = await station.take(
      docsDump([
        report('r1'),
        report('r2', { note: 'x' }, { history: 'abc' }),
        person('p1', 'Ann', { attachments: { photo: attachment('a photo') } }),
      ]),
    );
    expect(counts(asDocs)).toBe('0 new, 3 known, 0 skipped, 0 broken');
    expect(await changes()).toEqual(before);
  });

  it('is known after a restart', async () => {
    const folder = temporaryFolder();
    try {
      for (const expected of ['3 new, 0 known', '0 new, 3 known']) {
        const own = await openTestStation({ dataDir: folder.path });
        try {
          expect(counts(await own.take(dump()))).toBe(`${expected}, 1 skipped, 0 broken`);
        } finally {
          await own.close();
        }
      }
    } finally {
      folder.remove();
    }
  });
});

describe('a power cut', () => {
  it('that takes the last steps from the ledger and not from the replica loses nothing to the reviewer', async () => {
    const folder = temporaryFolder();
    const dump = stationDump([
      report('r1'),
      report('r2', { note: 'x' }, { history: 'abc' }),
      person('p1', 'Ann', { attachments: { photo: attachment('a photo') } }),
    ]);
    const takeIt = async (): Promise<unknown> => {
      const own = await openTestStation({ dataDir: folder.path });
      try {
        const taken = counts(await own.take(dump));
        return [taken, (await changes(own)).map(({ id, rev: its, class: kind }) => [id, its, kind])];
      } finally {
        await own.close();
      }
    };
    try {
      const whole = await takeIt();
      for (const end of ['', '-wal', '-shm'])
        rmSync(join(folder.path, `ledger.sqlite${end}`), { force: true });
      // As in the first moments of a station: nothing else tells of an earlier ledger.
      for (const name of ['dumps', 'backups']) rmSync(join(folder.path, name), { recursive: true });
      expect(await takeIt()).toEqual(whole);
    } finally {
      folder.remove();
    }
  });
});

describe('dumps that overlap', () => {
  aStationForEach();

  const photo = { photo: attachment('a photo') };
  const DUMPS: Record<string, Buffer> = {
    first: stationDump([
      report('r1', { n: 1 }),
      report('r2', { n: 2 }, { history: 'ab' }),
      person('p1', 'Ann'),
      person('p2', 'Bea', { attachments: photo }),
    ]),
    later: stationDump([
      report('r1', { n: 2 }, { history: 'ab' }),
      report('r2', { n: 2 }, { history: 'ab' }),
      report('r2', { n: 3 }, { history: 'ac' }),
      person('p1', 'Ann', { history: 'ab', deleted: true }),
      report('r3'),
      purgeStub('p2', 'ab'),
    ]),
    withoutHistory: allDocsDump([
      report('r1', { n: 3 }, { history: 'abc' }),
      person('p2', 'Bea', { attachments: photo }),
      person('p3', 'Cleo', { history: 'abcd' }),
    ]),
    withHistory: ndjsonDump([
      person('p3', 'Cleo', { history: 'abcd' }),
      report('r1', { n: 3 }, { history: 'abc' }),
    ]),
  };
  const ORDERS = [
    ['first', 'later', 'withoutHistory', 'withHistory'],
    ['withHistory', 'withoutHistory', 'later', 'first'],
    ['later', 'withHistory', 'first', 'withoutHistory'],
    ['withoutHistory', 'first', 'withHistory', 'later'],
  ];

  it('give the same replica in every order, and what stays to be decided is the same', async () => {
    const images: unknown[] = [];
    const leaves: unknown[] = [];
    for (const order of ORDERS) {
      const folder = temporaryFolder();
      try {
        const own = await openTestStation({ dataDir: folder.path });
        for (const name of order) counts(await own.take(DUMPS[name] ?? Buffer.from(''), `${name}.json`));
        const rows = await changes(own);
        leaves.push(
          rows
            .filter((row) => row.state === 'open')
            .map((row) => `${row.id} ${row.rev} ${row.class}`)
            .sort(),
        );
        await own.close();
        images.push(await imageOf(join(folder.path, 'replica')));
      } finally {
        folder.remove();
      }
    }
    for (const [at, image] of images.entries()) {
      expect(image, ORDERS[at]?.join()).toEqual(images[0]);
      expect(leaves[at], ORDERS[at]?.join()).toEqual(leaves[0]);
    }
    expect(leaves[0]).toHaveLength(7);
  });

  it('say how many records were known', async () => {
    const take = async (name: string) => counts(await station.take(DUMPS[name] ?? Buffer.from('')));
    expect(await take('first')).toBe('4 new, 0 known, 0 skipped, 0 broken');
    // Known: r2. The purge stub of p2 is noted only.
    expect(await take('later')).toBe('4 new, 1 known, 1 skipped, 0 broken');
    // Known: p2.
    expect(await take('withoutHistory')).toBe('2 new, 1 known, 0 skipped, 0 broken');
    // The histories are news; the records are not.
    expect(await take('withHistory')).toBe('0 new, 2 known, 0 skipped, 0 broken');
  });

  it('know what an older phone brings late: an ancestor is no news', async () => {
    await station.take(DUMPS['later'] ?? Buffer.from(''));
    expect(counts(await station.take(DUMPS['first'] ?? Buffer.from('')))).toBe(
      '1 new, 3 known, 0 skipped, 0 broken',
    );
    expect((await changes()).filter((row) => row.state === 'open').map((row) => row.id)).toEqual([
      'p1',
      'p2',
      'r1',
      'r2',
      'r2',
      'r3',
    ]);
  });

  it('tell of a history later: then it is an edit, and no conflict', async () => {
    await station.take(stationDump([report('r1', { n: 2 }, { history: 'ab' })]));
    await station.take(allDocsDump([report('r1', { n: 3 }, { history: 'abc' })]));
    await station.take(ndjsonDump([report('r1', { n: 3 }, { history: 'abc' })]));
    expect((await changes()).map((row) => [row.rev, row.class, row.state])).toEqual([
      [chain('abc')[0], 'unchecked', 'open'],
    ]);
    expect((await station.ask('conflicts.list', {})).total).toBe(0);
  });

  it('show two edits of one version as a conflict, also when the history that tells it comes later', async () => {
    await station.take(stationDump([report('r1', { n: 2 }, { history: 'ab' })], { device: 'one' }));
    const other = report('r1', { n: 3 }, { history: 'ac' });
    await station.take(allDocsDump([other]));
    await station.take(stationDump([other], { device: 'two' }));
    expect((await changes()).map((row) => row.class)).toEqual(['conflict', 'conflict']);
    expect((await station.ask('conflicts.list', {})).rows.map((row) => row.id)).toEqual(['r1']);
  });
});

describe('whose a dump is', () => {
  oneStationForAll();

  const settings = (user: string, contact: string): Json =>
    document(`org.couchdb.user:${user}`, { type: 'user-settings', name: user, contact_id: contact });
  const task = (user: string, n: number): Json =>
    document(`task~org.couchdb.user:${user}~visit~${n}`, {
      type: 'task',
      user: `org.couchdb.user:${user}`,
      owner: 'p1',
    });
  const by = (id: string, contact: string): Json =>
    document(id, { type: 'data_record', form: 'home_visit', contact: { _id: contact }, fields: {} });

  it('is split where two people used one phone, and says so', async () => {
    const dump = docsDump([
      settings('chw1', 'c1'),
      settings('chw2', 'c2'),
      by('r1', 'c1'),
      by('r2', 'c2'),
      by('r3', 'c2'),
      by('r4', 'somebody else'),
      task('chw1', 1),
      task('chw1', 2),
      task('chw2', 1),
      purgeStub('gone'),
    ]);
    const result = await station.take(dump);
    expect(result.user).toBe('chw1');
    expect(result.batches).toHaveLength(2);
    expect(result.batch).toBe(result.batches[0]);
    const { rows } = await station.ask('batches.list', { sort: 'user' });
    expect(rows.map((row) => [row.batch, row.user])).toEqual([
      [result.batches[0], 'chw1'],
      [result.batches[1], 'chw2'],
    ]);
    for (const row of rows) expect(row.flags).toContain('several-users');
    const ids = async (batch = '') =>
      (await station.ask('changes.list', { batch, sort: 'id' })).rows.map((row) => row.id);
    expect(await ids(result.batches[0])).toEqual([
      'org.couchdb.user:chw1',
      'r1',
      'r4',
      'task~org.couchdb.user:chw1~visit~1',
      'task~org.couchdb.user:chw1~visit~2',
    ]);
    expect(await ids(result.batches[1])).toEqual([
      'org.couchdb.user:chw2',
      'r2',
      'r3',
      'task~org.couchdb.user:chw2~visit~1',
    ]);
    const read = async (batch = '') => {
      const { content } = await station.ask('receipt.get', { batch });
      return (JSON.parse(content) as { read: number }).read;
    };
    expect((await read(result.batches[0])) + (await read(result.batches[1]))).toBe(result.documents.read);
  });

  const flagsOf = async (result: ImportResult) =>
    (await station.ask('batch.get', { batch: result.batch ?? '' })).flags;

  it('is what the manifest says', async () => {
    const result = await station.take(stationDump([report('m1')], { user: 'chw7', device: 'phone-7' }));
    expect(result).toMatchObject({ user: 'chw7', device: 'phone-7' });
    expect(await flagsOf(result)).toEqual([]);
  });

  it('is what the one user-settings document says', async () => {
    const result = await station.take(docsDump([settings('chw3', 'c3'), by('s1', 'c3')]));
    expect(result).toMatchObject({ user: 'chw3', device: null });
    expect(await flagsOf(result)).toEqual(['unknown-device']);
  });

  it('is what the name of the file says, where the file says nothing', async () => {
    const result = await station.take(androidDump([report('n1')]), 'chw_4_20260102T0304.txt');
    expect(result.user).toBe('chw_4');
  });

  it('is what the clerk typed only where nothing else says it', async () => {
    const typed = { user: 'typed', device: 'typed phone' };
    const silent = await station.take(docsDump([report('t1')]), undefined, typed);
    expect(silent).toMatchObject({ user: 'typed', device: 'typed phone' });
    expect(await flagsOf(silent)).toEqual(['typed-user']);

    const tells = await station.take(stationDump([report('t2')]), undefined, typed);
    expect(tells).toMatchObject({ user: 'chw1', device: 'device-1' });
    expect(await flagsOf(tells)).toEqual(['typed-user-differs']);

    const agrees = await station.take(stationDump([report('t3')]), undefined, { user: 'chw1' });
    expect(await flagsOf(agrees)).toEqual([]);
  });

  it('is not known where nobody says it', async () => {
    const result = await station.take(docsDump([report('u1')]));
    expect(result).toMatchObject({ user: null, device: null });
    expect(await flagsOf(result)).toEqual(['unknown-user', 'unknown-device']);
  });

  it('is odd where its clock is off', async () => {
    const dated = (id: string, reported_date: number) =>
      document(id, { type: 'data_record', form: 'visit', reported_date });
    const at = Date.now();
    const good = await station.take(stationDump([dated('d1', at)]));
    const ahead = await station.take(stationDump([dated('d2', at + 3 * 86_400_000)]));
    const behind = await station.take(stationDump([dated('d3', 86_400_000)]));
    expect(await flagsOf(good)).toEqual([]);
    expect(await flagsOf(ahead)).toEqual(['clock-off']);
    expect(await flagsOf(behind)).toEqual(['clock-off']);
  });
});

describe('what a phone dropped to save space', () => {
  it('is noted, not written, not shown for review, and takes nothing away', async () => {
    const folder = temporaryFolder();
    try {
      const own = await openTestStation({ dataDir: folder.path });
      const { batch } = await own.take(stationDump([report('r1', { n: 2 }, { history: 'ab' })]));
      await own.ask('decide.approve', { batch: batch ?? '', ids: ['r1'] });
      const stub = await own.take(stationDump([purgeStub('r1', 'abc'), purgeStub('r2')]));
      expect(counts(stub)).toBe('0 new, 0 known, 2 skipped, 0 broken');
      expect((await changes(own)).map((row) => [row.id, row.rev, row.state])).toEqual([
        ['r1', chain('ab')[0], 'approved'],
      ]);
      await expect(own.ask('change.get', { id: 'r2' })).rejects.toMatchObject({ code: 'not-found' });
      await own.close();
      expect(ledgerOf(folder.path, 'purges', 'ordinal, id, rev')).toEqual([
        { ordinal: 1, id: 'r1', rev: chain('abc')[0] },
        { ordinal: 2, id: 'r2', rev: chain('ab')[0] },
      ]);
      const image = JSON.stringify(await imageOf(join(folder.path, 'replica')));
      expect(image).not.toContain('purged');
      expect(image).not.toContain('r2');
    } finally {
      folder.remove();
    }
  });
});

describe('what is never sent', () => {
  aStationForEach();

  const NEVER: Json[] = [
    document('_design/medic-client', { views: {} }),
    document('settings', { locale: 'en' }),
    document('resources', {}),
    document('branding', {}),
    document('privacy-policies', {}),
    document('form:home_visit', { type: 'form', title: 'Visit at home', internalId: 'home_visit' }),
    document('messages-en', { type: 'translations', code: 'en' }),
    document('token:login:x', { type: 'token_login' }),
    document('telemetry-2026-1-chw1', { type: 'telemetry' }),
    document('feedback-1', { type: 'feedback' }),
    document('read:report:r1', {}),
    document('odd', { type: 'data_record', purged: 'yes' }),
  ];

  it('is written, since it gives the labels, and cannot be approved in any way', async () => {
    const result = await station.take(stationDump([...NEVER, report('r1')]));
    const batch = result.batch ?? '';
    expect(counts(result)).toBe('13 new, 0 known, 0 skipped, 0 broken');
    const rows = await changes();
    for (const doc of NEVER) {
      const row = rows.find((one) => one.id === doc['_id']);
      expect([row?.id, row?.class, row?.reason === null]).toEqual([doc['_id'], 'never-sent', false]);
      expect((await station.ask('change.get', { id: row?.id ?? '' })).may).toEqual({
        approve: false,
        try: false,
        choose: false,
        settle: false,
        checkAgain: false,
        hold: false,
        release: false,
        rebase: false,
      });
    }
    const ids = NEVER.map((doc) => String(doc['_id']));
    const decided = await station.ask('decide.approve', { batch, ids, classes: ['never-sent'] });
    expect(decided).toEqual({ approved: 0, held: 0, open: 1, changed: 0, decision: null });
    expect(await station.ask('station.status', {})).toMatchObject({ onlyHere: null, toReview: 1 });
    // A later dump knows what the form is called.
    await station.take(stationDump([report('r2')]));
    expect((await changes()).find((row) => row.id === 'r2')?.label).toContain('Visit at home');
  });
});

describe('files without revisions (cht-android #300)', () => {
  aStationForEach();

  const docs = [report('r1', { n: 1 }), report('r2', { n: 2 }), person('p1', 'Ann')];

  it('double nothing when the phone exports again', async () => {
    const first = await station.take(androidDump(docs), 'chw1_20260102T030405.txt');
    expect(counts(first)).toBe('3 new, 0 known, 0 skipped, 0 broken');
    const again = [...docs].reverse();
    const second = await station.take(androidDump([...again, report('r3')]), 'chw1_20260103T030405.txt');
    expect(counts(second)).toBe('1 new, 3 known, 0 skipped, 0 broken');
    expect(keyed(await changes())).toEqual({
      p1: 'unchecked',
      r1: 'unchecked',
      r2: 'unchecked',
      r3: 'unchecked',
    });
    expect((await station.ask('conflicts.list', {})).total).toBe(0);
  });

  it.each(['before', 'after'] as const)(
    'that come %s a dump of the same records with revisions: each record reaches the server once',
    async (order) => {
      const own = await openTestStation({ practice: server });
      try {
        const name = (n: number) => `android-${order}-${n}`;
        const by = { contact: { _id: 'hc1-chw1' }, fields: { patient_id: 'hc1-area-1-home-1-person-1' } };
        const same = [1, 2].map((n) => document(name(n), { type: 'data_record', form: 'visit', ...by }));
        const dumps = [androidDump(same), stationDump(same)];
        if (order === 'after') dumps.reverse();
        await own.take(dumps[0] ?? Buffer.from(''));
        const [user = { user: '', password: '' }] = server.users;
        const who = { user: user.user, password: user.password };
        await own.wait((await own.ask('compare.start', who)).job);
        const [first] = (await own.ask('batches.list', {})).rows;
        await own.ask('decide.approve', { batch: first?.batch ?? '' });
        // Approved, and only then the other dump comes.
        await own.take(dumps[1] ?? Buffer.from(''));
        for (let turn = 0; turn < 2; turn += 1) {
          await own.wait((await own.ask('upload.start', who)).job);
          for (const { batch } of (await own.ask('batches.list', {})).rows)
            await own.ask('decide.approve', { batch });
        }
        for (const doc of same) {
          const id = String(doc['_id']);
          const leaves = leavesOf(await revisionTree(server.database(), id));
          expect(leaves.map((leaf) => leaf.rev)).toEqual([doc['_rev']]);
        }
        const rows = (await changes(own)).map((row) => [row.class, row.state]);
        expect(rows.filter(([, state]) => state === 'accepted')).toHaveLength(2);
        expect((await own.ask('station.status', {})).toReview).toBe(0);
      } finally {
        await own.close();
      }
    },
  );
});

describe('bad input', () => {
  oneStationForAll();

  const nested = (depth: number): unknown => {
    let value: unknown = 1;
    for (let at = 0; at < depth; at += 1) value = [value];
    return value;
  };

  it('of a record makes it unreadable, with its own reason, and every other record is taken', async () => {
    const bad: [string, string][] = [
      ['not-json', '{"_id":"x","_rev":'],
      ['not-a-document', '42'],
      ['bad-rev', JSON.stringify({ ...report('x'), _rev: 'one' })],
      ['bad-rev', JSON.stringify({ ...report('x'), _rev: '0-0' })],
      ['bad-revisions', JSON.stringify({ ...report('x'), _revisions: { start: 1, ids: ['a', 'b'] } })],
      ['bad-id', JSON.stringify({ ...report('x'), _id: '_secret' })],
      ['bad-id', JSON.stringify({ ...report('x'), _id: '_local/checkpoint' })],
      ['bad-id', JSON.stringify({ ...report('x'), _id: '' })],
      ['bad-id', JSON.stringify({ ...report('x'), _id: 7 })],
      ['id-too-long', JSON.stringify(report('x'.repeat(4097)))],
      [
        'forbidden-key',
        JSON.stringify(report('x')).replace('"fields":{', '"__proto__":{"polluted":1},"fields":{'),
      ],
      ['reserved-field', JSON.stringify({ ...report('x'), _secret: 1 })],
      ['too-deep', JSON.stringify(report('x', { deep: nested(101) }))],
      [
        'digest-mismatch',
        JSON.stringify(report('x', {}, { attachments: { f: { ...attachment('a'), data: 'Yg==' } } })),
      ],
      [
        'attachment-missing',
        JSON.stringify(
          report('x', {}, { attachments: { f: { content_type: 'image/png', stub: true, digest: 'md5-x' } } }),
        ),
      ],
    ];
    const lines = bad.flatMap(([, text], at) => [JSON.stringify(report(`good-${at}`)), text]);
    const result = await station.take(
      Buffer.from(`${lines.join('\n')}\n${JSON.stringify(report('last'))}\n`),
    );
    expect(result.problems.map((problem) => problem.code)).toEqual(bad.map(([code]) => code));
    expect(result.problems.map((problem) => problem.line)).toEqual(bad.map((_, at) => 2 * at + 2));
    expect(counts(result)).toBe(`${bad.length + 1} new, 0 known, 0 skipped, ${bad.length} broken`);
    const rows = await changesOf(result);
    const good = rows.filter((row) => row.class !== 'broken').map((row) => row.id);
    expect(good.sort()).toEqual([...bad.map((_, at) => `good-${at}`), 'last'].sort());
    const broken = rows.filter((row) => row.class === 'broken');
    expect(broken.map((row) => row.reason).sort()).toEqual(bad.map(([code]) => code).sort());
    expect(new Set(broken.map((row) => row.rev)).size).toBe(bad.length);
    expect(({} as Json)['polluted']).toBeUndefined();
    expect((await station.ask('station.status', {})).outbox.broken).toBeGreaterThanOrEqual(bad.length);

    // The same again finds the same and doubles nothing.
    const again = await station.take(gzipSync(Buffer.from(`${lines.join('\n')}\n`)));
    expect(counts(again)).toBe(`0 new, ${bad.length} known, 0 skipped, ${bad.length} broken`);
  });

  it('of a record can be looked at without a failure', async () => {
    const lines = `${JSON.stringify(report('fine'))}\n{"_id":"bad","_rev":"one"}\n{"_rev":"1-a"}\n`;
    const rows = await changesOf(await station.take(Buffer.from(lines)));
    const broken = rows.filter((row) => row.class === 'broken');
    // One of them has no id of its own.
    expect(broken.map((row) => row.id)).toEqual(['#3', 'bad']);
    for (const { id, rev: own } of broken) {
      const which = { id, rev: own };
      expect(await station.ask('change.get', which)).toMatchObject({ class: 'broken', raw: {} });
      expect(await station.ask('difference.get', which)).toMatchObject({ from: null, fields: [] });
      await expect(station.ask('attachment.get', { ...which, name: 'x' })).rejects.toMatchObject({
        code: 'not-found',
      });
    }
  });

  it('of the same record twice is one record; other content under the same revision is kept beside it', async () => {
    const one = report('twice', { n: 1 });
    const forged = { ...report('twice', { n: 2 }), _rev: one['_rev'], _revisions: one['_revisions'] };
    const result = await station.take(ndjsonDump([one, one, forged]));
    expect(counts(result)).toBe('2 new, 1 known, 0 skipped, 0 broken');
    expect(result.problems.map((problem) => [problem.code, problem.id])).toEqual([
      ['other-content', 'twice'],
    ]);
    // From another dump too; and a history that comes with it is that of the revision.
    await station.take(allDocsDump([report('doubted', { n: 1 }, { history: 'abc' })]));
    const doubtful = report('doubted', { n: 2 }, { history: 'abc' });
    const later = await station.take(ndjsonDump([forged, doubtful, report('another')]));
    expect(counts(later)).toBe('2 new, 1 known, 0 skipped, 0 broken');
    for (const text of ['twice', 'doubted']) {
      const { rows } = await station.ask('changes.list', { text, revisions: true });
      expect(rows.map((row) => row.class)).toEqual(['contradiction', 'contradiction']);
      for (const { id, rev: name } of rows)
        expect(await station.ask('change.get', { id, rev: name })).toMatchObject({ historyComplete: true });
    }
  });

  it('of a document twice in one dump keeps every leaf', async () => {
    const leaves = ['a', 'b', 'c'].map((leaf, n) => report('leaves', { n }, { history: `x${leaf}` }));
    const result = await station.take(
      ndjsonDump([...leaves, report('leaves', { n: 9 }, { history: 'xad' })]),
    );
    expect(counts(result)).toBe('4 new, 0 known, 0 skipped, 0 broken');
    const open = (await changesOf(result)).filter((row) => row.state === 'open');
    expect(open.map((row) => row.rev).sort()).toEqual([rev(3, 'xad'), rev(2, 'xb'), rev(2, 'xc')].sort());
  });

  it('of a whole file has its own code, and the files after it are taken', async () => {
    const good = stationDump([report('whole')]);
    const cut = good.subarray(0, good.length - 30);
    const packed = gzipSync(stationDump([report('a'), report('b')]));
    const files: [name: string, bytes: Uint8Array, code: string][] = [
      ['empty.json', Buffer.from(''), 'empty-file'],
      ['letter.txt', Buffer.from('Dear colleague,\nthe phone is broken.\n'), 'not-a-dump'],
      ['photo.json', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70]), 'other-kind'],
      ['pack.gz', Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.from('no gzip at all')]), 'bad-gzip'],
      ['sealed.asc', Buffer.from('-----BEGIN PGP MESSAGE-----\n\nx\n'), 'encrypted'],
    ];
    for (const [name, bytes, code] of files) {
      const result = await station.take(bytes, name);
      expect([name, result.outcome, result.problems.map((one) => one.code)]).toEqual([
        name,
        'failed',
        [code],
      ]);
      expect(counts(result)).toBe('0 new, 0 known, 0 skipped, 0 broken');
    }
    const half = await station.take(cut, 'half.chtdump');
    expect(half).toMatchObject({ outcome: 'taken', documents: { new: 1 }, problems: [{ code: 'cut-off' }] });
    expect((await station.ask('batch.get', { batch: half.batch ?? '' })).flags).toContain('cut-off');
    const halfPacked = await station.take(packed.subarray(0, packed.length - 12), 'half.gz');
    expect(halfPacked.problems.map((one) => one.code)).toEqual(['cut-off']);
    expect((await station.take(good)).outcome).toBe('taken');
    // Nothing hangs on: no file is said to be begun and not finished.
    expect(await station.ask('station.status', {})).toMatchObject({ unfinished: 0 });
  });

  it('in a folder does not keep the dumps beside it, and is named where it looks like one', async () => {
    const stick = join(station.folder, 'stick');
    mkdirSync(join(stick, 'DCIM', 'deep'), { recursive: true });
    mkdirSync(join(stick, 'empty'));
    writeFileSync(join(stick, 'a-letter.txt'), 'Dear colleague');
    writeFileSync(join(stick, 'b-empty.json'), '');
    writeFileSync(join(stick, 'c-half.json'), stationDump([report('half')]).subarray(0, 400));
    writeFileSync(join(stick, 'd-good.json'), docsDump([report('one'), { ...report('two'), _rev: 'x' }]));
    writeFileSync(join(stick, 'DCIM', 'deep', 'e.json'), docsDump([report('three')]));
    const end = await station.wait(await station.start(stick));
    expect(end.kind === 'imported' && end.imports.map((one) => [one.name, one.outcome])).toEqual([
      ['DCIM/deep/e.json', 'taken'],
      ['b-empty.json', 'failed'],
      ['c-half.json', 'taken'],
      ['d-good.json', 'taken'],
    ]);
    const rows = await changes();
    for (const id of ['one', 'three']) expect(rows.map((row) => row.id)).toContain(id);
    for (const id of ['half', 'two'])
      expect(rows.filter((row) => row.id === id && row.class !== 'broken')).toEqual([]);
    await expect(station.start(join(stick, 'empty'))).rejects.toMatchObject({ code: 'no-dump-found' });
  });

  it('of a record larger than the station takes makes only that one unreadable', async () => {
    const huge = Buffer.alloc(129 * 1024 * 1024, 'x');
    huge.write('{"_id":"huge","_rev":"1-a","text":"');
    huge.write('"}\n', huge.length - 3);
    const around = (id: string) => Buffer.from(`${JSON.stringify(report(id))}\n`);
    const result = await station.take(Buffer.concat([around('before'), huge, around('after')]));
    expect(counts(result)).toBe('2 new, 0 known, 0 skipped, 1 broken');
    expect(result.problems.map((problem) => problem.code)).toEqual(['record-too-large']);
  });
});

describe('an import while it runs', () => {
  oneStationForAll();

  it('tells how far it is, never more than all, and ends once', async () => {
    const docs = Array.from({ length: 400 }, (_, n) => report(`big${n}`, { text: 'x'.repeat(30_000) }));
    const packed = gzipSync(stationDump(docs), { level: 1 });
    const changed: string[] = [];
    const stop = station.station.on('changed', ({ what }) => changed.push(...what));
    await station.take(packed);
    const { told } = station;
    expect(new Set(told.map((job) => job.job)).size).toBe(1);
    const tooFar = told.filter(({ done, total }) => total !== null && done > total);
    expect(tooFar).toEqual([]);
    // It was told while it went on, and went forward in each of its steps.
    const amounts = told.map(({ step, unit, done }) => ({ what: `${step} ${unit}`, done }));
    expect(amounts.some(({ done }) => done > 0)).toBe(true);
    const back = amounts.filter(({ what, done }, at) => {
      const before = amounts[at - 1];
      return before?.what === what && done < before.done;
    });
    expect(back).toEqual([]);
    expect(told.filter((job) => job.end !== null)).toHaveLength(1);
    expect(told.at(-1)?.end).toMatchObject({ kind: 'imported', imports: [{ documents: { new: 400 } }] });
    await expect
      .poll(() => new Set(changed))
      .toEqual(new Set(['sources', 'intake', 'batches', 'conflicts', 'outbox', 'health']));
    stop();
  });
});

describe('the log', () => {
  oneStationForAll();

  it('holds no names of people, files or fields', async () => {
    await station.take(Buffer.from(''), 'Achieng_Otieno.json');
    await station.take(Buffer.from('{"docs":[{"_id":"Achieng","name":"Otieno"'), 'Achieng_20260101T0101.txt');
    const source = await station.station.addPath(station.folder);
    await expect(station.ask('intake.start', { source, files: ['Achieng.json'] })).rejects.toMatchObject({
      code: 'no-dump-found',
    });
    await station.ask('sources.forget', { source });
    expect(station.log.join('\n')).not.toMatch(/Achieng|Otieno|station-test/);
  });
});

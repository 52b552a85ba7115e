import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { attachment, report, type Json } from '../../support/documents.ts';
import { allDocsDump, docsDump, stationDump } from '../../support/dumps.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { permutations } from '../../support/permutations.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

const rowsDump = (rows: readonly Json[]): Buffer =>
  Buffer.from(JSON.stringify({ total_rows: rows.length, offset: 0, rows }));

/** What a phone deleted, with its body, and what else may come of the same revision: dumps of some documents. */
const ARRIVALS: Readonly<Record<string, (ids: readonly string[]) => Buffer>> = {
  honest: (ids) => stationDump(ids.map(honestOf)),
  forged: (ids) => allDocsDump(ids.map((id) => ({ ...honestOf(id), fields: { danger: 'no' } }))),
  'a deletion without a body': (ids) => rowsDump(ids.map((id) => named(id, { deleted: true }))),
  'a revision without a body': (ids) => rowsDump(ids.map((id) => named(id, {}))),
  'a later body': (ids) => docsDump(ids.map((id) => ({ ...honestOf(id), _revisions: undefined }))),
};

function honestOf(id: string): Json {
  return { ...report(id, { danger: 'yes' }, { history: 'ab' }), _deleted: true };
}

function named(id: string, more: Json): Json {
  return { id, key: id, value: { rev: honestOf(id)['_rev'], ...more }, doc: null };
}

describe('one revision with two contents', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let station: TestStation;
  beforeEach(async () => {
    folder = temporaryFolder();
    station = await openTestStation({ dataDir: folder.path });
  });
  afterEach(async () => {
    await station.close();
    folder.remove();
  });

  /** What the closed ledger says of a document, without the order in which it heard of it. */
  function viewOf(db: DatabaseSync, id: string): unknown {
    const rows = db
      .prepare(
        `SELECT seq, content, class, reason, state, deleted, history, unusual, odd, several FROM changes
         WHERE id = ? AND state != 'superseded' ORDER BY content`,
      )
      .all(id);
    const brought = db.prepare(
      `SELECT DISTINCT d.format FROM dumps d LEFT JOIN content_bringers a ON a.dump = d.number
       WHERE d.dump = (SELECT dump FROM changes WHERE seq = ?1) OR a.change = ?1 ORDER BY 1`,
    );
    return {
      rows: rows.map(({ seq, ...row }) => ({ ...row, brought: brought.all(seq ?? 0) })),
      contents: db
        .prepare('SELECT content, deleted, body FROM contents WHERE id = ? ORDER BY content')
        .all(id)
        .map((row) => ({ ...row, body: JSON.parse(String(row['body'])) as Json })),
      named: db.prepare('SELECT rev, deleted FROM named_revisions WHERE id = ? ORDER BY 1, 2').all(id),
      flagged: db
        .prepare(
          `SELECT count(*) AS n FROM batches WHERE flags LIKE '%contradiction%' AND dump IN
             (SELECT dump FROM changes WHERE id = ?1 UNION SELECT d.dump FROM dumps d JOIN content_bringers a
                ON a.dump = d.number JOIN changes c ON c.seq = a.change WHERE c.id = ?1)`,
        )
        .get(id),
    };
  }

  /** The views of documents, each distinct one once, with the orders that gave it. */
  async function distinctViews(
    orders: ReadonlyMap<string, readonly string[]>,
  ): Promise<Map<string, string[]>> {
    await station.close();
    const db = new DatabaseSync(join(folder.path, 'ledger.sqlite'));
    const kinds = new Map<string, string[]>();
    for (const [id, order] of orders) {
      // The digests of revisions and contents depend on the id, their places do not.
      const view = JSON.stringify(viewOf(db, id))
        .replaceAll(id, 'ID')
        .replaceAll(/"(content|rev)":"[^"]*"/g, '"$1":""')
        .replaceAll(/\[\\"[^\]]*\]/g, 'H');
      const parsed = JSON.parse(view) as { rows: unknown[]; contents: unknown[] };
      for (const list of [parsed.rows, parsed.contents])
        list.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
      const key = JSON.stringify(parsed);
      kinds.set(key, [...(kinds.get(key) ?? []), order.join(' → ')]);
    }
    db.close();
    return kinds;
  }

  const expected = {
    rows: [
      { class: 'contradiction', reason: 'two-contents', state: 'open', deleted: 1 },
      { class: 'contradiction', reason: 'two-contents', state: 'open', deleted: 1 },
    ],
    flagged: { n: 3 },
  };

  it('ends the same in whatever order its parts come', async () => {
    // One document for each order. What comes of the same kind at the same place of several orders comes in one dump.
    const orders = new Map(
      permutations(Object.keys(ARRIVALS)).map((order, at) => [
        `doc-${String(at).padStart(3, '0')}-id`,
        order,
      ]),
    );
    for (const place of Object.keys(ARRIVALS).keys())
      for (const [kind, dump] of Object.entries(ARRIVALS))
        await station.take(dump([...orders].filter(([, order]) => order[place] === kind).map(([id]) => id)));
    const kinds = await distinctViews(orders);
    expect([...kinds.keys()].map((kind) => JSON.parse(kind) as Json)).toHaveLength(1);
    const [only = ''] = kinds.keys();
    expect(JSON.parse(only)).toMatchObject(expected);
    expect(
      (JSON.parse(only) as { rows: { brought: { format: string }[] }[] }).rows
        .map((row) => row.brought.map(({ format }) => format))
        .sort(),
    ).toEqual([['all-docs'], ['docs', 'station']]);
  });

  it('flags the batches of every dump that brought a content, in every order', async () => {
    const orders = new Map(
      permutations(['honest', 'forged', 'a later body']).map((order, at) => [`alone-${at}-id`, order]),
    );
    for (const [id, order] of orders)
      for (const kind of order) await station.take(ARRIVALS[kind]?.([id]) ?? Buffer.alloc(0));
    const kinds = await distinctViews(orders);
    expect([...kinds.values()]).toHaveLength(1);
    expect(JSON.parse([...kinds.keys()][0] ?? '')).toMatchObject(expected);
  });

  it('takes an approval back, and nothing of it can be approved', async () => {
    const honest = report('approved', { danger: 'yes' });
    const { batch } = await station.take(stationDump([honest]));
    await station.ask('decide.approve', { batch: batch ?? '', classes: ['unchecked'] });
    const later = await station.take(allDocsDump([{ ...honest, fields: { danger: 'no' } }]));
    for (const of of [batch, later.batch]) {
      const { rows } = await station.ask('changes.list', { batch: of ?? '' });
      expect(rows).toMatchObject([{ class: 'contradiction', state: 'open' }]);
      expect((await station.ask('batch.get', { batch: of ?? '' })).flags).toContain('contradiction');
      const decided = await station.ask('decide.approve', {
        batch: of ?? '',
        ids: ['approved'],
        classes: ['contradiction', 'unchecked'],
      });
      expect(decided.changed).toBe(0);
    }
    const raws = await Promise.all(
      (await station.ask('changes.list', { text: 'approved', revisions: true })).rows.map(
        async ({ id, rev }) => (await station.ask('change.get', { id, rev })).raw,
      ),
    );
    expect(raws.map((raw) => raw['fields'])).toEqual(
      expect.arrayContaining([{ danger: 'yes' }, { danger: 'no' }]),
    );
    expect(new Set(raws.map((raw) => raw['_rev']))).toEqual(new Set([honest['_rev']]));
  });

  it('is known by the bytes of its attachments too', async () => {
    const own = report('photo', {}, { attachments: { picture: attachment('one') } });
    const other = { ...own, _attachments: { picture: attachment('two') } };
    await station.take(stationDump([own]));
    await station.take(allDocsDump([other]));
    const { rows } = await station.ask('changes.list', { text: 'photo', revisions: true });
    expect(rows.map((row) => row.class)).toEqual(['contradiction', 'contradiction']);
    const digests = await Promise.all(
      rows.map(
        async ({ id, rev }) => (await station.ask('change.get', { id, rev })).attachmentList[0]?.digest,
      ),
    );
    expect(new Set(digests).size).toBe(2);
  });

  it('is none where a row only names the revision', async () => {
    const honest = report('named', { danger: 'yes' });
    const taken = await station.take(
      rowsDump([{ id: 'named', key: 'named', value: { rev: honest['_rev'] } }]),
    );
    expect(taken.documents).toMatchObject({ read: 1, new: 0, broken: 1 });
    expect(taken.problems).toMatchObject([{ code: 'body-missing', id: 'named' }]);
    await station.take(stationDump([honest]));
    const { rows } = await station.ask('changes.list', { text: 'named' });
    expect(rows).toMatchObject([{ class: 'unchecked' }]);
    expect((await station.ask('station.status', {})).outbox.broken).toBe(0);
  });
});

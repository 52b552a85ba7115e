/**
 * Files that people who do this work really have, with more than one content for a revision (`test/cases`; every person
 * in them is invented): whatever comes first, no body is lost, and nothing is called the same that is not.
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PracticeServer } from '../../../electron/practice/server.ts';
import type { Json } from '../../support/documents.ts';
import { leavesAt } from '../../support/edits.ts';
import { endLine } from '../../support/formats.ts';
import { revisions } from '../../support/revisions.ts';
import { openTestStation, type ServedStation } from '../../support/station.ts';
import { compareAs, uploadAs } from '../../support/uploads.ts';

let server: PracticeServer;
let station: ServedStation;
beforeEach(async () => {
  station = await openTestStation({ practice: true });
  ({ server } = station);
});
afterEach(() => station.close());

const fileOf = (name: string): string => join(import.meta.dirname, '../../cases', name);
const take = (name: string, typed = {}) => station.take(fileOf(name), undefined, typed);

/** The document in a list, or in a dump of our own format. */
function documentIn(name: string): Json {
  const text = readFileSync(fileOf(name), 'utf8');
  const { rows } = (name.endsWith('.json') ? JSON.parse(text) : {}) as { rows?: readonly { doc: Json }[] };
  return rows?.[0]?.doc ?? (JSON.parse(text.split('\n')[1] ?? '') as { doc: Json }).doc;
}

/** From now on the server has this of the document, and nothing else that is not deleted. */
async function serverHas(doc: Json): Promise<void> {
  const id = String(doc['_id']);
  const { live } = await leavesAt(server, id).catch(() => ({ live: [] }));
  for (const rev of live) await server.database().put({ _id: id, _rev: rev, _deleted: true });
  await server.database().bulkDocs([doc] as never, { new_edits: false });
  expect((await leavesAt(server, id)).live).toEqual([doc['_rev']]);
}

async function rowsOf(id: string) {
  const { rows } = await station.ask('changes.list', { text: id, revisions: true, limit: 100 });
  return rows
    .filter((row) => row.id === id)
    .map((row) => ({ class: row.class, reason: row.reason, state: row.state, deleted: row.deleted }));
}

async function bodiesOf(id: string): Promise<readonly (Json | null)[]> {
  return (await station.ask('contradiction.get', { id })).sides.map(({ body }) => body);
}

/** Approves whatever may be approved, deletions too, and sends it. */
async function sendAll(): Promise<void> {
  const { rows } = await station.ask('batches.list', {});
  for (const { batch } of rows) {
    await station.ask('decide.approve', { batch });
    const approval = { batch, classes: ['deletion' as const], unusual: ['many-deletions' as const] };
    const { records: deleting } = await station.ask('decide.deletions', approval);
    await station.ask('decide.approve', { ...approval, deleting });
  }
  await uploadAs(station, server, 'chw1');
}

describe('31-edited-by-hand: a body changed under the revision that the server has', () => {
  const FILES = ['31-edited-by-hand/docs.json', '31-edited-by-hand/true.json'] as const;
  const honest = documentIn(FILES[1]);
  const id = String(honest['_id']);

  it('says that the content differs, and nothing of it is sent', async () => {
    await serverHas(honest);
    await take(FILES[0], { user: 'chw1' });
    await compareAs(station, server, 'chw1');
    expect(await rowsOf(id)).toEqual([
      { class: 'contradiction', reason: 'server-has-other-content', state: 'open', deleted: false },
    ]);
    expect((await bodiesOf(id)).map((body) => [body?.['name'], body?.['phone']])).toEqual([
      ['Edited by hand', '+254700000099'],
      ['Copper Juniper', undefined],
    ]);
    await sendAll();
    expect(await server.database().get(id)).toMatchObject({ name: 'Copper Juniper' });
  });

  it.each([
    ['the edited one first', FILES],
    ['the true one first', FILES.toReversed()],
  ])('and the true one beside it, %s: neither is the same, both are here', async (_, order) => {
    await serverHas(honest);
    for (const name of order) await take(name, { user: 'chw1' });
    await compareAs(station, server, 'chw1');
    expect(await rowsOf(id)).toEqual(
      FILES.map(() => ({ class: 'contradiction', reason: 'two-contents', state: 'open', deleted: false })),
    );
    expect((await bodiesOf(id)).map((body) => body?.['name']).toSorted()).toEqual(
      expect.arrayContaining(['Copper Juniper', 'Edited by hand']),
    );
  });
});

describe('32-same-revision-other-content: mangled by PowerShell, and the own dump of the phone', () => {
  const FILES = [
    '32-same-revision-other-content/powershell.json',
    '32-same-revision-other-content/true.chtdump',
  ] as const;

  it.each([
    ['the mangled one first', FILES],
    ['the true one first', FILES.toReversed()],
  ])('%s: a contradiction, and a person chooses', async (_, order) => {
    for (const name of order) await take(name, { user: 'chw1' });
    await compareAs(station, server, 'chw1');
    expect(await rowsOf('oc-1')).toEqual(
      FILES.map(() => ({ class: 'contradiction', reason: 'two-contents', state: 'open', deleted: false })),
    );
    const detail = await station.ask('contradiction.get', { id: 'oc-1' });
    const contacts = detail.sides.map(({ body }) => typeof body?.['contact']);
    expect(contacts.toSorted()).toEqual(['object', 'string']);
    // The whole dump of the phone outranks a list; but nobody chooses by themselves.
    const honest = detail.sides.find(({ body }) => typeof body?.['contact'] === 'object');
    expect(detail.proposed).toBe(honest?.content);
    await sendAll();
    await expect(server.database().get('oc-1')).rejects.toThrow('missing');

    await station.ask('decide.choose', {
      id: 'oc-1',
      content: honest?.content ?? '',
      seen: detail.sides.map(({ content }) => content),
    });
    await sendAll();
    expect(await server.database().get('oc-1')).toMatchObject({
      _rev: documentIn(FILES[1])['_rev'],
      contact: { _id: 'hc1-chw1' },
    });
  });
});

describe('33-bare-deletion-first: a row that only says "deleted", and the body of the deleted record', () => {
  const LISTS = ['33-bare-deletion-first/alldocs-by-key.json', '33-bare-deletion-first/changes.json'];
  const DUMP = '33-bare-deletion-first/cht-127.0.0.1-chw1-20261120T100000Z.chtdump';
  const deletion = documentIn(DUMP);
  const id = String(deletion['_id']);
  const ORDERS = LISTS.flatMap((list) => [
    [list, DUMP],
    [DUMP, list],
  ]);

  it.each(ORDERS)('%s, then %s: one deletion, with its body', async (...order) => {
    for (const name of order) await take(name, { user: 'chw1' });
    expect(await rowsOf(id)).toEqual([{ class: 'unchecked', reason: null, state: 'open', deleted: true }]);
    const { raw } = await station.ask('change.get', { id, rev: String(deletion['_rev']) });
    expect(raw).toMatchObject({ _deleted: true, fields: deletion['fields'] });
  });

  it.each(LISTS)('%s alone is knowledge and no content, and that is said', async (name) => {
    const { documents, problems } = await take(name, { user: 'chw1' });
    expect(documents).toMatchObject({ read: 1, new: 0, broken: 1 });
    expect(problems).toContainEqual(expect.objectContaining({ code: 'body-missing', id }));
    expect(await rowsOf(id)).toMatchObject([{ class: 'broken', reason: 'body-missing', state: 'closed' }]);
  });

  /** The same files, of a record of which the server knows nothing else. */
  const OTHER = 'report-of-this-test';
  const renamed = (name: string): Buffer => {
    const text = readFileSync(fileOf(name), 'utf8').replaceAll(id, OTHER);
    if (name !== DUMP) return Buffer.from(text);
    const before = text.slice(0, text.indexOf('{"end"'));
    return Buffer.from(`${before}${endLine(before, 1, 0)}\n`);
  };
  const before = (): Json => {
    const { _deleted: _, ...fields } = deletion;
    const { start, ids } = deletion['_revisions'] as { start: number; ids: string[] };
    const history = ids.slice(1).map((hash, at) => `${start - 1 - at}-${hash}`);
    return { ...fields, _id: OTHER, _rev: history[0], _revisions: revisions(history) };
  };

  it.each(ORDERS)('%s, then %s: it is sent with its body', async (...order) => {
    await serverHas(before());
    for (const name of order) await station.take(renamed(name), basename(name), { user: 'chw1' });
    await compareAs(station, server, 'chw1');
    expect(await rowsOf(OTHER)).toMatchObject([{ class: 'deletion', state: 'open', deleted: true }]);
    await sendAll();
    expect((await leavesAt(server, OTHER)).live).toEqual([]);
    expect(await server.database().get(OTHER, { rev: String(deletion['_rev']) })).toMatchObject({
      _deleted: true,
      fields: { note: 'Corrected 2 times.', visit: 2 },
    });
  });

  it.each(LISTS)('%s alone deletes nothing', async (name) => {
    await serverHas(before());
    await station.take(renamed(name), basename(name), { user: 'chw1' });
    await compareAs(station, server, 'chw1');
    await sendAll();
    expect((await leavesAt(server, OTHER)).live).toEqual([before()['_rev']]);
  });
});

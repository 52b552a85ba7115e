import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { asParent, report } from '../../electron/practice/documents.ts';
import { Phone } from '../../electron/practice/phone.ts';
import type { StoredDoc } from '../../electron/practice/pouch.ts';
import type { PracticeServer } from '../../electron/practice/server.ts';
import { startPracticeServer } from '../../electron/practice/server.ts';

let server: PracticeServer;
let phones: Phone[];
beforeEach(async () => {
  server = await startPracticeServer();
  phones = [];
});
afterEach(async () => {
  for (const phone of phones) await phone.destroy();
  await server.close();
});

async function phoneOf(user: string): Promise<Phone> {
  const phone = new Phone({ user, device: `phone-of-${user}`, server });
  phones.push(phone);
  await phone.firstSync();
  return phone;
}

const visit = async (phone: Phone, id: string, about = 'hc1-area-1-home-1-person-1') => {
  const by = asParent(await phone.db.get('hc1-chw1'));
  return report({ id, form: 'home_visit', by, about, reportedAt: 1 });
};

describe('a practice phone', () => {
  test('holds after its first sync what the user may see, with history and attachments', async () => {
    const phone = await phoneOf('chw1');
    const ids = (await phone.db.allDocs()).rows.map((row) => row.key);
    expect(ids).toContain('hc1');
    expect(ids).toContain('form:home_visit');
    expect(ids).not.toContain('hc2');
    const edited = await phone.db.get('report-hc1-chw1-2', { revs: true });
    expect(edited._revisions?.ids).toHaveLength(3);
    const form = await phone.db.get('form:home_visit', { attachments: true });
    expect(String(form._attachments?.xml?.data).length).toBeGreaterThan(20);
  });

  test('pushes new work once, as its user', async () => {
    const phone = await phoneOf('chw1');
    const rev = await phone.put(await visit(phone, 'visit'));
    expect(await phone.sync()).toEqual({ sent: 1, refused: [], fetched: 0, purged: [] });
    expect((await server.database().get('visit'))._rev).toBe(rev);
    expect(server.audit.at(-1)).toMatchObject({ user: 'chw1', id: 'visit', rev });
    expect(await phone.sync()).toEqual({ sent: 0, refused: [], fetched: 0, purged: [] });
  });

  test('keeps what the server refuses, and tells', async () => {
    const phone = await phoneOf('chw1');
    await phone.put(await visit(phone, 'visit', 'hc2-area-1-home-1-person-1'));
    expect(await phone.sync()).toMatchObject({ sent: 0, refused: ['visit'] });
    expect(await phone.sync()).toMatchObject({ sent: 0, refused: [] });
    await phone.touch('visit');
    expect(await phone.sync()).toMatchObject({ sent: 0, refused: ['visit'] });
    expect((await phone.db.get('visit'))._rev).toMatch(/^2-/);
  });

  test('pushes a deletion with its body, and no purge stub', async () => {
    const phone = await phoneOf('chw1');
    await phone.remove('report-hc1-chw1-2');
    await phone.purge('report-hc1-chw1-1');
    expect(await phone.sync()).toMatchObject({ sent: 1, refused: [] });
    await expect(server.database().get('report-hc1-chw1-2')).rejects.toMatchObject({ status: 404 });
    expect(await server.database().get('report-hc1-chw1-1')).toMatchObject({
      form: expect.any(String) as unknown,
    });
  });

  test('two phones that edit the same document make a conflict on the server', async () => {
    const [one, three] = [await phoneOf('chw1'), await phoneOf('chw3')];
    const mine = await one.edit('hc1-area-1', () => ({ name: 'mine' }));
    const theirs = await three.edit('hc1-area-1', () => ({ name: 'theirs' }));
    await one.sync();
    expect(await three.sync()).toMatchObject({ sent: 1, refused: [] });
    const { _rev, _conflicts } = await server.database().get('hc1-area-1', { conflicts: true });
    expect([_rev, ...(_conflicts ?? [])].sort()).toEqual([mine, theirs].sort());
  });

  test('drops what another has deleted, by a stub', async () => {
    const [one, three] = [await phoneOf('chw1'), await phoneOf('chw3')];
    await one.remove('report-hc1-chw1-3');
    await one.sync();
    expect(await three.sync()).toMatchObject({ purged: ['report-hc1-chw1-3'] });
    const dump = (await three.exportStation()).bytes.toString('utf8');
    const stub = dump.split('\n').find((line) => line.includes('"purged":true'));
    expect(stub).toContain('report-hc1-chw1-3');
  });

  test('exports only what changed, where it is asked to', async () => {
    const phone = await phoneOf('chw1');
    const since = phone.lastReplicatedSeq;
    await phone.put(await visit(phone, 'visit'));
    const lines = (await phone.exportStation({ since })).bytes.toString('utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toContain('"_id":"visit"');
  });

  test('losing leaves and deleted branches are in the dump', async () => {
    const phone = await phoneOf('chw1');
    const { _rev } = await phone.db.get('hc1-area-1');
    const parent = _rev.split('-')[1] ?? '';
    const branch = (id: string, more: object) => ({
      _id: 'hc1-area-1',
      _rev: `2-${id}`,
      _revisions: { start: 2, ids: [id, parent] },
      ...more,
    });
    const docs = [
      branch('a'.repeat(32), { name: 'a' }),
      branch('b'.repeat(32), { _deleted: true, name: 'b' }),
    ];
    await phone.db.bulkDocs([...docs, branch('c'.repeat(32), { name: 'c' })], { new_edits: false });
    const dump = (await phone.exportStation()).bytes.toString('utf8').split('\n');
    const dumped = dump
      .filter((line) => line.startsWith('{"doc"'))
      .map((line) => (JSON.parse(line) as { doc: StoredDoc }).doc);
    const leaves = dumped.filter((doc) => doc._id === 'hc1-area-1');
    expect(leaves.map((doc) => `${String(doc.name)} ${doc._deleted ?? false}`).sort()).toEqual([
      'a false',
      'b true',
      'c false',
    ]);
  });

  test('is empty after a reset', async () => {
    const phone = await phoneOf('chw1');
    await phone.put(await visit(phone, 'visit'));
    await phone.reset('another-device');
    expect((await phone.db.info()).doc_count).toBe(0);
    await phone.firstSync();
    await expect(phone.db.get('visit')).rejects.toMatchObject({ status: 404 });
    expect((await phone.manifest()).device).toBe('another-device');
  });
});

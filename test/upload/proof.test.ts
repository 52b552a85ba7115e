/** "Accepted" is what the server holds, today as well as on the day of the upload. */
import { afterEach, expect, test } from 'vitest';
import { report } from '../../electron/practice/documents.ts';
import { Phone } from '../../electron/practice/phone.ts';
import { openTestStation, type TestStation } from '../support/station.ts';

const CHW1 = { user: 'chw1', password: 'Mango-tree-1' };
const BY = { _id: 'hc1-chw1', parent: { _id: 'hc1', parent: { _id: 'district' } } };

let station: TestStation;
let phone: Phone;
afterEach(async () => {
  await phone.destroy();
  await station.close();
});

async function withReports(count: number): Promise<string> {
  station = await openTestStation({ practice: true });
  if (station.server === null) throw new Error('no server');
  phone = new Phone({ user: 'chw1', device: 'phone-1', server: station.server });
  await phone.firstSync();
  for (let n = 0; n < count; n += 1) {
    const about = 'hc1-area-1-home-1-person-1';
    await phone.put(
      report({ id: `visit-${n}`, form: 'home_visit', by: BY, about, reportedAt: Date.UTC(2026, 8, 1) }),
    );
  }
  const { name, bytes } = await phone.exportStation({ since: phone.lastReplicatedSeq });
  const { batch } = await station.take(bytes, name);
  await ended(station.ask('compare.start', CHW1));
  await station.ask('decide.approve', { batch: batch ?? '' });
  return batch ?? '';
}

async function ended(asked: Promise<{ readonly job: string }>) {
  const end = await station.wait((await asked).job);
  if (end.kind === 'failed') throw new Error(end.code);
  return end;
}

async function upload() {
  const end = await ended(station.ask('upload.start', CHW1));
  if (end.kind !== 'uploaded') throw new Error(end.kind);
  return end.upload;
}

const states = async (batch: string) =>
  (await station.ask('changes.list', { batch, sort: 'id' })).rows.map(({ state, reason, refusal }) => [
    state,
    refusal ?? reason,
  ]);

test('a server that was put back: accepted becomes gone, and goes again once it is approved', async () => {
  const batch = await withReports(3);
  const backup = await station.server?.snapshot();
  expect(await upload()).toMatchObject({ sent: 3, accepted: 3 });
  if (backup === undefined) throw new Error('no server');
  await station.server?.restore(backup);

  expect(await ended(station.ask('compare.start', CHW1))).toMatchObject({ lost: 3 });
  expect(await states(batch)).toEqual(Array.from({ length: 3 }, () => ['open', 'gone-from-server']));
  await station.ask('decide.approve', { batch });
  expect(await upload()).toMatchObject({ sent: 3, accepted: 3 });
  expect(await ended(station.ask('compare.start', CHW1))).toMatchObject({ lost: 0 });
});

test('a record of the same revision with other content is no delivery', async () => {
  const batch = await withReports(2);
  const stolen = await phone.db.get('visit-0', { revs: true });
  await station.server?.database().bulkDocs([{ ...stolen, form: 'other' }], { new_edits: false });
  const result = await upload();
  expect(result).toMatchObject({ sent: 1, accepted: 1, already: 0, refused: [] });
  // Seen before anything leaves: a person has to choose between the two contents.
  expect(result.lapsed).toMatchObject([{ id: 'visit-0' }]);
  expect(await states(batch)).toEqual([
    ['open', 'server-has-other-content'],
    ['accepted', null],
  ]);
});

test('what was deleted on the server while it waited is not brought back', async () => {
  const batch = await withReports(1);
  expect(await upload()).toMatchObject({ accepted: 1 });
  const database = station.server?.database();
  if (database === undefined) throw new Error('no server');
  await phone.edit('visit-0', () => ({ form: 'edited_later' }));
  await database.put({ ...(await database.get('visit-0')), _deleted: true });
  const { name, bytes } = await phone.exportStation({ since: phone.lastReplicatedSeq });
  const later = await station.take(bytes, `later-${name}`);
  await ended(station.ask('compare.start', CHW1));
  await station.ask('decide.approve', { batch: later.batch ?? batch });
  expect(await upload()).toMatchObject({ sent: 0 });
  await expect(database.get('visit-0')).rejects.toMatchObject({ status: 404 });
});

test('a text attachment, which the server packs, is no other content; another text is', async () => {
  await withReports(1);
  const text = (words: string) => ({
    content_type: 'text/plain',
    data: Buffer.from(words).toString('base64'),
  });
  const about = 'hc1-area-1-home-1-person-1';
  for (const id of ['note-0', 'note-1']) {
    const visit = report({ id, form: 'home_visit', by: BY, about, reportedAt: Date.UTC(2026, 8, 1) });
    await phone.put({ ...visit, _attachments: { 'note.txt': text('A long walk. '.repeat(50)) } });
  }
  const { name, bytes } = await phone.exportStation({ since: phone.lastReplicatedSeq });
  const { batch } = await station.take(bytes, `later-${name}`);
  await ended(station.ask('compare.start', CHW1));
  await station.ask('decide.approve', { batch: batch ?? '' });
  const other = await phone.db.get('note-1', { revs: true });
  await station.server
    ?.database()
    .bulkDocs([{ ...other, _attachments: { 'note.txt': text('Another walk.') } }], { new_edits: false });
  const result = await upload();
  expect(result).toMatchObject({ sent: 2, accepted: 2, already: 0, refused: [] });
  expect(result.lapsed).toMatchObject([{ id: 'note-1' }]);
  expect((await station.ask('change.get', { id: 'note-1' })).reason).toBe('server-has-other-content');
});

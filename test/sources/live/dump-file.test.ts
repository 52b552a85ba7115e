import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { GrowingDump } from '../../../electron/sources/live/dump-file.ts';
import { openDump } from '../../../electron/intake/formats/open.ts';
import type { DumpItem } from '../../../shared/dump.ts';
import { BEGIN, type Opened, type Page } from '../../../shared/web-view/protocol.ts';
import { report } from '../../support/documents.ts';

const OPENED: Opened = {
  user: 'chw1',
  userContactId: null,
  facilityId: null,
  device: 'device-1',
  app: { cht: '5.2.0', android: null, pouchdb: '9.0.0' },
  server: 'https://cht.example.org',
  database: 'medic',
  databaseId: 'db-1',
  sequence: 9,
  documents: 4,
  lastReplicatedSeq: '2',
  lastReplicatedAt: null,
  now: '2026-11-02T08:00:00.000Z',
};

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'station-dump-'));
  path = join(folder, 'x.part');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const line = (id: string, attachments?: object): string =>
  `${JSON.stringify({ doc: { ...report(id), ...(attachments === undefined ? {} : { _attachments: attachments }) } })}\n`;
const part = (id: string, number: number, of: number): string => {
  const rev = report(id)['_rev'];
  const data = Buffer.from(`part ${number}`).toString('base64');
  return `${JSON.stringify({ attachment: { id, rev, name: 'photo', part: number, of, data } })}\n`;
};
const FOLLOWS = { photo: { content_type: 'image/png', follows: true } };

function page(lines: string, change: Partial<Page> = {}): Page {
  return {
    lines,
    documents: 0,
    attachments: 0,
    unfinishedAt: null,
    dropUnfinished: false,
    notGiven: 0,
    cursor: BEGIN,
    end: false,
    ...change,
  };
}

const always = (): boolean => true;

async function itemsOf(file: string): Promise<DumpItem[]> {
  const items: DumpItem[] = [];
  const dump = await openDump(file, { name: 'x.chtdump' });
  for await (const batch of dump.chunks) items.push(...batch.items);
  return items;
}

test('a dump grows page by page and is whole at its end', async () => {
  const dump = await GrowingDump.begin(path, OPENED, 0);
  await dump.add(page(line('a') + line('é \u2028'), { documents: 2 }));
  await dump.add(page('', { end: true }));
  const { name, path: finished } = await dump.finish(folder);
  expect(name).toBe('cht-cht.example.org-chw1-20261102T080000Z.chtdump');
  expect(await itemsOf(finished)).toMatchObject([{ id: 'a' }, { id: 'é \u2028' }]);
  expect(await readdir(folder)).toEqual([name]);
});

test('what was written but not noted is written again', async () => {
  const dump = await GrowingDump.begin(path, OPENED, 0);
  await dump.add(page(line('a'), { documents: 1, cursor: { ...BEGIN, since: 1 } }));
  await dump.close();
  // The power went while the next page was being written.
  await appendFile(path, line('b').slice(0, 30));
  const again = await GrowingDump.resume(path, always);
  expect(again?.progress).toMatchObject({ documents: 1, cursor: { since: 1 } });
  await again?.add(page(line('c'), { documents: 1, end: true }));
  const finished = await again?.finish(folder);
  expect(await itemsOf(finished?.path ?? '')).toMatchObject([{ id: 'a' }, { id: 'c' }]);
});

test('a record whose photo stopped coming is taken back, also after a restart', async () => {
  const dump = await GrowingDump.begin(path, OPENED, 0);
  const lines = `${line('é')}${line('b', FOLLOWS)}${part('b', 1, 3)}`;
  await dump.add(page(lines, { documents: 2, attachments: 1, unfinishedAt: line('é').length }));
  await dump.add(page(part('b', 2, 3), { unfinishedAt: 'before' }));
  await dump.close();
  const again = await GrowingDump.resume(path, always);
  await again?.add(page(line('c'), { documents: 1, dropUnfinished: true, end: true }));
  const finished = await again?.finish(folder);
  expect(await itemsOf(finished?.path ?? '')).toMatchObject([
    { kind: 'record', id: 'é' },
    { kind: 'record', id: 'c' },
  ]);
});

test('what the phone could not give is asked for again from where it stood', async () => {
  const dump = await GrowingDump.begin(path, OPENED, 3);
  await dump.add(page(line('a'), { documents: 1, cursor: { ...BEGIN, since: 5 } }));
  await dump.add(page(line('b'), { documents: 1, notGiven: 1, cursor: { ...BEGIN, since: 7 } }));
  await dump.add(page(line('c'), { documents: 1, notGiven: 1, cursor: { ...BEGIN, since: 9 } }));
  expect(dump.progress.givenUpTo).toBe(5);
  await dump.close();
});

test.each(['', '{', '{"bytes":1}', 'null'])('a note that cannot be read (%s) begins anew', async (note) => {
  const dump = await GrowingDump.begin(path, OPENED, 0);
  await dump.close();
  await writeFile(`${path}.progress`, note);
  expect(await GrowingDump.resume(path, always)).toBeNull();
});

test('a note of more than there is begins anew', async () => {
  const dump = await GrowingDump.begin(path, OPENED, 0);
  await dump.add(page(line('a'), { documents: 1 }));
  await dump.close();
  const bytes = await readFile(path);
  await writeFile(path, bytes.subarray(0, 50));
  expect(await GrowingDump.resume(path, always)).toBeNull();
});

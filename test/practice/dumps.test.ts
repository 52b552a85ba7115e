import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../electron/practice/documents.ts';
import type { PracticeDump } from '../../electron/practice/dumps.ts';
import { DUMPED, writePracticeDumps } from '../../electron/practice/dumps.ts';
import type { StoredDoc } from '../../electron/practice/pouch.ts';
import type { PracticeServer } from '../../electron/practice/server.ts';
import { startPracticeServer } from '../../electron/practice/server.ts';

const NOW = Date.UTC(2026, 10, 3, 9, 30);

interface StationDump {
  manifest: Record<string, unknown>;
  docs: StoredDoc[];
  end: { docs: number; attachments: number; bytes: number; sha256: string };
  sha256: string;
  before: number;
}

function readStation(bytes: Buffer): StationDump {
  const lines = bytes.toString('utf8').trimEnd().split('\n');
  const last = lines.pop() ?? '';
  const before = bytes.subarray(0, bytes.length - Buffer.byteLength(`${last}\n`));
  return {
    manifest: JSON.parse(lines.shift() ?? '') as Record<string, unknown>,
    docs: lines.map((line) => (JSON.parse(line) as { doc: StoredDoc }).doc),
    end: (JSON.parse(last) as { end: StationDump['end'] }).end,
    sha256: createHash('sha256').update(before).digest('hex'),
    before: before.length,
  };
}

let server: PracticeServer;
let folder: string;
let dumps: PracticeDump[];
let dump1: StationDump;
let dump3: StationDump;
let dump2: {
  total_rows: number;
  offset: number;
  rows: { id: string; value: { rev: string }; doc: StoredDoc }[];
};

beforeAll(async () => {
  server = await startPracticeServer({ clock: () => NOW });
  folder = await mkdtemp(join(tmpdir(), 'cht-dumps-'));
  dumps = await writePracticeDumps(server, folder, () => NOW);
  const [one, two, three] = await Promise.all(dumps.map(({ path }) => readFile(path)));
  dump1 = readStation(one as Buffer);
  dump2 = JSON.parse((two as Buffer).toString('utf8')) as typeof dump2;
  dump3 = readStation(three as Buffer);
});
afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

const byId = (dump: StationDump, id: string) => dump.docs.filter((doc) => doc._id === id);
const serverRev = async (id: string) => (await server.database().get(id))._rev;

/** What the server would say to the revisions of a dump. */
async function missing(user: string, docs: readonly StoredDoc[]): Promise<string[]> {
  const { password = '' } = server.users.find((one) => one.user === user) ?? {};
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const headers = { authorization, accept: 'application/json', 'content-type': 'application/json' };
  const asked: Record<string, string[]> = {};
  for (const { _id, _rev } of docs) (asked[_id] ??= []).push(_rev);
  const body = JSON.stringify(asked);
  const response = await fetch(`${server.url}/medic/_revs_diff`, { method: 'POST', headers, body });
  return Object.keys((await response.json()) as object).sort();
}

test('one dump a health worker, with the names of the formats', () => {
  expect(dumps.map(({ user }) => user)).toEqual(['chw1', 'chw2', 'chw3']);
  expect(basename(dumps[0]?.path ?? '')).toBe('cht-127.0.0.1-chw1-20261103T093000Z.chtdump');
  expect(basename(dumps[1]?.path ?? '')).toBe('medic-user-chw2-alldocs.json');
  expect(basename(dumps[2]?.path ?? '')).toBe('cht-127.0.0.1-chw3-20261103T093000Z.chtdump');
});

describe('the station format', () => {
  test('the manifest says whose dump it is and where it belongs', () => {
    expect(dump1.manifest).toMatchObject({
      format: 'station',
      version: 1,
      user: 'chw1',
      userContactId: 'hc1-chw1',
      facilityId: 'hc1',
      device: 'practice-phone-chw1',
      app: { cht: '5.2.0' },
      server: server.url,
      database: 'medic',
      exportedAt: '2026-11-03T09:30:00.000Z',
      since: '0',
    });
  });

  test('the end line counts the documents and covers every byte before it', () => {
    for (const dump of [dump1, dump3]) {
      expect(dump.end).toMatchObject({ docs: dump.docs.length, bytes: dump.before, sha256: dump.sha256 });
    }
    const photos = dump1.docs.flatMap((doc) => Object.keys(doc._attachments ?? {}));
    expect(dump1.end.attachments).toBe(photos.length);
  });

  test('every line carries its history, beginning with its revision', () => {
    for (const { _rev, _revisions } of [...dump1.docs, ...dump3.docs]) {
      expect(`${_revisions?.start}-${_revisions?.ids[0]}`).toBe(_rev);
      expect(_revisions?.ids).toHaveLength(Number.parseInt(_rev, 10));
    }
  });
});

describe('the dump of chw1', () => {
  test('just the promised documents are new to the server', async () => {
    const { newReports, newPerson, reportAboutNewPerson, photoReport, update, deletion, purgeStub, task } =
      DUMPED.chw1;
    const promised = [
      ...newReports,
      newPerson,
      reportAboutNewPerson,
      photoReport,
      update,
      deletion,
      purgeStub,
    ];
    expect(await missing('chw1', dump1.docs)).toEqual([...promised, task, DUMPED.conflict].sort());
    expect(dump1.docs.length).toBeGreaterThan(promised.length + 20);
  });

  test('the report about the new person stands before the person', () => {
    const ids = dump1.docs.map((doc) => doc._id);
    expect(ids.indexOf(DUMPED.chw1.reportAboutNewPerson)).toBeLessThan(ids.indexOf(DUMPED.chw1.newPerson));
    const [about] = byId(dump1, DUMPED.chw1.reportAboutNewPerson);
    expect(about?.fields).toMatchObject({ patient_uuid: DUMPED.chw1.newPerson });
  });

  test('the photo is a whole PNG with the digest of its bytes', () => {
    const photo = byId(dump1, DUMPED.chw1.photoReport)[0]?._attachments?.[DUMPED.chw1.photo];
    const bytes = Buffer.from(String(photo?.data), 'base64');
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    expect(bytes.subarray(-8, -4).toString()).toBe('IEND');
    expect(photo).toMatchObject({ content_type: 'image/png', digest: digestOf(bytes) });
  });

  test('the update and the deletion descend from what the server has; the deletion keeps its body', async () => {
    const [update] = byId(dump1, DUMPED.chw1.update);
    expect(update?._revisions?.ids[1]).toBe((await serverRev(DUMPED.chw1.update)).split('-')[1]);
    const [deletion] = byId(dump1, DUMPED.chw1.deletion);
    expect(deletion).toMatchObject({
      _deleted: true,
      type: 'data_record',
      form: expect.any(String) as unknown,
    });
    expect(deletion?._revisions?.ids[1]).toBe((await serverRev(DUMPED.chw1.deletion)).split('-')[1]);
  });

  test('the purge stub has its mark and no body', () => {
    const [stub] = byId(dump1, DUMPED.chw1.purgeStub);
    expect(Object.keys(stub ?? {}).sort()).toEqual(['_deleted', '_id', '_rev', '_revisions', 'purged']);
  });
});

describe('the dump of chw2', () => {
  test('it is what allDocs gives: rows without history', () => {
    expect(dump2.total_rows).toBe(dump2.rows.length);
    expect(dump2.offset).toBe(0);
    for (const { id, value, doc } of dump2.rows) {
      expect([doc._id, doc._rev]).toEqual([id, value.rev]);
      expect(doc).not.toHaveProperty('_revisions');
    }
  });

  test('new reports, and one edit of a higher generation', async () => {
    const docs = dump2.rows.map(({ doc }) => doc);
    expect(await missing('chw2', docs)).toEqual([...DUMPED.chw2.newReports, DUMPED.chw2.unplaced].sort());
    const edit = docs.find((doc) => doc._id === DUMPED.chw2.unplaced);
    expect(Number.parseInt(edit?._rev ?? '', 10)).toBeGreaterThan(1);
  });
});

describe('the dump of chw3', () => {
  test('its edit and that of chw1 have the same parent', async () => {
    const [one, three] = [byId(dump1, DUMPED.conflict)[0], byId(dump3, DUMPED.conflict)[0]];
    expect(one?._rev).not.toBe(three?._rev);
    expect(one?._revisions?.ids.slice(1)).toEqual(three?._revisions?.ids.slice(1));
    expect(one?._revisions?.ids[1]).toBe((await serverRev(DUMPED.conflict)).split('-')[1]);
  });

  test('new reports, and one about a person who is not on the phone', async () => {
    const promised = [...DUMPED.chw3.newReports, DUMPED.chw3.outOfArea, DUMPED.conflict];
    expect(await missing('chw3', dump3.docs)).toEqual(promised.sort());
    const about = byId(dump3, DUMPED.chw3.outOfArea)[0]?.fields as { patient_uuid: string };
    expect(about.patient_uuid).toMatch(/^hc2/);
    expect(byId(dump3, about.patient_uuid)).toEqual([]);
  });
});

/** Everything that can be wrong with a phone or its app ends in a sentence of its own, and costs nothing. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { imported, openPhoneRig, PROCESS, type PhoneRig } from './rig/phone-rig.ts';
import { workOffline, WORK } from './rig/offline-work.ts';
import { firstSync } from './rig/web-phone.ts';

let rig: PhoneRig;
afterEach(async () => {
  await rig.close();
});

/** What never answers is waited for so long. Nothing else of these phones has to answer, so a busy computer changes nothing. */
const SHORT = { answerMs: 4_000, lookMs: 60_000, workMs: 60_000 };

const trouble = async () => (await rig.look()).trouble;

describe('looking at a phone', () => {
  beforeEach(async () => {
    rig = await openPhoneRig();
  });

  test('that has not allowed this computer', async () => {
    rig.adb.unplug(rig.services);
    rig.adb.plug(rig.services, 'unauthorized');
    expect(await trouble()).toBe('phone-allow');
  });

  test('that answers no more', async () => {
    rig.adb.unplug(rig.services);
    rig.adb.plug(rig.services, 'offline');
    expect(await trouble()).toBe('device-stuck');
  });

  test('on which no app is open', async () => {
    rig.services.webViews.clear();
    expect(await trouble()).toBe('phone-app-closed');
  });

  test('on which something else is open', async () => {
    await rig.phone.open('chw1', 'other');
    expect(await trouble()).toBe('phone-other-app');
  });

  test('whose app nobody is signed in to', async () => {
    await rig.phone.open(null);
    expect(await trouble()).toBe('app-signed-out');
    await rig.phone.page.goto(`${rig.app.url}/medic/login`);
    expect(await trouble()).toBe('app-signed-out');
  });

  test('of somebody who works online', async () => {
    await rig.phone.open('sup_online', 'online');
    expect(await trouble()).toBe('app-keeps-nothing');
    // The server was not read through the phone.
    expect(rig.practice.requests.filter(({ path }) => path.includes('_changes'))).toEqual([]);
  });
});

describe('looking at a phone that does not answer', () => {
  beforeEach(async () => {
    rig = await openPhoneRig({ timeouts: SHORT });
  });

  test('that is locked: its apps are closed or frozen', async () => {
    rig.services.isLocked = true;
    rig.services.webViews.set(PROCESS, { kind: 'frozen' });
    expect(await trouble()).toBe('phone-locked');
    rig.services.webViews.clear();
    expect(await trouble()).toBe('phone-locked');
  });

  test('whose app is frozen though the phone is not locked', async () => {
    rig.services.webViews.set(PROCESS, { kind: 'frozen' });
    expect(await trouble()).toBe('app-hung');
  });
});

test('an app that is frozen does not hide another one, which may take its time', async () => {
  rig = await openPhoneRig({ timeouts: { ...SHORT, answerMs: 30_000 } });
  rig.services.webViews.set(99, { kind: 'frozen' });
  await rig.phone.open('chw1');
  expect(await rig.look()).toMatchObject({ trouble: null, apps: [{ people: [{ user: 'chw1' }] }] });
});

describe('an app of another server', () => {
  test('is not touched', async () => {
    rig = await openPhoneRig({ server: false });
    await rig.phone.open('chw1');
    await rig.station.ask('server.set', { url: 'https://cht.example.org' });
    expect(await trouble()).toBe('app-other-server');
    expect(rig.services.asked.length).toBeGreaterThan(0);
    expect(rig.services.asked.filter((line) => line.includes('/devtools/page/'))).toEqual([]);
  });

  test('is not read where the station has a server meanwhile', async () => {
    rig = await openPhoneRig({ server: false });
    await firstSync(await rig.phone.open('chw1'), rig.practice, 'chw1', 'device-1');
    const { phone, apps } = await rig.look();
    await rig.station.ask('server.set', { url: 'https://cht.example.org' });
    const request = { phone, app: apps[0]?.app ?? '', user: 'chw1' };
    const end = await rig.station.wait((await rig.station.ask('phones.read', request)).job);
    expect(end).toEqual({ kind: 'failed', code: 'app-other-server' });
    expect(rig.services.asked.at(-1)).not.toContain('/devtools/page/');
  });

  test('without a server of its own the station reads any CHT app, and asks other pages only what they are', async () => {
    rig = await openPhoneRig({ server: false });
    await rig.phone.open('chw1', 'other');
    expect(await trouble()).toBe('phone-other-app');
    await firstSync(await rig.phone.open('chw1'), rig.practice, 'chw1', 'device-1');
    expect(imported(await rig.read('chw1')).imports[0]).toMatchObject({ user: 'chw1', outcome: 'taken' });
  });
});

describe('reading an app', () => {
  beforeEach(async () => {
    rig = await openPhoneRig();
    await firstSync(await rig.phone.open('chw1'), rig.practice, 'chw1', 'device-1');
  });

  test('that throws', async () => {
    await rig.phone.open('chw1', 'throws');
    expect(await rig.read('chw1')).toEqual({ kind: 'failed', code: 'app-failed' });
    // What it said may hold anything: it is in the log, shortened, and nowhere else.
    expect(rig.station.log.some((line) => line.includes('app-failed'))).toBe(true);
  });

  test('that answers the same for ever', async () => {
    await rig.phone.page.evaluate(async () => {
      const db = window.CHTCore.DB.get();
      const answer = await db.changes({ since: 0, limit: 1, style: 'all_docs' });
      db.changes = () => Promise.resolve(answer);
    });
    expect(await rig.read('chw1')).toEqual({ kind: 'failed', code: 'app-failed' });
  });

  test('while it is being read already: it is left alone', async () => {
    // The app takes its time until it is told to go on.
    await rig.phone.page.evaluate(() => {
      const db = window.CHTCore.DB.get();
      const changes = db.changes.bind(db);
      const wait = new Promise((resume) => Object.assign(window, { resume }));
      db.changes = async (options) => {
        await wait;
        return changes(options);
      };
    });
    const { phone, apps } = await rig.look();
    const request = { phone, app: apps[0]?.app ?? '', user: 'chw1' };
    const first = (await rig.station.ask('phones.read', request)).job;
    await expect.poll(trouble).toBe('busy');
    await rig.phone.page.evaluate(() => (window as unknown as { resume: () => void }).resume());
    imported(await rig.station.wait(first));
    expect(await trouble()).toBeNull();
  });

  test('that was closed and opened again since it was chosen', async () => {
    const { phone, apps } = await rig.look();
    const view = rig.services.webViews.get(PROCESS);
    rig.services.webViews.clear();
    if (view !== undefined) rig.services.webViews.set(PROCESS + 1, view);
    const request = { phone, app: apps[0]?.app ?? '', user: 'chw1' };
    const end = await rig.station.wait((await rig.station.ask('phones.read', request)).job);
    expect(imported(end).imports[0]).toMatchObject({ user: 'chw1', outcome: 'taken' });
  });

  test('that is closed meanwhile', async () => {
    let isClosed = false;
    rig.services.onBytes = (bytes) => {
      if (isClosed || bytes < 10_000) return;
      isClosed = true;
      rig.services.webViews.clear();
      void rig.phone.page.close();
    };
    await workOffline(rig.phone.page);
    expect(await rig.read('chw1')).toEqual({ kind: 'failed', code: 'phone-app-closed' });
  });

  test('whose photo is larger than anybody takes: the others come', async () => {
    await rig.phone.page.evaluate(async () => {
      const data = new Blob([new Uint8Array(64 * 1024 * 1024 + 1)]);
      const attachment = { content_type: 'image/jpeg', data };
      await window.CHTCore.DB.get().put({
        _id: 'too-large',
        type: 'data_record',
        _attachments: { attachment },
      });
      await window.CHTCore.DB.get().put({ _id: 'after-it', type: 'data_record' });
    });
    const [taken] = imported(await rig.read('chw1')).imports;
    expect(taken).toMatchObject({
      documents: { new: 60, broken: 1 },
      problems: [{ code: 'attachment-too-large', id: 'too-large' }],
    });
    // It will not become smaller: it is not asked for again and again.
    expect(imported(await rig.read('chw1')).imports).toEqual([]);
  });

  test('that cannot give a photo: the others come, and it is asked for again', async () => {
    await workOffline(rig.phone.page);
    await rig.phone.page.evaluate((lost) => {
      const db = window.CHTCore.DB.get() as unknown as {
        bulkGet: (
          options: object,
        ) => Promise<{ results: { docs: { ok?: { _id: string; _attachments?: object } }[] }[] }>;
      };
      const given = db.bulkGet.bind(db);
      db.bulkGet = async (options) => {
        const answer = await given(options);
        for (const { ok } of answer.results.flatMap(({ docs }) => docs))
          if (ok?._id === lost) ok._attachments = { photo: { content_type: 'image/png', stub: true } };
        return answer;
      };
    }, WORK.withPhotos);
    const [taken] = imported(await rig.read('chw1')).imports;
    expect(taken).toMatchObject({
      problems: [{ code: 'row-error', id: WORK.withPhotos }],
      documents: { broken: 1 },
    });
    // The phone was started anew and can read its photos again.
    await rig.phone.open('chw1');
    const end = imported(await rig.read('chw1'));
    expect(end.reading).toMatchObject({ why: 'again' });
    expect(end.imports[0]).toMatchObject({ problems: [], documents: { broken: 0, new: 1 } });
  });
});

test('an app that hangs while it is read is waited for no longer than it is patient', async () => {
  rig = await openPhoneRig({ timeouts: { ...SHORT, answerMs: 60_000, workMs: 4_000 } });
  await firstSync(await rig.phone.open('chw1'), rig.practice, 'chw1', 'device-1');
  await rig.phone.open('chw1', 'hangs');
  expect(await rig.read('chw1')).toEqual({ kind: 'failed', code: 'app-hung' });
});

describe('whose records', () => {
  beforeEach(async () => {
    rig = await openPhoneRig();
    await firstSync(await rig.phone.open('chw1'), rig.practice, 'chw1', 'device-1');
    await firstSync(await rig.phone.open('chw3'), rig.practice, 'chw3', 'device-1');
  });

  test('is chosen, where several people work with one phone', async () => {
    const people = (await rig.look()).apps[0]?.people;
    expect(people).toEqual([
      { user: 'chw3', signedIn: true },
      { user: 'chw1', signedIn: false },
    ]);
    expect(imported(await rig.read('chw1')).imports[0]).toMatchObject({ user: 'chw1', device: 'device-1' });
    expect(imported(await rig.read('chw3')).imports[0]).toMatchObject({ user: 'chw3', device: 'device-1' });
  });

  test('and which device it is, is told by its telemetry where nothing else does', async () => {
    await rig.phone.page.evaluate(async () => {
      localStorage.removeItem('medic-telemetry-device-id');
      const meta = window.CHTCore.DB.get({ meta: true });
      await meta.put({ _id: 'feedback-1', metadata: { deviceId: 'wrong' } });
      for (const [month, deviceId] of [
        [9, 'device-old'],
        [10, 'device-new'],
      ] as const) {
        const _id = `telemetry-2026-${String(month).padStart(2, '0')}-1-chw3-${deviceId}`;
        await meta.put({ _id, type: 'telemetry', metadata: { user: 'chw3', deviceId } });
      }
    });
    expect(imported(await rig.read('chw3')).reading).toMatchObject({ device: 'device-new' });
  });

  test('nobody else’s are read', async () => {
    const { phone, apps } = await rig.look();
    const request = { phone, app: apps[0]?.app ?? '', user: 'chw2' };
    const end = await rig.station.wait((await rig.station.ask('phones.read', request)).job);
    expect(end).toEqual({ kind: 'failed', code: 'app-other-person' });
  });

  test.each(['pouch-only', 'bare'] as const)(
    'are read where the app offers no connection (%s)',
    async (kind) => {
      await rig.phone.open('chw3', kind);
      expect(imported(await rig.read('chw3')).imports[0]).toMatchObject({
        user: 'chw3',
        device: 'device-1',
      });
      // No database was made that was not there.
      const names = await rig.phone.page.evaluate(async () =>
        (await indexedDB.databases()).map(({ name }) => name),
      );
      expect(names.filter((name) => name?.startsWith('_pouch_')).sort()).toEqual([
        '_pouch_medic-user-chw1',
        '_pouch_medic-user-chw3',
      ]);
    },
  );
});

/** Everything that can be wrong with a phone or its app ends in a sentence of its own, and costs nothing. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { imported, openPhoneBench, PROCESS, type PhoneBench } from './rig/bench.ts';
import { workOffline, WORK } from './rig/offline-work.ts';
import { firstSync } from './rig/web-phone.ts';

let bench: PhoneBench;
afterEach(async () => {
  await bench.close();
});

/** How long what never answers is waited for: long for what answers on a loaded machine, short for a test. */
const SHORT = { lookMs: 4_000, workMs: 4_000 };

const trouble = async () => (await bench.look()).trouble;

describe('looking at a phone', () => {
  beforeEach(async () => {
    bench = await openPhoneBench({ patience: SHORT });
  });

  test('that has not allowed this computer', async () => {
    bench.adb.unplug(bench.services);
    bench.adb.plug(bench.services, 'unauthorized');
    expect(await trouble()).toBe('phone-allow');
  });

  test('that answers no more', async () => {
    bench.adb.unplug(bench.services);
    bench.adb.plug(bench.services, 'offline');
    expect(await trouble()).toBe('device-stuck');
  });

  test('on which no app is open', async () => {
    bench.services.webViews.clear();
    expect(await trouble()).toBe('phone-app-closed');
  });

  test('that is locked: its apps are closed or frozen', async () => {
    bench.services.isLocked = true;
    bench.services.webViews.set(PROCESS, { kind: 'frozen' });
    expect(await trouble()).toBe('phone-locked');
    bench.services.webViews.clear();
    expect(await trouble()).toBe('phone-locked');
  });

  test('whose app is frozen though the phone is not locked', async () => {
    bench.services.webViews.set(PROCESS, { kind: 'frozen' });
    expect(await trouble()).toBe('app-hung');
  });

  test('on which something else is open', async () => {
    await bench.phone.open('chw1', 'other');
    expect(await trouble()).toBe('phone-other-app');
  });

  test('whose app nobody is signed in to', async () => {
    await bench.phone.open(null);
    expect(await trouble()).toBe('app-signed-out');
    await bench.phone.page.goto(`${bench.app.url}/medic/login`);
    expect(await trouble()).toBe('app-signed-out');
  });

  test('of somebody who works online', async () => {
    await bench.phone.open('sup_online', 'online');
    expect(await trouble()).toBe('app-keeps-nothing');
    // The server was not read through the phone.
    expect(bench.practice.requests.filter(({ path }) => path.includes('_changes'))).toEqual([]);
  });

  test('an app that is frozen does not hide another one', async () => {
    bench.services.webViews.set(99, { kind: 'frozen' });
    await bench.phone.open('chw1');
    expect(await bench.look()).toMatchObject({ trouble: null, apps: [{ people: [{ user: 'chw1' }] }] });
  });
});

describe('an app of another server', () => {
  test('is not touched', async () => {
    bench = await openPhoneBench({ server: false });
    await bench.phone.open('chw1');
    await bench.station.ask('server.set', { url: 'https://cht.example.org' });
    expect(await trouble()).toBe('app-other-server');
    expect(bench.services.asked.length).toBeGreaterThan(0);
    expect(bench.services.asked.filter((line) => line.includes('/devtools/page/'))).toEqual([]);
  });

  test('is not read where the station has a server meanwhile', async () => {
    bench = await openPhoneBench({ server: false });
    await firstSync(await bench.phone.open('chw1'), bench.practice, 'chw1', 'device-1');
    const { phone, apps } = await bench.look();
    await bench.station.ask('server.set', { url: 'https://cht.example.org' });
    const request = { phone, app: apps[0]?.app ?? '', user: 'chw1' };
    const end = await bench.station.wait((await bench.station.ask('phones.read', request)).job);
    expect(end).toEqual({ kind: 'failed', code: 'app-other-server' });
    expect(bench.services.asked.at(-1)).not.toContain('/devtools/page/');
  });

  test('without a server of its own the station reads any CHT app, and asks other pages only what they are', async () => {
    bench = await openPhoneBench({ server: false });
    await bench.phone.open('chw1', 'other');
    expect(await trouble()).toBe('phone-other-app');
    await firstSync(await bench.phone.open('chw1'), bench.practice, 'chw1', 'device-1');
    expect(imported(await bench.read('chw1')).imports[0]).toMatchObject({ user: 'chw1', outcome: 'taken' });
  });
});

describe('reading an app', () => {
  beforeEach(async () => {
    bench = await openPhoneBench();
    await firstSync(await bench.phone.open('chw1'), bench.practice, 'chw1', 'device-1');
  });

  test('that throws', async () => {
    await bench.phone.open('chw1', 'throws');
    expect(await bench.read('chw1')).toEqual({ kind: 'failed', code: 'app-failed' });
    // What it said may hold anything: it is in the log, shortened, and nowhere else.
    expect(bench.station.log.some((line) => line.includes('app-failed'))).toBe(true);
  });

  test('that answers the same for ever', async () => {
    await bench.phone.page.evaluate(async () => {
      const db = window.CHTCore.DB.get();
      const answer = await db.changes({ since: 0, limit: 1, style: 'all_docs' });
      db.changes = () => Promise.resolve(answer);
    });
    expect(await bench.read('chw1')).toEqual({ kind: 'failed', code: 'app-failed' });
  });

  test('while it is being read already: it is left alone', async () => {
    // The app takes its time until it is told to go on.
    await bench.phone.page.evaluate(() => {
      const db = window.CHTCore.DB.get();
      const changes = db.changes.bind(db);
      const wait = new Promise((goOn) => Object.assign(window, { goOn }));
      db.changes = async (options) => {
        await wait;
        return changes(options);
      };
    });
    const { phone, apps } = await bench.look();
    const request = { phone, app: apps[0]?.app ?? '', user: 'chw1' };
    const first = (await bench.station.ask('phones.read', request)).job;
    await expect.poll(trouble).toBe('busy');
    await bench.phone.page.evaluate(() => (window as unknown as { goOn: () => void }).goOn());
    imported(await bench.station.wait(first));
    expect(await trouble()).toBeNull();
  });

  test('that was closed and opened again since it was chosen', async () => {
    const { phone, apps } = await bench.look();
    const view = bench.services.webViews.get(PROCESS);
    bench.services.webViews.clear();
    if (view !== undefined) bench.services.webViews.set(PROCESS + 1, view);
    const request = { phone, app: apps[0]?.app ?? '', user: 'chw1' };
    const end = await bench.station.wait((await bench.station.ask('phones.read', request)).job);
    expect(imported(end).imports[0]).toMatchObject({ user: 'chw1', outcome: 'taken' });
  });

  test('that is closed meanwhile', async () => {
    let isClosed = false;
    bench.services.onBytes = (bytes) => {
      if (isClosed || bytes < 10_000) return;
      isClosed = true;
      bench.services.webViews.clear();
      void bench.phone.page.close();
    };
    await workOffline(bench.phone.page);
    expect(await bench.read('chw1')).toEqual({ kind: 'failed', code: 'phone-app-closed' });
  });

  test('whose photo is larger than anybody takes: the others come', async () => {
    await bench.phone.page.evaluate(async () => {
      const data = new Blob([new Uint8Array(64 * 1024 * 1024 + 1)]);
      const attachment = { content_type: 'image/jpeg', data };
      await window.CHTCore.DB.get().put({
        _id: 'too-large',
        type: 'data_record',
        _attachments: { attachment },
      });
      await window.CHTCore.DB.get().put({ _id: 'after-it', type: 'data_record' });
    });
    const [taken] = imported(await bench.read('chw1')).imports;
    expect(taken).toMatchObject({
      documents: { new: 55, broken: 1 },
      problems: [{ code: 'attachment-too-large', id: 'too-large' }],
    });
    // It will not become smaller: it is not asked for again and again.
    expect(imported(await bench.read('chw1')).imports).toEqual([]);
  });

  test('that cannot give a photo: the others come, and it is asked for again', async () => {
    await workOffline(bench.phone.page);
    await bench.phone.page.evaluate((lost) => {
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
    const [taken] = imported(await bench.read('chw1')).imports;
    expect(taken).toMatchObject({
      problems: [{ code: 'row-error', id: WORK.withPhotos }],
      documents: { broken: 1 },
    });
    // The phone was started anew and can read its photos again.
    await bench.phone.open('chw1');
    const end = imported(await bench.read('chw1'));
    expect(end.reading).toMatchObject({ why: 'again' });
    expect(end.imports[0]).toMatchObject({ problems: [], documents: { broken: 0, new: 1 } });
  });
});

test('an app that hangs while it is read is waited for no longer than it is patient', async () => {
  bench = await openPhoneBench({ patience: SHORT });
  await firstSync(await bench.phone.open('chw1'), bench.practice, 'chw1', 'device-1');
  await bench.phone.open('chw1', 'hangs');
  expect(await bench.read('chw1')).toEqual({ kind: 'failed', code: 'app-hung' });
});

describe('whose records', () => {
  beforeEach(async () => {
    bench = await openPhoneBench();
    await firstSync(await bench.phone.open('chw1'), bench.practice, 'chw1', 'device-1');
    await firstSync(await bench.phone.open('chw3'), bench.practice, 'chw3', 'device-1');
  });

  test('is chosen, where several people work with one phone', async () => {
    const people = (await bench.look()).apps[0]?.people;
    expect(people).toEqual([
      { user: 'chw3', signedIn: true },
      { user: 'chw1', signedIn: false },
    ]);
    expect(imported(await bench.read('chw1')).imports[0]).toMatchObject({ user: 'chw1', device: 'device-1' });
    expect(imported(await bench.read('chw3')).imports[0]).toMatchObject({ user: 'chw3', device: 'device-1' });
  });

  test('and which device it is, is told by its telemetry where nothing else does', async () => {
    await bench.phone.page.evaluate(async () => {
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
    expect(imported(await bench.read('chw3')).reading).toMatchObject({ device: 'device-new' });
  });

  test('nobody else’s are read', async () => {
    const { phone, apps } = await bench.look();
    const request = { phone, app: apps[0]?.app ?? '', user: 'chw2' };
    const end = await bench.station.wait((await bench.station.ask('phones.read', request)).job);
    expect(end).toEqual({ kind: 'failed', code: 'app-signed-out' });
  });

  test.each(['pouch-only', 'bare'] as const)(
    'are read where the app offers no connection (%s)',
    async (kind) => {
      await bench.phone.open('chw3', kind);
      expect(imported(await bench.read('chw3')).imports[0]).toMatchObject({
        user: 'chw3',
        device: 'device-1',
      });
      // No database was made that was not there.
      const names = await bench.phone.page.evaluate(async () =>
        (await indexedDB.databases()).map(({ name }) => name),
      );
      expect(names.filter((name) => name?.startsWith('_pouch_')).sort()).toEqual([
        '_pouch_medic-user-chw1',
        '_pouch_medic-user-chw3',
      ]);
    },
  );
});

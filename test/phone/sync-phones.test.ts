/** Which phones synchronise: several people on one, several apps, an app of another server, a program of another version. */
import { afterEach, expect, test } from 'vitest';
import { startAppServer } from './rig/app-server.ts';
import { visit } from './rig/offline-work.ts';
import { comparable, leavesOnServer } from './rig/leaves.ts';
import { openPhoneRig, PROCESS, synced, type PhoneRig } from './rig/phone-rig.ts';
import { appWithoutInternet } from './rig/signed-in.ts';
import { leavesOnPhone, startWebPhone } from './rig/web-phone.ts';

const SYNC = { watchMs: 200, idleMs: 1_000, quietMs: 600_000 };

let rig: PhoneRig;
afterEach(async () => {
  await rig.close();
});

const visitOf = (id: string) => visit(id, { note: id }, Date.now() - 3_600_000);

test('of several people on one phone only the one who is signed in, and nothing of the others', async () => {
  rig = await openPhoneRig({ ownInternet: true, sync: SYNC });
  const page = await appWithoutInternet(rig, 'chw1');
  // Somebody else left work on this phone, and signed out.
  await page.evaluate(
    (doc) => new window.PouchDB('medic-user-chw2', { auto_compaction: true }).put(doc),
    visitOf('visit-of-chw2'),
  );
  await page.evaluate((doc) => window.CHTCore.DB.get().put(doc), visitOf('visit-of-chw1'));
  const theirs = await leavesOnPhone(page, 'chw2');
  const [app] = (await rig.look()).apps;
  expect(app?.people).toEqual([
    { user: 'chw1', signedIn: true },
    { user: 'chw2', signedIn: false },
  ]);
  const asked = rig.app.passed.length;
  expect(await rig.sync('chw2')).toEqual({ kind: 'failed', code: 'app-other-person' });
  expect(rig.app.passed.slice(asked)).toEqual([]);
  expect(await page.evaluate(() => window.syncs)).toEqual([]);

  const { plan } = synced(await rig.sync('chw1'));
  expect(synced(await rig.sync('chw1', plan.digest))).toMatchObject({
    outcome: 'done',
    sent: 1,
    accepted: 1,
  });
  expect(rig.practice.offered.map(({ id }) => id)).not.toContain('visit-of-chw2');
  await expect(rig.practice.database().get('visit-of-chw2')).rejects.toThrow();
  expect(await leavesOnPhone(page, 'chw2')).toEqual(theirs);
});

test('an app of another server beside it is not touched, and one of another server alone does not synchronise', async () => {
  rig = await openPhoneRig({ ownInternet: true, sync: SYNC });
  const page = await appWithoutInternet(rig, 'chw1');
  await page.evaluate((doc) => window.CHTCore.DB.get().put(doc), visitOf('visit-1'));
  const other = await startAppServer(rig.practice);
  try {
    rig.internet?.set(true);
    const beside = await rig.phone.context.newPage();
    await beside.goto(other.page('sync'));
    await beside.evaluate(() => {
      Object.assign(window, { online: 0 });
      window.addEventListener('online', () => ((window as unknown as { online: number }).online += 1));
      return window.CHTCore.DB.get().info();
    });
    rig.internet?.set(false);
    const from = other.passed.length;
    const { plan } = synced(await rig.sync('chw1'));
    expect(synced(await rig.sync('chw1', plan.digest))).toMatchObject({ outcome: 'done', sent: 1 });
    expect(other.passed.slice(from)).toEqual([]);
    const untouched = () =>
      beside.evaluate(() => [window.syncs, (window as unknown as { online: number }).online]);
    expect(await untouched()).toEqual([[], 0]);

    // Alone it is told apart before anything is asked of it.
    await page.close();
    expect(await rig.sync('chw1')).toEqual({ kind: 'failed', code: 'app-other-server' });
    expect((await rig.look()).trouble).toBe('app-other-server');
    expect(other.passed.slice(from)).toEqual([]);
    expect(await untouched()).toEqual([[], 0]);
  } finally {
    await other.close();
  }
});

test('where program and server are of different versions somebody is asked, also with nothing to send', async () => {
  rig = await openPhoneRig({ ownInternet: true, sync: SYNC });
  const page = await appWithoutInternet(rig, 'chw1');
  await page.evaluate(async () => {
    const db = window.CHTCore.DB.get();
    const design = await db.get('_design/medic-client');
    await db.put({ ...design, build_info: { ...(design['build_info'] as object), version: '4.21.0' } });
  });
  const asks = synced(await rig.sync('chw1'));
  expect(asks).toMatchObject({
    outcome: 'asks',
    plan: { asks: true, asked: [], versions: { app: '4.21.0', server: '5.2.0' } },
  });
  expect(await page.evaluate(() => window.syncs)).toEqual([]);
  expect(synced(await rig.sync('chw1', asks.plan.digest))).toMatchObject({ outcome: 'done', sent: 0 });
  // The program is the app's own affair: it is not sent.
  expect(rig.practice.offered.map(({ id }) => id)).not.toContain('_design/medic-client');
});

test('of two CHT apps of one server on one phone only the one that was chosen synchronises', async () => {
  rig = await openPhoneRig({ ownInternet: true, sync: SYNC });
  const first = await appWithoutInternet(rig, 'chw1');
  rig.internet?.set(true);
  const phone = await startWebPhone(rig.app, rig.internet?.url ?? null);
  try {
    rig.services.webViews.set(PROCESS + 1, { kind: 'devtools', port: phone.devtoolsPort });
    // The same person in both: a second copy of the app, with a database of its own.
    const second = await appWithoutInternet(
      { phone, practice: rig.practice, internet: rig.internet },
      'chw1',
    );
    await first.evaluate((doc) => window.CHTCore.DB.get().put(doc), visitOf('visit-of-first'));
    await second.evaluate((doc) => window.CHTCore.DB.get().put(doc), visitOf('visit-of-second'));
    const { phone: key, apps } = await rig.look();
    expect(apps.map(({ people }) => people)).toEqual([
      [{ user: 'chw1', signedIn: true }],
      [{ user: 'chw1', signedIn: true }],
    ]);
    const app = apps.find((one) => one.app.includes(`_${PROCESS + 1}/`))?.app ?? '';
    const sync = async (agreed?: string) => {
      const request = { phone: key, app, user: 'chw1', ...(agreed === undefined ? {} : { agreed }) };
      return synced(await rig.station.wait((await rig.station.ask('phones.sync', request)).job));
    };
    const untouched = await leavesOnPhone(first);
    const { plan } = await sync();
    expect(plan.asked.flatMap(({ rows }) => rows.map(({ id }) => id))).toEqual(['visit-of-second']);
    expect(await sync(plan.digest)).toMatchObject({ outcome: 'done', sent: 1, accepted: 1, left: 0 });
    expect(await rig.practice.database().get('visit-of-second')).toMatchObject({ form: 'home_visit' });
    await expect(rig.practice.database().get('visit-of-first')).rejects.toThrow();
    expect([await first.evaluate(() => window.syncs), await leavesOnPhone(first)]).toEqual([[], untouched]);
  } finally {
    await phone.close();
  }
});

test('an app of CHT 3.15 to 4.2, which fetches by the feed of changes, ends equal with the server', async () => {
  rig = await openPhoneRig({ ownInternet: true, sync: SYNC });
  const page = await appWithoutInternet(rig, 'chw1', '7', 'old');
  await rig.practice.setVersion('4.2.0');
  await page.evaluate((doc) => window.CHTCore.DB.get().put(doc), visitOf('visit-1'));
  await rig.practice.database().put(visitOf('from-server'));
  const { plan } = synced(await rig.sync('chw1'));
  const from = rig.app.passed.length;
  expect(synced(await rig.sync('chw1', plan.digest))).toMatchObject({
    outcome: 'done',
    sent: 1,
    accepted: 1,
    // And the program's own document, which this server has of its own version.
    received: 2,
    compared: true,
    left: 0,
  });
  const passed = rig.app.passed.slice(from);
  expect(passed.some((one) => one.includes('/medic/_changes'))).toBe(true);
  expect(passed.filter((one) => one.includes('/replication/'))).toEqual([]);
  const ids = ['visit-1', 'from-server'];
  const leaves = await leavesOnPhone(page);
  const onPhone = Object.fromEntries(ids.map((id) => [id, leaves[id] ?? []]));
  expect(comparable(await leavesOnServer(rig, ids))).toEqual(comparable(onPhone));
  // Its second run begins at its checkpoint.
  await page.evaluate(() => localStorage.removeItem('medic-last-replicated-date'));
  const again = synced(await rig.sync('chw1'));
  const end = again.outcome === 'asks' ? synced(await rig.sync('chw1', again.plan.digest)) : again;
  expect(end).toMatchObject({ outcome: 'done', sent: 0, received: 0 });
});

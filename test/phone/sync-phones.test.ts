/** Which phones synchronise: several people on one, several apps, an app of another server, a program of another version. */
import { afterEach, expect, test } from 'vitest';
import { startAppServer } from './rig/app-server.ts';
import { visit } from './rig/offline-work.ts';
import { openPhoneRig, synced, type PhoneRig } from './rig/phone-rig.ts';
import { appWithoutInternet } from './rig/signed-in.ts';
import { leavesOnPhone } from './rig/web-phone.ts';

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
  expect(await rig.sync('chw2')).toEqual({ kind: 'failed', code: 'app-signed-out' });
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

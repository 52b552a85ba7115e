/** A phone whose web view is too old for the sync over the cable: it is said so, and everything else works. */
import { afterEach, expect, test } from 'vitest';
import { comparable, leavesOnServer } from './rig/leaves.ts';
import { visit } from './rig/offline-work.ts';
import { startOldWebView, type OldWebView } from './rig/old-web-view.ts';
import { applied, news, NEWS, NO, prepared } from './rig/parcels.ts';
import { imported, openPhoneRig, PROCESS, synced, type PhoneRig } from './rig/phone-rig.ts';
import { appWithoutInternet } from './rig/signed-in.ts';
import { leavesOnPhone } from './rig/web-phone.ts';

let rig: PhoneRig;
let old: OldWebView | null = null;
afterEach(async () => {
  await old?.close();
  old = null;
  await rig.close();
});

test.each(['Fetch', 'Network'])(
  'without %s it cannot synchronise, and its records are read and its news is written all the same',
  async (lacks) => {
    rig = await openPhoneRig({ ownInternet: true, sync: { watchMs: 200, idleMs: 1_000, quietMs: 600_000 } });
    // As an old phone has both: the web view, and the PouchDB of an old app.
    const page = await appWithoutInternet(rig, 'chw1', '7');
    const written = visit('visit-1', { note: 'x' }, Date.now() - 3_600_000);
    await page.evaluate((doc) => window.CHTCore.DB.get().put(doc), written);
    old = await startOldWebView(rig.phone.devtoolsPort, lacks);
    rig.services.webViews.set(PROCESS, { kind: 'devtools', port: old.port });
    await page.evaluate(() => {
      const heard: string[] = [];
      Object.assign(window, { heard });
      for (const name of ['online', 'offline']) window.addEventListener(name, () => heard.push(name));
    });

    const before = await leavesOnPhone(page);
    const first = await rig.sync('chw1');
    // What would go is asked about first where the session can be looked at.
    const end = first.kind === 'synced' ? await rig.sync('chw1', synced(first).plan.digest) : first;
    const said = end.kind === 'synced' ? end.sync.error : end.kind === 'failed' ? end.code : end.kind;
    expect(said).toBe('phone-cannot-sync');
    expect(old.lacked.length).toBeGreaterThan(0);
    // The app heard of no network that it could not use, asked for nothing, and has what it had.
    expect(
      await page.evaluate(() => [window.syncs, (window as unknown as { heard: string[] }).heard]),
    ).toEqual([[], []]);
    expect(rig.app.passed.filter((one) => one.includes('_bulk_docs'))).toEqual([]);
    expect(await leavesOnPhone(page)).toEqual(before);

    // Each step of the other ways works on it.
    const { rows } = await rig.station.ask('changes.list', { text: 'visit-1' });
    expect(rows).toMatchObject([{ id: 'visit-1' }]);
    expect(imported(await rig.read('chw1', true)).kind).toBe('imported');
    await news(rig);
    await prepared(rig);
    expect(await applied(rig)).toMatchObject({ outcome: 'done', counts: { ...NO, written: 3, dropped: 1 } });
    const leaves = await leavesOnPhone(page);
    const ids = ['from-server', NEWS.person, NEWS.place];
    const some = Object.fromEntries(ids.map((id) => [id, leaves[id] ?? []]));
    expect(comparable(await leavesOnServer(rig, ids))).toEqual(comparable(some));
  },
);

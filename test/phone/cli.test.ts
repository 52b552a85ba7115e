/**
 * A phone synchronises from the terminal: a process of its own, its words, its exit code; and that process killed at any
 * request of the sync, without a chance to tidy up.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writePhoneScript } from '../../build/phone-script.mjs';
import { runCli, runJson, type CliOptions } from '../support/cli.ts';
import { compareAs } from '../support/uploads.ts';
import { visit } from './rig/offline-work.ts';
import { comparable, leavesOnServer, withoutPurges } from './rig/leaves.ts';
import { imported, openPhoneRig, type PhoneRig } from './rig/phone-rig.ts';
import { appWithoutInternet } from './rig/signed-in.ts';
import { leavesOnPhone } from './rig/web-phone.ts';

const IDS = ['visit-1', 'visit-2', 'visit-3'];

/** Scripts go by these: none of them goes without a word in CHANGELOG.md. */
const KEYS = {
  sync: [
    'accepted',
    'arrived',
    'compared',
    'device',
    'dropped',
    'endedAt',
    'error',
    'failures',
    'lacking',
    'left',
    'mayAgree',
    'outcome',
    'plan',
    'received',
    'refused',
    'sent',
    'upload',
    'user',
  ],
  prepare: ['leftOut', 'parcel'],
  apply: ['counts', 'device', 'error', 'madeAt', 'outcome', 'skipped', 'user'],
};

let rig: PhoneRig;
let page: Page;
beforeEach(async () => {
  // Where the built program has it.
  await writePhoneScript(fileURLToPath(new URL('../../out/main/phone.js', import.meta.url)));
  rig = await openPhoneRig({ ownInternet: true });
  page = await appWithoutInternet(rig, 'chw1');
  for (const id of IDS) await writes(id);
});
afterEach(async () => {
  await rig.close();
});

/** The person writes a report of a visit, as the app does. */
const writes = (id: string): Promise<unknown> =>
  page.evaluate((doc) => window.CHTCore.DB.get().put(doc), visit(id, { note: id }, Date.now() - 3_600_000));

/** Made by the app itself, so nobody has to agree to it. */
const taskOf = (number: number) => ({
  _id: `task~org.couchdb.user:chw1~${number}`,
  type: 'task',
  user: 'org.couchdb.user:chw1',
  requester: 'hc1-chw1',
  owner: 'hc1-area-1-home-1-person-1',
  state: 'Ready',
  authoredOn: Date.now(),
  emission: { _id: `${number}` },
});

/** The app synchronises by itself only where it has not done so in the last minutes. */
const timePasses = (): Promise<void> =>
  page.evaluate(() => localStorage.removeItem('medic-last-replicated-date'));

const command = (...words: readonly string[]): readonly string[] => [
  ...words,
  '--data',
  join(rig.folder, 'data'),
];
const options = (more: CliOptions = {}): CliOptions => ({
  env: { ANDROID_ADB_SERVER_PORT: String(rig.adb.port) },
  ...more,
});

test('the plan is shown first, and agreed to by its digest; then the phone is up to date', async () => {
  await rig.station.close();
  const { code, stdout, stderr } = await runCli(command('phones'), options());
  expect([code, stdout]).toEqual([0, '']);
  expect(stderr).toContain('chw1');

  const asks = await runJson(command('phone', 'sync'), options());
  expect(asks).toMatchObject({ code: 3, value: { outcome: 'asks', sent: 0, plan: { counts: { open: 3 } } } });
  expect(rig.app.passed.filter((one) => one.includes('_bulk_docs'))).toEqual([]);
  const { digest } = asks.value['plan'] as { digest: string };
  const done = await runJson(command('phone', 'sync', '--agree', digest), options());
  expect(done).toMatchObject({
    code: 0,
    value: { outcome: 'done', sent: 3, accepted: 3, compared: true, left: 0, lacking: 0 },
  });
  // What scripts read of it.
  expect(Object.keys(done.value).sort()).toEqual(KEYS.sync);
  expect(Object.keys(await leavesOnServer(rig, IDS))).toEqual(IDS);

  await timePasses();
  const again = await runCli(command('phone', 'sync', '--user', 'chw1'), options());
  expect(again.code).toBe(0);
  expect(again.stderr).toContain('The phone sent 0 records (0 confirmed, 0 refused) and received 0.');
  expect(again.stderr).toMatch(/It is up to date as of \d\d:\d\d\./);

  await rig.practice.database().put(visit('from-server'));
  const prepared = await runJson(command('phone', 'prepare', 'chw1', '--by-phone'), options());
  expect(prepared).toMatchObject({
    code: 0,
    value: { parcel: { user: 'chw1', device: 'device-1', documents: 1 } },
  });
  expect(Object.keys(prepared.value).sort()).toEqual(KEYS.prepare);
  const applied = await runJson(command('phone', 'apply'), options());
  expect(applied).toMatchObject({ code: 0, value: { outcome: 'done', counts: { written: 1, failed: 0 } } });
  expect(Object.keys(applied.value).sort()).toEqual(KEYS.apply);
  expect(await page.evaluate(() => window.CHTCore.DB.get().get('from-server'))).toMatchObject({
    _id: 'from-server',
  });

  rig.adb.unplug(rig.services);
  expect(await runJson(command('phone', 'sync'), options())).toMatchObject({
    code: 1,
    value: { error: { code: 'source-gone' } },
  });
});

test('killed at any request of a sync, it leaves the phone as a lost network does', async () => {
  const { imports } = imported(await rig.read('chw1'));
  await compareAs(rig.station, rig.practice, 'chw1');
  await rig.station.ask('decide.approve', { batch: imports[0]?.batches[0] ?? '' });
  await rig.station.close();
  const before = rig.practice.audit.length;
  let kills = 0;
  let code: number | null = null;
  for (let at = 1; ; at += 1) {
    let seen = 0;
    let kill = (): void => {};
    let isKilled = false;
    rig.app.beforePassing = () => {
      seen += 1;
      if (seen !== at) return;
      isKilled = true;
      kill();
    };
    const end = await runCli(command('phone', 'sync'), options({ started: (by) => (kill = by) }));
    ({ code } = end);
    if (!isKilled) break;
    expect(code).toBeNull();
    kills += 1;
    // Nothing is open on the phone any more, and for its app the network is gone.
    await expect.poll(() => rig.services.streams).toBe(0);
    const isAnswered = () =>
      page.evaluate(() =>
        fetch('/dbinfo').then(
          () => true,
          () => false,
        ),
      );
    expect(await isAnswered()).toBe(false);
    await timePasses();
    // Always something to send: each round is as long as the one before.
    await page.evaluate((doc) => window.CHTCore.DB.get().put(doc), taskOf(at));
  }
  expect(kills).toBeGreaterThan(6);
  expect(code).toBe(0);
  const onPhone = withoutPurges(await leavesOnPhone(page));
  expect(comparable(await leavesOnServer(rig, Object.keys(onPhone)))).toEqual(comparable(onPhone));
  // Whatever was killed, each was written once.
  const written = rig.practice.audit.slice(before).map(({ id }) => id);
  written.sort();
  const tasks = Array.from({ length: kills }, (_, at) => taskOf(at + 1)._id);
  expect(written).toEqual([...tasks, ...IDS].sort());
});

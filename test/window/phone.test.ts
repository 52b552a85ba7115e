/** Reading a phone from the window: the help with its pictures, the phones that are there, and what came of it. */
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import type { PhoneRig } from '../phone/rig/phone-rig.ts';
import { marksOf } from '../phone/rig/marks.ts';
import { visit, workOffline } from '../phone/rig/offline-work.ts';
import { appWithoutInternet } from '../phone/rig/signed-in.ts';
import { firstSync } from '../phone/rig/web-phone.ts';
import { compareAs, uploadAs } from '../support/uploads.ts';
import { place } from './clerk.ts';
import { phoneSettings } from './phone-setting.ts';

const phoneSetting = phoneSettings();
let rig: PhoneRig;
let page: Page;
beforeEach(async () => {
  ({ rig, page } = phoneSetting());
  await page.getByRole('button', { name: 'Read a phone' }).click();
});

const dialog = () => page.getByRole('dialog', { name: 'Read a phone directly' });

test('a phone is read from the window, and once more brings nothing new', async () => {
  await firstSync(await rig.phone.open('chw1'), rig.practice, 'chw1', 'device-1');
  await workOffline(rig.phone.page);
  await dialog().getByRole('button', { name: 'Search again' }).click();
  await dialog().getByRole('button', { name: 'Read chw1' }).click();
  await dialog().getByText('This phone was read for the first time.').waitFor();
  await dialog()
    .getByText(/\d+ new/)
    .waitFor();
  await dialog().getByRole('button', { name: 'Read chw1' }).click();
  await dialog().getByText('Nothing new since the last time.').waitFor();
  await dialog().getByText('Only what is new since the last time was read.').waitFor();
});

test('a phone without internet synchronises, once somebody agreed to what nobody approved', async () => {
  const app = await appWithoutInternet(rig, 'chw1');
  await workOffline(app);
  await dialog().getByRole('button', { name: 'Search again' }).click();
  await dialog().getByRole('button', { name: 'Sync chw1' }).click();
  const plan = dialog().getByRole('region', { name: 'Nothing was sent yet.' });
  await plan.getByRole('listitem').filter({ hasText: '6 not reviewed' }).waitFor();
  await plan.getByRole('listitem').filter({ hasText: '1 deleted on the phone, not reviewed' }).waitFor();
  await plan.getByRole('listitem').filter({ hasText: '1 in conflict' }).waitFor();
  // They are named, and each can be looked at; the phone waits meanwhile.
  const deleted = plan.getByRole('list', { name: 'deleted on the phone, not reviewed' });
  await deleted.getByRole('listitem').filter({ hasText: 'deleted' }).waitFor();
  await plan.getByRole('list', { name: 'in conflict' }).getByRole('listitem').waitFor();
  await plan.getByRole('list', { name: 'not reviewed', exact: true }).getByRole('button').first().click();
  await dialog().waitFor({ state: 'hidden' });
  await page.locator('.panel').getByRole('button', { name: 'Close' }).waitFor();
  await place(page, 'Arrivals').click();
  await page.getByRole('button', { name: 'Read a phone' }).click();
  expect(await app.evaluate(() => window.syncs)).toEqual([]);
  const pictures = process.env['PICTURES'];
  if (pictures !== undefined) await page.screenshot({ path: join(pictures, 'phone-sync.png') });
  await plan.getByRole('button', { name: 'Agree and sync' }).click();
  await dialog()
    .getByText(/The phone sent 8 records and received 0 records\. It is up to date as of \d\d?:\d\d/)
    .waitFor();
  expect(await app.evaluate(() => window.syncs)).toEqual([{ pushed: 10, pulled: 1 }]);
});

test('a phone whose records were sent from here is told so, and only then', async () => {
  const app = await appWithoutInternet(rig, 'chw1');
  await app.evaluate((doc) => window.CHTCore.DB.get().put(doc), visit('visit-1', { note: '1' }, Date.now()));
  await dialog().getByRole('button', { name: 'Search again' }).click();
  await dialog().getByRole('button', { name: 'Mark as sent on the phone' }).click();
  const nothing = 'The phone was told nothing. Not confirmed on the server: 1 record.';
  await dialog().getByText(nothing).waitFor();
  // It is named, and can be looked at.
  await dialog().getByRole('list', { name: nothing }).getByRole('listitem').getByRole('button').waitFor();
  const before = await marksOf(app);
  const { rows } = await rig.station.ask('batches.list', { show: 'to-do' });
  await compareAs(rig.station, rig.practice, 'chw1');
  await rig.station.ask('decide.approve', { batch: rows[0]?.batch ?? '' });
  await uploadAs(rig.station, rig.practice, 'chw1');
  expect(await marksOf(app)).toEqual(before);
  await dialog().getByRole('button', { name: 'Mark as sent on the phone' }).click();
  await dialog()
    .getByText(/The server has what the phone of chw1 holds: \d+ records\. The app now shows them as sent\./)
    .waitFor();
  expect(Number((await marksOf(app)).sequence)).toBeGreaterThan(Number(before.sequence));
});

test('a phone is given what was fetched for it, and its card says how old that is', async () => {
  const app = await rig.phone.open('chw1');
  await firstSync(app, rig.practice, 'chw1', 'device-1');
  await rig.read('chw1');
  await rig.practice
    .database()
    .put({ _id: 'from-server', type: 'data_record', form: 'home_visit', contact: { _id: 'hc1-chw1' } });
  await dialog().getByRole('button', { name: 'Search again' }).click();
  await dialog().getByText('No news for the phone of chw1 was fetched yet.').waitFor();
  // The phone goes: what it lacks is known from its reading.
  rig.adb.unplug(rig.services);
  await dialog().getByRole('button', { name: 'Search again' }).click();
  await dialog().getByRole('region', { name: 'Phones that were read here before' }).waitFor();
  await dialog().getByRole('button', { name: 'Fetch news for chw1' }).click();
  const signIn = page.getByRole('dialog', { name: 'Fetch news for chw1' });
  const password = rig.practice.users.find(({ user }) => user === 'chw1')?.password ?? '';
  await signIn.getByLabel('Password', { exact: true }).fill(password);
  await signIn.getByRole('button', { name: 'Fetch news for chw1' }).click();
  await dialog().getByText('Fetched for the phone of chw1: 1 record, and 0 records to remove.').waitFor();
  await dialog()
    .getByText(/News for chw1, fetched .*: 1 record, and 0 records to remove\./)
    .waitFor();
  const pictures = process.env['PICTURES'];
  if (pictures !== undefined) await page.screenshot({ path: join(pictures, 'phone-news.png') });
  rig.internet?.set(false);
  rig.adb.plug(rig.services);
  await dialog().getByRole('button', { name: 'Search again' }).click();
  await dialog().getByRole('button', { name: 'Write the news to the phone' }).click();
  await dialog()
    .getByText(
      /The phone received 1 record, and 0 records were removed from it\. It is as the server was on /,
    )
    .waitFor();
  expect(await app.evaluate(() => window.CHTCore.DB.get().get('from-server'))).toMatchObject({
    form: 'home_visit',
  });
});

test('a phone that cannot be read says why, and the help is open', async () => {
  rig.adb.unplug(rig.services);
  rig.adb.plug(rig.services, 'unauthorized');
  await dialog().getByRole('button', { name: 'Search again' }).click();
  await dialog().getByText('The phone asks whether this computer may read it.').waitFor();
  await dialog().getByRole('listitem').filter({ hasText: 'Turn on USB debugging' }).waitFor();
  const pictures = process.env['PICTURES'];
  if (pictures !== undefined) await page.screenshot({ path: join(pictures, 'phone-help.png') });
  // The person taps "Allow": it is seen by itself.
  rig.adb.unplug(rig.services);
  await rig.phone.open(null);
  rig.adb.plug(rig.services);
  await dialog().getByText('Nobody is signed in to the CHT app on this phone.').waitFor();
  rig.adb.unplug(rig.services);
  await dialog().getByRole('button', { name: 'Search again' }).click();
  await dialog().getByText('No phone with USB debugging is plugged in.').waitFor();
});

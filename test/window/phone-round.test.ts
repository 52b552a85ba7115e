/**
 * A whole round by window: a phone without internet is read, reviewed, its records sent, and it synchronises. Then it holds
 * what the server has for its person, and a second round moves nothing.
 */
import { beforeEach, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { comparable, leavesOnServer, withoutPurges } from '../phone/rig/leaves.ts';
import { photoBytes, visit, WORK } from '../phone/rig/offline-work.ts';
import type { PhoneRig } from '../phone/rig/phone-rig.ts';
import { appWithoutInternet } from '../phone/rig/signed-in.ts';
import { leavesOnPhone } from '../phone/rig/web-phone.ts';
import { signInAs } from '../support/uploads.ts';
import { goTo, openBatch, place, signIn } from './clerk.ts';
import { phoneSettings } from './phone-setting.ts';

const phoneSetting = phoneSettings();
let rig: PhoneRig;
let page: Page;
beforeEach(() => {
  ({ rig, page } = phoneSetting());
});

const dialog = () => page.getByRole('dialog', { name: 'Read a phone directly' });
const HERS = 'hc1-area-1-home-1-person-2';

/** What the server lists for the person, asked past phone and station. */
async function listed(): Promise<Map<string, string>> {
  const { user, password } = signInAs(rig.practice, 'chw1');
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const headers = { authorization, accept: 'application/json' };
  const answer = await fetch(`${rig.practice.url}/api/v1/replication/get-ids`, { headers });
  const { doc_ids_revs: rows } = (await answer.json()) as { doc_ids_revs: { id: string; rev: string }[] };
  return new Map(rows.map(({ id, rev }) => [id, rev]));
}

async function syncByWindow(said: RegExp): Promise<void> {
  await place(page, 'Arrivals').click();
  await page.getByRole('button', { name: 'Read a phone' }).click();
  await dialog().getByRole('button', { name: 'Sync chw1' }).click();
  await dialog().getByText(said).waitFor();
  await dialog().getByRole('button', { name: 'Close' }).first().click();
  await dialog().waitFor({ state: 'hidden' });
}

test('read, reviewed, sent, synchronised: phone and server hold the same, and once more moves nothing', async () => {
  const app = await appWithoutInternet(rig, 'chw1');
  await app.evaluate(
    async ([docs, photo, edited]) => {
      const db = window.CHTCore.DB.get();
      for (const doc of docs) await db.put(doc);
      const [first] = docs;
      const _attachments = { 'user-file-photo': { content_type: 'image/png', data: photo } };
      await db.put({ ...first, _id: 'visit-photo', _attachments });
      await db.put({ ...(await db.get(edited)), name: 'Edited on the phone: é ſ 🌍' });
    },
    [
      ['visit-1', 'visit-2'].map((id) => visit(id, { note: id }, Date.now() - 3_600_000)),
      photoBytes(90_000).toString('base64'),
      WORK.edited,
    ] as const,
  );
  // Meanwhile the office works, here and where the person has no right.
  const server = rig.practice.database();
  await server.put(visit('from-office', { note: 'office' }, Date.now() - 3_600_000));
  await server.put({ ...(await server.get(HERS)), notes: 'edited by the office' });
  await server.put({ ...(await server.get('hc2-area-1-home-1')), notes: 'not for chw1' });

  await page.getByRole('button', { name: 'Read a phone' }).click();
  await dialog().getByRole('button', { name: 'Search again' }).click();
  await dialog().getByRole('button', { name: 'Read chw1' }).click();
  await dialog().getByText('This phone was read for the first time.').waitFor();
  await dialog().getByRole('button', { name: 'Close' }).first().click();
  await dialog().waitFor({ state: 'hidden' });

  const { password } = signInAs(rig.practice, 'chw1');
  await goTo(page, 'Review');
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await signIn(page, 'chw1', password);
  await page.getByText(/records? compared/).waitFor();
  await openBatch(page, 'chw1');
  await page.getByRole('button', { name: 'Approve 4 ordinary records' }).click();
  await place(page, 'Outbox').click();
  await page.getByRole('button', { name: 'Send 4 records' }).click();
  await signIn(page, 'chw1', password);
  await page
    .getByRole('region', { name: 'Result' })
    .getByText(/4 accepted/)
    .waitFor();
  await rig.practice.sentinel.settle();

  // Nothing is left for the app to send; it gets what the office and the server did.
  await syncByWindow(
    /The phone sent 0 records and received \d+ records?\. It is up to date as of \d\d?:\d\d/,
  );
  const onPhone = withoutPurges(await leavesOnPhone(app));
  const forPerson = await listed();
  expect([...forPerson.keys()]).toEqual(
    expect.arrayContaining(['visit-1', 'visit-2', 'visit-photo', WORK.edited, 'from-office', HERS]),
  );
  expect(Object.keys(onPhone).sort()).toEqual([...forPerson.keys()].sort());
  expect(Object.keys(onPhone)).not.toContain('hc2-area-1-home-1');
  expect(comparable(await leavesOnServer(rig, Object.keys(onPhone)))).toEqual(comparable(onPhone));

  // The second round.
  await app.evaluate(() => localStorage.setItem('medic-last-replicated-date', String(Date.now() - 600_000)));
  const from = rig.app.passed.length;
  const written = rig.practice.audit.length;
  await syncByWindow(/The phone sent 0 records and received 0 records\. It is up to date as of \d\d?:\d\d/);
  expect(rig.app.passed.slice(from).filter((one) => /_bulk_(?:docs|get)/.test(one))).toEqual([]);
  expect(rig.practice.audit.slice(written)).toEqual([]);
  expect(withoutPurges(await leavesOnPhone(app))).toEqual(onPhone);
  expect((await rig.station.ask('conflicts.list', {})).rows).toEqual([]);
});

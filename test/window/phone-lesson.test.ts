/**
 * The lesson of the phone without internet, as a newcomer plays it: the practice card says what to press, and at the end the
 * household that the office registered stands on the phone.
 */
import { afterEach, beforeEach, beforeAll, afterAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { LESSON } from '../../electron/practice/app/lesson.ts';
import { startBrowser } from './browser.ts';
import { goTo, openBatch, passwordOf, place, send, signIn, soon } from './clerk.ts';
import { lookAt, picturesOf } from './look.ts';
import { comparable, leavesOnServer, withoutPurges, type Leaves } from '../phone/rig/leaves.ts';
import { openSetting, type Setting } from './setting.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

let setting: Setting;
beforeEach(async () => {
  setting = await openSetting(browser, { phone: true });
});
afterEach(async () => {
  await setting.close();
  expect(setting.complaints).toEqual([]);
});

const card = () => setting.page.getByRole('region', { name: 'Then: a phone without internet' });
const dialog = () => setting.page.getByRole('dialog', { name: 'Read a phone directly' });
const done = async () =>
  (await card().getByRole('listitem').filter({ hasText: '(done)' }).allInnerTexts()).length;
const onPhone = (id: string) => setting.phone?.page.evaluate(`get().get(${JSON.stringify(id)})`);

/** Every leaf that the app holds, with its history. */
const leavesOnPhone = async (): Promise<Leaves> =>
  (await setting.phone?.page.evaluate(`(async () => {
    const leaves = {};
    for (const { id, changes } of (await get().changes({ style: 'all_docs' })).results) {
      leaves[id] = [];
      for (const { rev } of changes) leaves[id].push(await get().get(id, { rev, revs: true, attachments: true }));
    }
    return leaves;
  })()`)) as Leaves;

async function leaveDialog(): Promise<void> {
  await dialog().getByRole('button', { name: 'Close' }).first().click();
  await dialog().waitFor({ state: 'hidden' });
}

test('a newcomer reads, reviews, sends and synchronises the practice phone, and sees what came to it', async () => {
  const { page, server } = setting;
  const { user, household } = LESSON;
  await card().getByText(household.name).waitFor();
  await lookAt(setting, 'lesson-begin');
  await soon(done).toBe(0);
  await expect(onPhone(household.id)).rejects.toThrow('missing');

  await page.getByRole('button', { name: 'Read a phone' }).click();
  await dialog()
    .getByRole('button', { name: `Read ${user}` })
    .click();
  await dialog().getByText('This phone was read for the first time.').waitFor();
  await leaveDialog();
  await soon(done).toBe(1);

  await goTo(page, 'Review');
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await signIn(page, user, passwordOf(setting, user));
  await page.getByText(/records? compared/).waitFor();
  await openBatch(page, user);
  // What the phone missed meanwhile is said where its records are looked at.
  await page.getByText(/^The phone has not received anything since .*\.$/).waitFor();
  await picturesOf(setting, 'lesson-batch');
  await page.getByRole('button', { name: 'Approve 3 ordinary records' }).click();
  await send(setting, user);
  await server.sentinel.settle();
  await place(page, 'Arrivals').click();
  await soon(done).toBe(2);

  await page.getByRole('button', { name: 'Read a phone' }).click();
  // The help is read with the keyboard as well.
  const help = dialog().getByText('How a sync goes, and what to do when it stops');
  await help.focus();
  await page.keyboard.press('Enter');
  await dialog().getByRole('listitem').filter({ hasText: 'If it stops' }).waitFor();
  await help.scrollIntoViewIfNeeded();
  await lookAt(setting, 'sync-help');
  await help.click();
  await dialog()
    .getByRole('button', { name: `Sync ${user}` })
    .click();
  await dialog()
    .getByText(/The phone sent 0 records and received \d+ records\. It is up to date as of \d\d?:\d\d/)
    .waitFor();
  const arrived = dialog().getByRole('list', { name: 'Arrived on the phone' });
  await arrived.getByRole('listitem').filter({ hasText: household.name }).waitFor();
  await arrived.scrollIntoViewIfNeeded();
  await lookAt(setting, 'lesson-arrived');
  // It is there, and the form is the new one.
  expect(await onPhone(household.id)).toMatchObject({ name: household.name });
  expect(await onPhone(`form:${LESSON.form}`)).toHaveProperty('xmlVersion.time');
  const { rows } = await setting.ask('conflicts.list', {});
  expect(rows).toEqual([]);
  // What the app holds, the server holds, leaf by leaf with its history.
  const leaves = withoutPurges(await leavesOnPhone());
  const ids = Object.keys(leaves);
  expect(ids).toEqual(expect.arrayContaining([household.id, LESSON.edited, ...LESSON.reports]));
  expect(comparable(await leavesOnServer({ practice: server }, ids))).toEqual(comparable(leaves));

  // Once more, as after a while: nothing is left to move.
  await setting.phone?.page.evaluate(
    `localStorage.setItem('medic-last-replicated-date', String(Date.now() - 600000))`,
  );
  const written = server.audit.length;
  await dialog()
    .getByRole('button', { name: `Sync ${user}` })
    .click();
  await dialog()
    .getByText(/The phone sent 0 records and received 0 records\. It is up to date as of \d\d?:\d\d/)
    .waitFor();
  expect(server.audit.slice(written)).toEqual([]);
  expect(withoutPurges(await leavesOnPhone())).toEqual(leaves);

  await leaveDialog();
  await soon(done).toBe(4);
  // The stick is still to be imported, and nothing of it is said to be done.
  const stick = page.getByRole('list', { name: 'Practice: from a stick to the server in five steps' });
  expect(await stick.getByRole('listitem').filter({ hasText: '(done)' }).count()).toBe(0);
  await picturesOf(setting, 'lesson-end');
});

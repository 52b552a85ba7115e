/** Who signs in, by mouse and key: whose name is filled in, an account that was typed as a health worker, the owner who compares. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { deletionsOf, liveAt, names, workOfTwo } from '../support/harms.ts';
import { goTo, grid, leavesOn, openBatch, passwordOf, row, signIn, soon } from './clerk.ts';
import { compareAs, type Setting } from './setting.ts';
import { settings } from './settings.ts';

const openSetting = settings();
let setting: Setting;

const dialog = (page: Page): Locator => page.getByRole('dialog');
const nameField = (page: Page): Locator => dialog(page).getByLabel('User name');
const result = (page: Page): Locator => page.getByRole('region', { name: 'Result' });
const sendButton = (page: Page): Locator => page.getByRole('button', { name: /^Send \d+ records?$/ });
const panel = (page: Page): Locator => page.getByRole('complementary', { name: 'The chosen record' });

const ofWhom = (page: Page): Locator => dialog(page).getByRole('group', { name: 'Ready to send' });

/** The name that the dialog begins with once it tells whose records are ready; it is closed again. */
async function proposedBy(page: Page, button: Locator): Promise<string> {
  await button.click();
  await ofWhom(page).waitFor();
  const name = await nameField(page).inputValue();
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'hidden' });
  return name;
}

/** The outbox, with the work of two people in it: all of theirs was approved. */
async function openOutbox(): Promise<Setting> {
  const { dumps } = workOfTwo();
  setting = await openSetting({
    stick: async (folder) => {
      for (const [at, dump] of dumps.entries()) await writeFile(join(folder, `phone-${at}.chtdump`), dump);
    },
    before: 'compared',
    remembered: { place: 'outbox' },
  });
  const { rows } = await setting.ask('batches.list', {});
  for (const { batch } of rows) await setting.ask('decide.approve', { batch });
  return setting;
}

test('no name is filled in that owns nothing of what is sent', async () => {
  const { page } = await openOutbox();
  const check = page.getByRole('button', { name: 'Check what the server would refuse' });
  for (const button of [sendButton(page), check]) expect(await proposedBy(page, button)).toBe('');

  // Somebody who owns nothing here has signed in, to compare, to check and to send.
  await goTo(page, 'Review');
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await signIn(page, 'chw3', passwordOf(setting, 'chw3'));
  await page.getByText(/records? compared/).waitFor();
  await goTo(page, 'Outbox');
  for (const button of [sendButton(page), check]) expect(await proposedBy(page, button)).toBe('');
  await sendButton(page).click();
  await signIn(page, 'chw3', passwordOf(setting, 'chw3'));
  await result(page).getByText('None of your records are ready to send').waitFor();
  expect(await proposedBy(page, sendButton(page))).toBe('');

  // An owner is offered, and filled in only as long as there is something to send.
  await check.click();
  await signIn(page, 'chw1', passwordOf(setting, 'chw1'));
  await result(page)
    .getByText(/were checked, nothing sent/)
    .waitFor();
  expect(await proposedBy(page, sendButton(page))).toBe('chw1');
  await sendButton(page).click();
  await soon(() => nameField(page).inputValue()).toBe('chw1');
  // A station account is nobody's name.
  await dialog(page).getByRole('radio', { name: 'Station account' }).click();
  await soon(() => dialog(page).getByLabel('Name of the station account').inputValue()).toBe('');
  await dialog(page).getByRole('radio', { name: 'Health worker' }).click();
  await soon(() => nameField(page).inputValue()).toBe('chw1');
  await signIn(page, 'chw1', passwordOf(setting, 'chw1'));
  await result(page).getByText('6 accepted').waitFor();
  await sendButton(page).click();
  await ofWhom(page).waitFor();
  expect(await nameField(page).inputValue()).toBe('');
});

test('a station account that was typed as a health worker is told what it would delete, before anything goes', async () => {
  const ids = names('visit', 12);
  setting = await openSetting({
    stick: async (folder, server) => {
      await writeFile(join(folder, 'phone.chtdump'), await deletionsOf(server, ids));
    },
    before: 'compared',
    remembered: { place: 'outbox' },
  });
  const { page, station, server } = setting;
  const { rows } = await station.ask('batches.list', {});
  const batch = rows[0]?.batch ?? '';
  await station.ask('decide.approve', {
    batch,
    classes: ['deletion'],
    unusual: ['many-deletions'],
    deleting: 12,
  });
  const held = await leavesOn(setting);
  await sendButton(page).click();
  await signIn(page, 'sup_online', passwordOf(setting, 'sup_online'));
  const told = dialog(page).getByRole('alert');
  await told.getByText('sup_online is a station account').waitFor();
  await told.getByText('12 records will be deleted on the server:').waitFor();
  expect(await told.locator('.names li').count()).toBe(10);
  expect(await dialog(page).getByRole('radio', { name: 'Station account' }).isChecked()).toBe(true);
  // Nothing has gone, and the button alone sends nothing: the password is not kept.
  const agree = dialog(page).getByRole('button', { name: 'Send, and delete 12 records' });
  await agree.click();
  await soon(() => page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('password');
  expect(await leavesOn(setting)).toEqual(held);
  expect((await station.ask('uploads.list', {})).total).toBe(0);

  await dialog(page).getByLabel('Password', { exact: true }).fill(passwordOf(setting, 'sup_online'));
  await agree.click();
  await result(page).getByText('12 accepted').waitFor();
  await result(page).getByText('Sent by the station account sup_online').waitFor();
  for (const id of ids) expect(await liveAt(server, id)).toEqual([]);
});

test('a station account that was typed as a health worker sends nobody’s work before somebody agreed to that', async () => {
  const { page, station } = await openOutbox();
  const { owners } = await station.ask('outbox.owners', {});
  expect(owners).toHaveLength(2);
  const held = await leavesOn(setting);
  await sendButton(page).click();
  await signIn(page, 'sup_online', passwordOf(setting, 'sup_online'));
  const told = dialog(page).getByRole('alert');
  await told.getByText('sup_online is a station account').waitFor();
  for (const { user, records } of owners) await told.getByText(`${user}: ${records} record`).waitFor();
  const agree = dialog(page).getByRole('button', { name: 'Send as a station account' });
  await agree.click();
  expect(await leavesOn(setting)).toEqual(held);
  expect((await station.ask('uploads.list', {})).total).toBe(0);

  await dialog(page).getByLabel('Password', { exact: true }).fill(passwordOf(setting, 'sup_online'));
  await agree.click();
  await result(page).getByText('Sent by the station account sup_online').waitFor();
});

test('what cannot be placed is compared as its owner, whose name is filled in, and then there is the server’s version', async () => {
  setting = await openSetting({ before: 'taken', remembered: { place: 'review' } });
  const { page, station, server } = setting;
  // Somebody of another area: the server shows that there is such a record, and not what is in it.
  await compareAs(station, server, 'chw1');
  await openBatch(page, 'chw2');
  await row(page, 'not sure which is newer').first().click();
  const compare = panel(page).getByRole('button', { name: 'Compare as chw2' });
  await compare.waitFor();
  // The safe way stands first, and the key is the first button.
  expect(await panel(page).locator('.panel-decisions button').first().innerText()).toBe('Compare as chw2');
  await grid(page).focus();
  await page.keyboard.press('a');
  await nameField(page).waitFor();
  expect(await nameField(page).inputValue()).toBe('chw2');
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'hidden' });
  await compare.click();
  expect(await nameField(page).inputValue()).toBe('chw2');
  await dialog(page).getByLabel('Password', { exact: true }).fill(passwordOf(setting, 'chw2'));
  await dialog(page).locator('button[type=submit]').click();
  await dialog(page).waitFor({ state: 'hidden' });
  await panel(page)
    .getByRole('button', { name: /server.s version/ })
    .first()
    .waitFor();
  expect(await compare.count()).toBe(0);
});

/** The help: a place of its own, the key F1 wherever somebody is, and a link beside an error. */
import { expect, test } from 'vitest';
import { HELP_PAGES, helpPage } from '../../shared/help.ts';
import { STAFF } from '../support/staff.ts';
import { expectFocus, goTo, passwordOf, place, signIn } from './clerk.ts';
import { lookAt } from './look.ts';
import { settings } from './settings.ts';

const openSetting = settings();
const titleOf = (page: (typeof HELP_PAGES)[number]) => helpPage(page, 'en').title;

test('it is a place: one page is read, and all of them are printed', async () => {
  const setting = await openSetting();
  const { page } = setting;
  await goTo(page, 'Help');
  const list = page.getByRole('navigation', { name: 'Pages of the help' });
  for (const one of HELP_PAGES) {
    await list.getByRole('button', { name: titleOf(one), exact: true }).click();
    await page.getByRole('article', { name: titleOf(one), exact: true }).waitFor();
    expect(await page.getByRole('article').count()).toBe(1);
    await lookAt(setting, `help ${one}`);
  }

  await page.emulateMedia({ media: 'print' });
  expect(await page.getByRole('article').count()).toBe(HELP_PAGES.length);
  expect(await page.getByRole('heading', { level: 1, name: 'Handbook of the station' }).isVisible()).toBe(
    true,
  );
  expect(await list.isVisible()).toBe(false);
  expect(await page.getByRole('button', { name: 'Print the handbook' }).isVisible()).toBe(false);
  await page.emulateMedia({ media: 'screen' });
});

test('F1 opens the page of where somebody is, over it, and Esc leads back', async () => {
  const { page } = await openSetting();
  const dialog = page.getByRole('dialog', { name: 'Help' });
  const shown = (one: (typeof HELP_PAGES)[number]) =>
    dialog.getByRole('article', { name: titleOf(one), exact: true }).waitFor();
  await page.keyboard.press('F1');
  await shown('stick');
  await dialog.getByRole('button', { name: titleOf('lost') }).click();
  await shown('lost');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });

  await goTo(page, 'Conflicts');
  await page.keyboard.press('F1');
  await shown('conflict');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });

  // While somebody types, in a dialog: what was typed is still there afterwards.
  await goTo(page, 'Review');
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  const name = page.getByRole('dialog').getByLabel('User name');
  await name.fill('chw1');
  await page.keyboard.press('F1');
  await shown('sending');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await expectFocus(page, 'User name');
  expect(await name.inputValue()).toBe('chw1');
  await page.keyboard.press('Escape');
});

test('an error that a page goes on from has a link to it', async () => {
  const setting = await openSetting();
  const { page } = setting;
  await goTo(page, 'Review');
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await signIn(page, 'sup_online', 'not the password');
  const alert = page.getByRole('dialog').getByRole('alert');
  await alert.waitFor();
  // The sentence says all there is to say.
  expect(await alert.getByRole('button').count()).toBe(0);
  await setting.unplugServer();
  await signIn(page, 'sup_online', passwordOf(setting, 'sup_online'));
  await alert.getByRole('button', { name: `Help: ${titleOf('offline')}` }).click();
  await page
    .getByRole('dialog')
    .getByRole('article', { name: titleOf('offline') })
    .waitFor();
  await page.keyboard.press('Escape');
  await alert.waitFor();
  await page.keyboard.press('Escape');
  await place(page, 'Help').waitFor();
});

test('who stands before a locked station reads it too, and no name is in it', async () => {
  const setting = await openSetting({ people: 'set-up' });
  const { page, ask } = setting;
  await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  await page.keyboard.press('F1');
  const sheet = page.getByRole('dialog').getByRole('article');
  await sheet.waitFor();
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });

  await ask('desk.sign-in', STAFF.clerk);
  await place(page, 'Help').waitFor();
  await page.keyboard.press('Control+l');
  await page.getByRole('heading', { level: 1, name: 'The station is locked' }).waitFor();
  await page.getByRole('button', { name: 'Help' }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: titleOf('lost') })
    .click();
  await page.getByRole('article', { name: titleOf('lost') }).waitFor();
  expect(await page.content()).not.toContain(STAFF.clerk.name);
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { level: 1, name: 'The station is locked' }).waitFor();
});

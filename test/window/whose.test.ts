/** Whose a batch is: said in Review after it was taken, by keyboard, taken back, corrected, and refused once it was sent. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { writePracticeDumps } from '../../electron/practice/dumps.ts';
import { report, type Parent } from '../../electron/practice/documents.ts';
import { document } from '../support/documents.ts';
import { allDocsDump } from '../support/dumps.ts';
import {
  expectFocus,
  goTo,
  notice,
  openBatch,
  place,
  row,
  signIn,
  passwordOf,
  send,
  soon,
  tabTo,
} from './clerk.ts';
import type { Setting, SettingOptions } from './setting.ts';
import { settings } from './settings.ts';

const openSetting = settings();
let setting: Setting;

const BY: Parent = { _id: 'hc1-chw1', parent: { _id: 'hc1', parent: { _id: 'district' } } };

function visit(id: string, about: string) {
  const { _id, ...fields } = report({ id, form: 'home_visit', by: BY, about, reportedAt: Date.now() });
  return document(_id, fields);
}

/** Review, at the batch of a raw dump that names nobody; chw1, chw2 and chw3 came here too. */
async function openNobodys(more: Pick<SettingOptions, 'locale'> = {}): Promise<Setting> {
  setting = await openSetting({
    ...more,
    before: 'compared',
    remembered: { place: 'review' },
    stick: async (folder, server) => {
      await writePracticeDumps(server, folder);
      const loose = [
        visit('loose-1', 'hc1-area-1-home-1-person-1'),
        visit('loose-far', 'hc2-area-1-home-1-person-1'),
      ];
      await writeFile(join(folder, 'raw.json'), allDocsDump(loose));
    },
  });
  return setting;
}

const dialog = (page: Page) => page.getByRole('dialog', { name: 'Who is the owner?' });
/** The box that the name is typed into. */
const field = (page: Page) => dialog(page).getByRole('combobox', { name: 'Health worker (user name)' });
const userOf = async () => {
  const { rows } = await setting.ask('batches.list', {});
  return rows.find((batch) => batch.dumpName === 'raw.json')?.user;
};

test('said by keyboard alone, from the names that came here; taken back from the notice', async () => {
  const { page } = await openNobodys();
  await openBatch(page, 'Owner unknown');
  await page.getByText('The export does not say whose it is.').waitFor();
  await tabTo(page, /^Enter the owner$/);
  await page.keyboard.press('Enter');
  await expectFocus(page, 'Health worker (user name)');

  // Nothing typed: it says so where it is missing.
  await page.keyboard.press('Enter');
  await dialog(page).getByText('Enter or choose a user name.').waitFor();

  await page.keyboard.type('chw');
  await soon(() => page.getByRole('option').allInnerTexts()).toEqual(['chw1', 'chw2', 'chw3']);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('listbox').waitFor({ state: 'hidden' });
  await page.keyboard.press('Enter');
  await notice(page, 'The owner of these records is now chw1');
  await page.getByRole('heading', { level: 1, name: 'chw1' }).waitFor();
  await page.getByText('The name was entered at this station').waitFor();
  await expectFocus(page, /^Change the owner$/);
  expect(await userOf()).toBe('chw1');

  await notice(page, 'The owner of these records is now chw1', 'Undo');
  await notice(page, 'The owner of these records is unknown now');
  await page.getByRole('heading', { level: 1, name: 'Owner unknown' }).waitFor();
  expect(await userOf()).toBeNull();
});

test('a wrong name first: its refusals go with it, the right one is checked, sent and on the receipt', async () => {
  const { page } = await openNobodys();
  await openBatch(page, 'Owner unknown');
  await page.getByRole('button', { name: 'Approve 2 ordinary records' }).click();
  await notice(page, '2 approved');
  await page.getByRole('button', { name: 'Enter the owner' }).click();
  await field(page).fill('chw22');
  await dialog(page).getByText('This name is new here. Check the spelling.').waitFor();
  await field(page).fill('chw2');
  await dialog(page).getByText('Check the spelling.').waitFor({ state: 'hidden' });
  await dialog(page).getByRole('button', { name: 'Save' }).click();
  await notice(page, 'The owner of these records is now chw2');

  const dryRun = async (user: string) => {
    await goTo(page, 'Outbox');
    await page.getByRole('button', { name: 'Check what the server would refuse' }).click();
    await signIn(page, user, passwordOf(setting, user));
    await soon(async () => (await setting.ask('jobs.list', {})).jobs.at(-1)?.end?.kind).toBe('dry-run');
  };
  await dryRun('chw2');
  const refused = async () =>
    (await setting.ask('refusals.list', {})).rows.map((one) => `${one.user} ${one.id}`);
  await soon(refused).toEqual(['chw2 loose-1']);

  await place(page, 'Review').click();
  await row(page, 'refused').waitFor();
  await page.getByRole('button', { name: 'Change the owner' }).click();
  await field(page).fill('chw1');
  await dialog(page).getByRole('button', { name: 'Save' }).click();
  await notice(page, '1 refusal of the earlier name was lifted.');
  await soon(() => row(page, 'refused').count()).toBe(0);
  expect(await refused()).toEqual([]);

  await dryRun('chw1');
  await soon(refused).toContain('chw1 loose-far');
  await send(setting, 'chw1');
  await place(page, 'Review').click();
  await page.getByText('Some of it may be on the server already').waitFor();
  expect(await page.getByRole('button', { name: 'Change the owner' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Receipt' }).click();
  await page.getByRole('dialog').getByText('chw1').first().waitFor();
});

test('what the station refuses is said in the dialog, and the name stays typed; nobody is asked of a named one', async () => {
  const { page, ask } = await openNobodys();
  await openBatch(page, 'Owner unknown');
  await page.getByRole('button', { name: 'Enter the owner' }).click();
  await field(page).fill('chw3');
  // Meanwhile somebody says it in another window, and it is sent.
  const { rows } = await ask('batches.list', {});
  const batch = rows.find((one) => one.dumpName === 'raw.json')?.batch ?? '';
  await ask('decide.approve', { batch, ids: ['loose-1'] });
  await ask('batch.assign', { batch, user: 'chw1' });
  const who = { user: 'chw1', password: passwordOf(setting, 'chw1'), batches: [batch] };
  await setting.station.wait((await ask('upload.start', who)).job);
  await page.locator('.flags').getByText('the owner can no longer be changed').waitFor();
  await dialog(page).getByRole('button', { name: 'Save' }).click();
  await dialog(page).getByRole('alert').getByText('Some of it may be on the server already').waitFor();
  expect(await field(page).inputValue()).toBe('chw3');
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'hidden' });
  expect(await userOf()).toBe('chw1');

  await page.getByRole('button', { name: 'All batches' }).click();
  await openBatch(page, 'chw3');
  expect(await page.getByRole('button', { name: /Enter the owner|Change the owner/ }).count()).toBe(0);
  expect(await page.locator('.flags').getByText('whose it is').count()).toBe(0);
});

test('in French', async () => {
  const { page } = await openNobodys({ locale: 'fr-FR' });
  await page.getByRole('button', { name: 'Propriétaire inconnu', exact: true }).click();
  await page.getByRole('button', { name: 'Indiquer le propriétaire' }).click();
  await page.getByRole('dialog').getByRole('combobox').fill('chw1');
  await page.getByRole('dialog').getByRole('button', { name: 'Enregistrer' }).click();
  await notice(page, 'Ces fiches sont maintenant celles de chw1', 'Annuler');
  await notice(page, 'On ne sait plus à qui sont ces fiches');
});

/** Two contents under one revision, in the window: both are seen with who brought them, one is chosen, approved and sent. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Json } from '../support/documents.ts';
import { allDocsDump } from '../support/dumps.ts';
import { phoneOf, visit } from '../support/harms.ts';
import { expect, test } from 'vitest';
import { goTo, grid, notice, passwordOf, signIn } from './clerk.ts';
import { compareAs } from './setting.ts';
import { settings } from './settings.ts';

const openSetting = settings();

const honest = visit('doubled');
const forged: Json = {
  ...honest,
  fields: { ...(honest['fields'] as Json), note: 'written by another hand' },
};
const FILES = {
  phone: { name: 'phone.chtdump', bytes: phoneOf('chw1', [honest]) },
  list: { name: 'list.json', bytes: allDocsDump([forged]) },
};

test.each([
  ['the phone first', ['phone', 'list']],
  ['the list first', ['list', 'phone']],
] as const)('%s', async (_, order) => {
  const setting = await openSetting({
    plugged: false,
    stick: async (folder) => {
      for (const { name, bytes } of Object.values(FILES)) await writeFile(join(folder, name), bytes);
    },
    remembered: { place: 'review', showBatches: 'all' },
  });
  const { page, server, station, stick } = setting;
  for (const which of order) {
    await station.wait(await station.start(join(stick, FILES[which].name), { user: 'chw1' }));
  }
  await compareAs(station, server, 'chw1');

  // The batch of the phone, not that of the list.
  await page
    .getByRole('row')
    .filter({ hasText: 'phone of chw1' })
    .getByRole('button', { name: 'chw1' })
    .click();
  await grid(page).locator('tbody tr:not(.gap)').first().click();
  const panel = page.getByRole('complementary', { name: 'The chosen record' });
  await panel.getByRole('button', { name: 'Choose the true content' }).waitFor();
  // The key does what the first button does.
  await page.keyboard.press('a');
  const dialog = page.getByRole('dialog', { name: 'One version with different contents' });
  await dialog.getByText('It is probably the true one.').waitFor();
  const sides = dialog.getByRole('columnheader');
  expect(await sides.count()).toBe(2);
  const [phone, list] = [
    sides.filter({ hasText: 'complete and verified export' }),
    sides.filter({ hasText: 'list, not verified' }),
  ];
  expect(await phone.innerText()).toMatch(/chw1[^]*phone of chw1[^]*proposed/);
  expect(await list.innerText()).not.toContain('proposed');
  await dialog.getByRole('cell', { name: 'written by another hand' }).waitFor();
  // None is chosen beforehand.
  const choose = dialog.getByRole('button', { name: 'Choose this content' });
  expect(await choose.isDisabled()).toBe(true);
  await phone.getByRole('radio').check();
  await choose.click();
  await notice(page, 'The chosen content is to be approved now');

  await panel.getByRole('button', { name: 'Approve' }).click();
  await notice(page, '1 approved');
  await goTo(page, 'Outbox');
  await page.getByRole('button', { name: 'Send 1 record' }).click();
  await signIn(page, 'chw1', passwordOf(setting, 'chw1'));
  await page.getByRole('region', { name: 'Result' }).getByText('1 accepted').waitFor();
  expect(await server.database().get('doubled')).toMatchObject({
    _rev: honest['_rev'],
    fields: { note: 'note of doubled' },
  });
});

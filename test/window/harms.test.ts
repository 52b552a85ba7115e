/**
 * Harm that a clerk in a hurry could do with the buttons of the window: each is tried by mouse and key. What counts is
 * what the server holds afterwards, and that the window has said why.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { PracticeServer } from '../../electron/practice/server.ts';
import { bothSides, deletionsOf, editOfMoved, liveAt, names, PERSON, workOfTwo } from '../support/harms.ts';
import {
  allBatches,
  goTo,
  grid,
  inBox,
  notice,
  openBatch,
  passwordOf,
  place,
  signIn,
  soon,
} from './clerk.ts';
import type { Setting } from './setting.ts';
import { settings } from './settings.ts';

const openSetting = settings();
let setting: Setting;

/** These dumps were taken and compared; the list of batches is open. */
async function brought(make: (server: PracticeServer) => Promise<readonly Buffer[]>): Promise<Page> {
  setting = await openSetting({
    stick: async (folder, server) => {
      for (const [at, dump] of (await make(server)).entries())
        await writeFile(join(folder, `phone-${at + 1}.chtdump`), dump);
    },
    before: 'compared',
    remembered: { place: 'review', showBatches: 'all' },
  });
  return setting.page;
}

const panel = (page: Page): Locator => page.getByRole('complementary', { name: 'The chosen record' });
const result = (page: Page): Locator => page.getByRole('region', { name: 'Result' });
const ordinaryButton = (page: Page): Locator => page.getByRole('button', { name: /ordinary records?/ });

/** Opens the first record and presses the key of the first button. */
async function pressA(page: Page): Promise<void> {
  await grid(page).locator('tbody tr:not(.gap)').first().click();
  await panel(page).locator('.panel-decisions').waitFor();
  await page.keyboard.press('a');
}

/** Selects every record of the open batch and presses Approve. */
async function approveAll(page: Page, count: number): Promise<void> {
  await grid(page).focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Space');
  if (count > 1) await page.keyboard.press('Shift+End');
  await page.getByText(`${count} selected`).waitFor();
  await page
    .getByRole('group', { name: 'Selected records' })
    .getByRole('button', { name: 'Approve' })
    .click();
}

async function nothingToSend(page: Page): Promise<void> {
  await goTo(page, 'Outbox');
  await soon(() => page.getByRole('button', { name: 'Nothing to send' }).isDisabled()).toBe(true);
}

test('the work of two people does not go under the name of a third', async () => {
  const { dumps, ids } = workOfTwo();
  const page = await brought(() => Promise.resolve(dumps));
  const { server } = setting;
  for (const user of ['chw1', 'chw2']) {
    await allBatches(page);
    await openBatch(page, user);
    await page.getByRole('button', { name: 'Approve 6 ordinary records' }).click();
    await notice(page, '6 approved');
  }
  const sendAs = async (user: string): Promise<void> => {
    await page.getByRole('button', { name: /^Send \d+ records$/ }).click();
    // No name is proposed but of those who have something to send.
    expect(['', 'chw1']).toContain(await page.getByRole('dialog').getByLabel('User name').inputValue());
    await signIn(page, user, passwordOf(setting, user));
  };
  await goTo(page, 'Outbox');
  await sendAs('chw3');
  await result(page).getByText('None of your records are ready to send, so nothing was sent.').waitFor();
  await result(page).getByText('6 records of chw1 are still to be sent.').waitFor();
  await result(page).getByText('6 records of chw2 are still to be sent.').waitFor();
  for (const id of ids) expect(await liveAt(server, id)).toEqual([]);
  await soon(() => inBox(page, 'Ready to send')).toBe(12);

  // Who made six of them sends these, and no others.
  await sendAs('chw1');
  await result(page).getByText('6 accepted').waitFor();
  await result(page).getByText('6 records of chw2 are still to be sent.').waitFor();
  for (const id of ids) expect(await liveAt(server, id), id).toHaveLength(id.startsWith('one') ? 1 : 0);
});

test('both sides of a conflict are approved by no button, and the server gets no second version', async () => {
  const page = await brought(bothSides);
  const { server } = setting;
  const before = await liveAt(server, PERSON);
  for (const user of ['chw1', 'chw3']) {
    await allBatches(page);
    await openBatch(page, user);
    await soon(() => ordinaryButton(page).isDisabled()).toBe(true);
    await page.getByText('1 unusual record must be checked by itself.').waitFor();
    await approveAll(page, 1);
    await notice(page, '1 is in conflict: choose its version under Conflicts.');
    // The key does what the first button does: it leads to where a version is chosen, and approves nothing.
    await pressA(page);
    await page.getByText('These fields differ.').first().waitFor();
  }
  await nothingToSend(page);
  await soon(() => place(page, 'Conflicts').innerText()).toContain('1');
  expect(before).toHaveLength(1);
  expect(await liveAt(server, PERSON)).toEqual(before);
});

test('many deletions are asked about with number and names, and nothing goes without an answer', async () => {
  const ids = names('visit', 12);
  const page = await brought(async (server) => [await deletionsOf(server, ids)]);
  const { server } = setting;
  await openBatch(page, 'chw1');
  await page
    .getByText(/12 deletions/)
    .first()
    .waitFor();
  await soon(() => ordinaryButton(page).isDisabled()).toBe(true);
  // By key, the first of them.
  await pressA(page);
  const one = page.getByRole('dialog', { name: 'Delete this record on the server?' });
  await one.waitFor();
  await page.keyboard.press('Escape');
  await one.waitFor({ state: 'hidden' });
  await page.keyboard.press('Escape');
  // All at once.
  await approveAll(page, 12);
  const all = page.getByRole('dialog', { name: '12 of these are unusual' });
  await all.getByText('12 records will be deleted on the server:').waitFor();
  expect(await all.locator('.names li').count()).toBe(10);
  await all.getByText('and 2 more').waitFor();
  await all.getByRole('button', { name: 'Cancel' }).click();
  await nothingToSend(page);
  for (const id of ids) expect(await liveAt(server, id)).toHaveLength(1);
});

test('a conflict under a refusal is decided by no approval over the refusal', async () => {
  const page = await brought(async (server) => [await editOfMoved(server)]);
  const { server } = setting;
  const before = await liveAt(server, PERSON);
  await goTo(page, 'Outbox');
  await page.getByRole('button', { name: 'Check what the server would refuse' }).click();
  await signIn(page, 'chw1', passwordOf(setting, 'chw1'));
  await result(page).waitFor();
  await soon(() => inBox(page, 'Refused')).toBe(1);

  await allBatches(page);
  await openBatch(page, 'chw1');
  await soon(() => ordinaryButton(page).isDisabled()).toBe(true);
  await approveAll(page, 1);
  await notice(page, '1 is in conflict: choose its version under Conflicts.');
  // Both facts stand beside each other, and nothing offers to send it as it is.
  const row = grid(page).locator('tbody tr').first();
  await soon(() => row.innerText()).toMatch(/refused[^]*conflict/);
  await row.click();
  await panel(page).locator('.panel-decisions').waitFor();
  expect(
    await panel(page)
      .getByRole('button', { name: /as it is|Approve/ })
      .count(),
  ).toBe(0);
  await page.keyboard.press('a');
  await page.getByText('These fields differ.').first().waitFor();
  await nothingToSend(page);
  expect(await liveAt(server, PERSON)).toEqual(before);
  expect(await server.database().get(PERSON)).toMatchObject({ name: 'Green' });
});

/**
 * Every place and the main dialogs, in both languages, on a small and on a usual screen: nothing is cut off, nothing lies
 * over something else, nothing scrolls to the side, and what can be pressed has a name and a contrast.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'vitest';
import { writePracticeDumps } from '../../electron/practice/dumps.ts';
import { allDocsDump } from '../support/dumps.ts';
import { deletionsOf, names, phoneOf, visit } from '../support/harms.ts';
import type { Json } from '../support/documents.ts';
import { allBatches, goTo, grid, notice, openBatch, passwordOf, row, signIn, soon } from './clerk.ts';
import { lookAt, PICTURES } from './look.ts';
import { compareAs, takeStick, type Setting } from './setting.ts';
import { settings } from './settings.ts';

const openSetting = settings();
let setting: Setting;
const look = (name: string): Promise<void> => lookAt(setting, name);

async function begin(options: Parameters<typeof openSetting>[0]): Promise<void> {
  setting = await openSetting({ ...options, remembered: { showBatches: 'all', ...options?.remembered } });
  if (PICTURES !== undefined) await mkdir(PICTURES, { recursive: true });
}

const dialog = () => setting.page.getByRole('dialog');
const closeDialog = async () => {
  await setting.page.keyboard.press('Escape');
  await dialog().waitFor({ state: 'hidden' });
};
const panel = () => setting.page.getByRole('complementary', { name: 'The chosen record' });
const select = (name: string) =>
  setting.page.getByRole('group', { name: 'Selected records' }).getByRole('button', { name }).click();

test('from the stick to the receipt', async () => {
  await begin({});
  const { page, station, server } = setting;
  await page.getByRole('button', { name: /^Import \d+ exports?$/ }).waitFor();
  await look('arrivals');
  await takeStick(station);
  await page.getByRole('button', { name: 'Review now' }).waitFor();
  await look('arrivals taken');
  await page.keyboard.press('?');
  await dialog().waitFor();
  await look('keys');
  await closeDialog();

  await goTo(page, 'Review');
  await look('batches not compared');
  await openBatch(page, 'chw3');
  await look('batch not compared');
  await allBatches(page);
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await dialog().waitFor();
  await look('sign in to compare');
  await signIn(page, 'sup_online', 'not the password');
  await dialog().getByRole('alert').waitFor();
  await look('wrong password');
  await closeDialog();
  await compareAs(station, server, 'sup_online');
  await page.getByText(/Server last asked/).waitFor();
  await look('batches');

  await openBatch(page, 'chw1');
  await row(page, 'conflict').first().waitFor();
  await look('batch');
  for (const one of ['conflict', 'deletion', 'update', 'new']) {
    await row(page, one).first().click();
    await panel().locator('.panel-decisions').waitFor();
    await look(`panel ${one}`);
  }
  await row(page, 'deletion').first().click();
  await panel().getByText('The record was deleted on the phone.').waitFor();
  await page.keyboard.press('a');
  await dialog().waitFor();
  await look('delete one');
  await closeDialog();
  await page.keyboard.press('h');
  await dialog().waitFor();
  await look('hold');
  await closeDialog();
  await panel().getByRole('button', { name: 'Close' }).click();
  await row(page, 'deletion').locator('.column-tick').click();
  await row(page, 'new').first().locator('.column-tick').click();
  await page.getByText('2 selected').waitFor();
  await look('selected');
  await select('Approve');
  await dialog().waitFor();
  await look('approve with a deletion');
  await dialog().getByRole('button', { name: 'Approve 2 records' }).click();
  await notice(page, '2 approved');
  await page.getByRole('button', { name: /^Approve \d+ ordinary records$/ }).click();
  await notice(page, /^\d+ approved/);
  await page.getByRole('button', { name: '1 conflict' }).click();
  await look('filtered');
  await page.getByRole('button', { name: 'Show all' }).click();

  await allBatches(page);
  await openBatch(page, 'chw2');
  await row(page, 'not sure').first().click();
  await panel().locator('.panel-decisions').waitFor();
  await look('panel unplaced');
  await page.keyboard.press('a');
  await dialog().waitFor();
  await look('apply');
  await closeDialog();
  await allBatches(page);
  await openBatch(page, 'chw3');
  await page.getByRole('button', { name: /^Approve \d+ ordinary records$/ }).click();
  await notice(page, /^\d+ approved/);
  await allBatches(page);
  await look('batches approved');

  await goTo(page, 'Conflicts');
  await look('conflicts');
  await page.getByRole('table', { name: 'Conflicts' }).getByRole('button').first().click();
  await page.getByRole('radio').first().check();
  await look('conflict');
  await page.getByRole('button', { name: 'Keep the chosen version' }).click();
  await dialog().waitFor();
  await look('keep this version');
  await closeDialog();

  await goTo(page, 'Outbox');
  await look('outbox');
  await page.getByRole('button', { name: 'Check what the server would refuse' }).click();
  await dialog().waitFor();
  await look('sign in to check');
  await signIn(page, 'chw3', passwordOf(setting, 'chw3'));
  await page.getByRole('region', { name: 'Result' }).waitFor();
  await look('checked');
  await page.getByRole('button', { name: /^Send \d+ records?$/ }).click();
  await dialog().waitFor();
  await look('sign in to send');
  await dialog().getByRole('radio', { name: 'Station account' }).click();
  await look('sign in as a station account');
  await dialog().getByRole('radio', { name: 'Health worker' }).click();
  await signIn(page, 'chw1', passwordOf(setting, 'chw1'));
  await dialog()
    .getByRole('button', { name: /^Send, and delete/ })
    .waitFor();
  // The number is in sight beside the button that agrees to it, though the dialog is higher than the window.
  const said = dialog().getByRole('alert');
  const buttons = dialog().locator('.dialog-actions');
  const room = async () =>
    ((await buttons.boundingBox())?.y ?? 0) -
    (((await said.boundingBox())?.y ?? 0) + ((await said.boundingBox())?.height ?? 0));
  await soon(room).toBeGreaterThanOrEqual(0);
  await look('told of a deletion');
  await dialog()
    .getByRole('button', { name: /^Send, and delete/ })
    .click();
  await dialog().waitFor({ state: 'hidden' });
  await page.getByRole('region', { name: 'Result' }).getByText('9 accepted').waitFor();
  await look('sent');
  for (const box of ['Accepted', 'Refused', 'Held', 'Unreadable', 'Not confirmed']) {
    await page.getByRole('group', { name: 'Overview' }).getByRole('button', { name: box }).click();
    await look(`box ${box}`);
  }
  await page.getByRole('button', { name: 'Receipt for chw1' }).click();
  await dialog().waitFor();
  await look('receipt');
  await closeDialog();
  await goTo(page, 'Review');
  await look('batches sent');
  await openBatch(page, 'chw1');
  await look('batch sent');
  await goTo(page, 'Health workers');
  await page.getByRole('table', { name: 'Health workers' }).waitFor();
  await look('health workers');
  await page
    .getByRole('table', { name: 'Health workers' })
    .locator('tbody tr')
    .filter({ hasText: 'chw1' })
    .getByRole('button')
    .click();
  await page.getByRole('region', { name: 'Records', exact: true }).waitFor();
  await look('health worker');
  await goTo(page, 'History');
  await page.getByRole('table', { name: 'History' }).waitFor();
  await look('history');
  await goTo(page, 'Settings');
  await look('settings');
  await page.locator('main').evaluate((main) => main.scrollTo(0, main.scrollHeight));
  await look('settings end');
});

const LONG = 'district.hospital.supervised-health-worker_17';

test('long names, nobody’s records, two contents, many deletions, another server, an empty station', async () => {
  await begin({
    plugged: false,
    remembered: { place: 'review' },
    stick: async (folder, server) => {
      await writePracticeDumps(server, join(folder));
    },
  });
  const { page, station, server, stick } = setting;
  await goTo(page, 'Arrivals');
  await look('arrivals empty');
  await goTo(page, 'Review');
  await look('batches empty');
  await goTo(page, 'Conflicts');
  await look('conflicts empty');
  await goTo(page, 'Outbox');
  await look('outbox empty');

  const honest = visit('doubled');
  const forged: Json = {
    ...honest,
    fields: { ...(honest['fields'] as Json), note: 'written by another hand' },
  };
  const files: readonly (readonly [string, Buffer, string?])[] = [
    [
      'phone-of-the-district-hospital-of-the-northern-region.chtdump',
      phoneOf('chw1', [honest, ...names('more', 4).map((id) => visit(id))]),
    ],
    ['list.json', allDocsDump([forged]), 'chw1'],
    ['deleted.chtdump', await deletionsOf(server, names('gone', 12))],
    ['nobody.json', allDocsDump([visit('loose')])],
    ['long.json', allDocsDump([visit('long')]), LONG],
  ];
  for (const [name, bytes, user] of files) {
    await writeFile(join(stick, name), bytes);
    await station.wait(await station.start(join(stick, name), user === undefined ? {} : { user }));
  }
  await compareAs(station, server, 'sup_online');
  await goTo(page, 'Arrivals');
  await look('arrivals many');
  await goTo(page, 'Review');
  await soon(() => page.locator('.batches tbody tr').count()).toBe(files.length);
  await look('batches many');
  await openBatch(page, 'Owner unknown');
  await look('batch of nobody');
  await page.getByRole('button', { name: 'Enter the owner' }).click();
  await dialog().waitFor();
  await look('who is the owner');
  await closeDialog();
  await allBatches(page);
  await openBatch(page, LONG);
  await look('batch long');
  await allBatches(page);
  await page.getByRole('row').filter({ hasText: 'deleted.chtdump' }).getByRole('button').click();
  await grid(page).waitFor();
  await look('batch of deletions');
  await grid(page).focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Space');
  await page.keyboard.press('Shift+End');
  await page.getByText('12 selected').waitFor();
  await select('Approve');
  await dialog().waitFor();
  await look('many deletions');
  await closeDialog();
  await allBatches(page);
  await page.getByRole('row').filter({ hasText: 'northern' }).getByRole('button').click();
  await row(page, 'two contents').first().click();
  await panel().getByRole('button', { name: 'Choose the true content' }).waitFor();
  await look('panel two contents');
  await page.keyboard.press('a');
  await dialog().getByRole('radio').first().waitFor();
  await look('choose a content');
});

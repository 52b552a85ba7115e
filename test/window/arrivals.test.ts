/** Arrivals: files that are dropped or chosen, broken dumps, dumps that do not say whose they are. */
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { writePracticeDumps } from '../../electron/practice/dumps.ts';
import { expectFocus, goTo, notice, soon } from './clerk.ts';
import type { Setting } from './setting.ts';
import { settings } from './settings.ts';

const openSetting = settings();
let setting: Setting;

const empty = async () => undefined;

/** One document a line, with no word of whose they are. */
function lines(count: number, padding = 0): string {
  return Array.from({ length: count }, (_, n) =>
    JSON.stringify({
      _id: `loose-${n}`,
      _rev: '1-967a00dff5e02add41819138abb3284d',
      type: 'data_record',
      form: 'home_visit',
      reported_date: 1_760_000_000_000 + n,
      fields: { note: 'x'.repeat(padding) },
    }),
  ).join('\n');
}

/** What happens when a person lets go of files over the window. */
async function drop(page: Page, files: readonly { name: string; text: string }[]): Promise<void> {
  const transfer = await page.evaluateHandle((given) => {
    const data = new DataTransfer();
    for (const { name, text } of given) data.items.add(new File([text], name));
    return data;
  }, files);
  await page.dispatchEvent('main', 'dragenter', { dataTransfer: transfer });
  await page.getByText('Drop the files to add them').waitFor();
  await page.dispatchEvent('main', 'drop', { dataTransfer: transfer });
  await page.getByText('Drop the files to add them').waitFor({ state: 'hidden' });
}

test('a file dropped in another place comes to Arrivals in parts and is taken', async () => {
  setting = await openSetting({ stick: empty });
  const { page, ask } = setting;
  await page.getByText('No export was found on it.').waitFor();
  await goTo(page, 'Conflicts');
  // Three megabytes are several parts on the wire.
  await drop(page, [{ name: 'visits.ndjson', text: lines(300, 10_000) }]);
  await page.getByRole('heading', { level: 1, name: 'Arrivals' }).waitFor();
  const card = page.getByRole('region', { name: 'Chosen files' });
  await card.getByText('visits.ndjson').waitFor();
  await soon(() => card.getByText('3 MB').count()).toBe(1);
  await card.getByRole('button', { name: 'Import 1 export' }).click();
  await card.getByText('300 new').waitFor();
  expect((await ask('changes.list', {})).total).toBe(300);
});

test('several files, one of them no dump: it says so, the others are taken one after the other', async () => {
  setting = await openSetting({ stick: empty });
  const { page } = setting;
  const [one, two] = [lines(2), lines(3).replaceAll('loose', 'other')];
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles([
      { name: 'one.ndjson', mimeType: 'text/plain', buffer: Buffer.from(one) },
      { name: 'holiday.jpg', mimeType: 'image/jpeg', buffer: Buffer.from([255, 216, 255, 224, 0, 16]) },
      { name: 'two.ndjson', mimeType: 'text/plain', buffer: Buffer.from(two) },
      { name: '.DS_Store', mimeType: 'text/plain', buffer: Buffer.from('x') },
    ]);
  const bad = page.getByRole('region', { name: 'holiday.jpg' });
  await bad.getByText('This is a file of another kind').waitFor();
  expect(await page.getByText('.DS_Store').count()).toBe(0);
  const card = page.getByRole('region', { name: 'Chosen files' });
  await card.getByRole('button', { name: 'Import 2 exports' }).click();
  await card.getByText('2 new').waitFor();
  await card.getByText('3 new').waitFor();
  await bad.getByRole('button', { name: 'Remove from the list' }).click();
  await bad.waitFor({ state: 'hidden' });
});

test('a dump that was cut off: its records are taken, and a sentence says what is missing', async () => {
  setting = await openSetting({
    stick: async (folder, server) => {
      await writePracticeDumps(server, folder);
      const name = (await readdir(folder)).find((file) => file.includes('chw1')) ?? '';
      const whole = await readFile(join(folder, name), 'utf8');
      await writeFile(join(folder, name), whole.slice(0, Math.floor(whole.length * 0.7)));
    },
  });
  const { page } = setting;
  await page.getByRole('button', { name: 'Import 3 exports' }).click();
  const card = page.getByRole('region', { name: 'Practice stick' });
  await card.getByText('Not everything was imported: see below.').waitFor();
  await card.getByText('The file ends in the middle. Everything before that was imported.').waitFor();
  await card.getByText('Export again on the phone.').first().waitFor();
  await page
    .locator('.today-row')
    .filter({ hasText: 'chw1' })
    .getByText('The file ends in the middle.')
    .waitFor();
});

test('the same stick again brings nothing new, and that is normal', async () => {
  setting = await openSetting({ before: 'taken' });
  const { page } = setting;
  const card = page.getByRole('region', { name: 'Practice stick' });
  await card.getByText('Everything here is already imported.').waitFor();
  await card.getByRole('button', { name: 'Import again' }).click();
  await card.getByText('Nothing new since last time. That is normal.').waitFor();
});

test('an intake goes on when the place is left, and is stopped from the foot of any place', async () => {
  setting = await openSetting({
    stick: (folder) => writeFile(join(folder, 'many.ndjson'), lines(60_000, 300)),
  });
  const { page, ask } = setting;
  await page.getByRole('button', { name: 'Import 1 export' }).click();
  await goTo(page, 'Outbox');
  const foot = page.getByRole('contentinfo');
  await foot.getByText(/^Reading · [\d.]+ MB of [\d.]+ MB/).waitFor();
  await foot.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('alertdialog').getByText('Importing: Stopped.').waitFor();
  await foot.getByRole('button', { name: 'Stop' }).waitFor({ state: 'hidden' });
  const { jobs } = await ask('jobs.list', {});
  expect(jobs.map((job) => job.end?.kind)).toEqual(['stopped']);
  await page.getByRole('alertdialog').getByRole('button', { name: 'Arrivals' }).click();
  await page
    .getByRole('region', { name: 'Practice stick' })
    .getByText('What was done so far is saved.')
    .waitFor();
});

test('only some of a stick: what is left out stays untaken', async () => {
  setting = await openSetting();
  const { page } = setting;
  await page.getByText(/chw3.*chtdump/).click();
  await page.getByRole('button', { name: 'Import 2 exports' }).click();
  await page.getByRole('button', { name: 'Import 1 export' }).waitFor();
  await soon(() => page.locator('.today-row').count()).toBe(2);
});

test('a dump that does not say whose it is: the clerk says it, and the batch carries the name', async () => {
  setting = await openSetting({ stick: empty });
  const { page, ask } = setting;
  await drop(page, [{ name: 'loose.ndjson', text: lines(4) }]);
  const card = page.getByRole('region', { name: 'Chosen files' });
  await card.getByRole('button', { name: 'Enter the owner' }).click();
  await card.getByLabel('Health worker (user name)').fill('chw2');
  await card.getByLabel('Device, if known').fill('blue phone');
  await card.getByRole('button', { name: 'Import 1 export' }).click();
  await card.getByText('4 new').waitFor();
  const { rows } = await ask('batches.list', {});
  expect(rows.map((row) => [row.user, row.device])).toEqual([['chw2', 'blue phone']]);
});

test('a dump that nobody named asks whose it is after it was taken', async () => {
  setting = await openSetting({ stick: empty });
  const { page, ask } = setting;
  await drop(page, [{ name: 'loose.ndjson', text: lines(4) }]);
  const card = page.getByRole('region', { name: 'Chosen files' });
  await card.getByRole('button', { name: 'Import 1 export' }).click();
  await card.getByText('The owner of this export is unknown:').waitFor();
  await page.locator('.today-row').getByText('Owner unknown').waitFor();
  await card.getByRole('button', { name: 'Enter the owner' }).click();
  const dialog = page.getByRole('dialog', { name: 'Who is the owner?' });
  await dialog.getByRole('combobox', { name: 'Health worker (user name)' }).fill('chw2');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await notice(page, 'The owner of these records is now chw2');
  await card.getByText('chw2', { exact: true }).waitFor();
  await page.locator('.today-row').getByText('chw2', { exact: true }).waitFor();
  await expectFocus(page, /^Change the owner$/);
  const { rows } = await ask('batches.list', {});
  expect(rows.map((row) => row.user)).toEqual(['chw2']);
});

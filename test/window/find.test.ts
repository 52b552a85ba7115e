/** Finding records in all batches: by words, by what they mean, by filters with their numbers; and the way back. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { goTo, grid, inState, notice, openBatch, row, soon } from './clerk.ts';
import { settings } from './settings.ts';

const openSetting = settings();
const pictures = process.env['PICTURES'];
const remembered = { place: 'review' };

test('somebody is found by part of the name in every batch, and Back returns to the same row', async () => {
  const { page, ask } = await openSetting({ before: 'compared', remembered });
  await page.getByRole('button', { name: 'Find a record' }).click();
  const field = page.getByRole('searchbox', { name: /^Name, phone, code/ });
  await soon(() => field.evaluate((one) => one === document.activeElement)).toBe(true);
  await field.fill('tamarind bab');
  const found = page.getByRole('grid', { name: 'Records found' });
  const rows = found.locator('tbody tr:not(.gap)');
  await soon(() => rows.first().innerText()).toContain('Baby Tamarind');
  const told = await ask('changes.list', { find: 'tamarind bab' });
  await page.getByText(`${told.total} records found`).or(page.getByText('1 record found')).waitFor();
  // Each says whose it is: the list holds records of several people.
  await soon(() => rows.first().innerText()).toMatch(/chw\d/);
  if (pictures !== undefined) await page.screenshot({ path: join(pictures, 'find.png') });

  await rows.last().click();
  const panel = page.getByRole('complementary', { name: 'The chosen record' });
  await panel.getByRole('heading', { level: 2 }).waitFor();
  const heading = await panel.getByRole('heading', { level: 2 }).innerText();
  if (pictures !== undefined) {
    await page.setViewportSize({ width: 1024, height: 700 });
    await page.screenshot({ path: join(pictures, 'find-1024.png') });
    await page.setViewportSize({ width: 1366, height: 768 });
  }
  await goTo(page, 'Outbox');
  await page.goBack();
  await soon(() => panel.getByRole('heading', { level: 2 }).innerText()).toBe(heading);
  expect(await field.inputValue()).toBe('tamarind bab');
  // A name that was looked for stands in no address, which a browser would write to the disk.
  expect(page.url()).not.toContain('tamarind');
  expect(await page.evaluate(() => JSON.stringify([history.state, localStorage]))).not.toContain('tamarind');
});

test('words that name a form, a person or a day lead to all of its records', async () => {
  const { page, ask } = await openSetting({ before: 'compared', remembered });
  await page.keyboard.press('Control+f');
  const field = page.getByRole('searchbox', { name: /^Name, phone, code/ });
  await field.fill('visit home');
  const meant = page.getByRole('group', { name: 'Did you mean one of these?' });
  const visits = await ask('changes.list', { form: 'home_visit' });
  await meant.getByRole('button', { name: `Home visit (${visits.total})` }).click();
  await page.getByText(`${visits.total} records found`).waitFor();
  await soon(() => field.inputValue()).toBe('');
  await page.goBack();
  await soon(() => field.inputValue()).toBe('visit home');
  await field.fill('chw2');
  const ofTwo = await ask('changes.list', { user: 'chw2' });
  await meant.getByRole('button', { name: `chw2 (${ofTwo.total})` }).click();
  await page.getByText(`${ofTwo.total} records found`).waitFor();
  expect(ofTwo.total).toBeGreaterThan(0);
});

test('a filter offers what occurs, by its title and with its number, before any row was shown', async () => {
  const { page, ask } = await openSetting({ before: 'compared', remembered });
  await openBatch(page, 'chw1');
  const batch = (await ask('batches.list', { user: 'chw1' })).rows[0]?.batch ?? '';
  const visits = await ask('changes.list', { batch, form: 'home_visit' });
  await page.getByRole('button', { name: /^Any form/ }).click();
  await page.getByRole('option', { name: `Home visit (${visits.total})` }).click();
  await page.getByText(`The filter shows ${visits.total} record`).waitFor();
  await soon(() => row(page, 'Home visit').count()).toBe(visits.total);

  await page.getByRole('button', { name: 'Any date' }).click();
  const calendar = page.getByRole('dialog', { name: 'Date' });
  const day = calendar
    .getByRole('button', { name: /: \d+ records?$/ })
    .and(page.locator(':enabled'))
    .first();
  const count = Number(/: (\d+) record/.exec((await day.getAttribute('aria-label')) ?? '')?.[1]);
  if (pictures !== undefined) await page.screenshot({ path: join(pictures, 'calendar.png') });
  await day.click();
  await page.keyboard.press('Escape');
  await soon(() => grid(page).getAttribute('aria-rowcount')).toBe(String(count + 1));
});

test('a row says whom it is about, what it is, in which household, in the reader’s language', async () => {
  const { page } = await openSetting({ before: 'compared', remembered, locale: 'fr-FR' });
  await page.getByRole('button', { name: 'chw1', exact: true }).click();
  const rows = page.getByRole('grid').locator('tbody tr:not(.gap)');
  await soon(() => rows.filter({ hasText: 'Visite à domicile' }).count()).toBeGreaterThan(0);
  if (pictures !== undefined) {
    await page.screenshot({ path: join(pictures, 'batch-fr.png') });
    await page.emulateMedia({ colorScheme: 'dark' });
    await rows.filter({ hasText: 'Visite à domicile' }).first().click();
    await page.setViewportSize({ width: 1024, height: 700 });
    await page.screenshot({ path: join(pictures, 'batch-fr-dark-1024.png') });
  }
});

test('several batches are decided on at once, from the list, and all of it is taken back', async () => {
  const setting = await openSetting({ before: 'compared', remembered });
  const { page, ask } = setting;
  const { rows } = await ask('batches.list', {});
  const ordinary = rows.reduce((sum, batch) => sum + batch.ordinary, 0);
  for (const user of ['chw1', 'chw2', 'chw3'])
    await page.getByRole('checkbox', { name: `Select the batch of ${user}` }).check({ force: true });
  const many = page.getByRole('region', { name: '3 batches selected' });
  if (pictures !== undefined) await page.screenshot({ path: join(pictures, 'batches.png') });
  await many.getByRole('button', { name: `Approve ${ordinary} of these` }).click();
  await notice(page, `${ordinary} approved`, 'Undo');
  await soon(() => inState(setting, 'approved')).toEqual([]);
  // Ticking opens nothing, and what was decided is not selected any more.
  await soon(() => many.count()).toBe(0);
  await page.getByRole('heading', { level: 1, name: 'Review' }).waitFor();
});

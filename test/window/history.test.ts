/** History in the window: a line for each act, with its number; found by person, action, health worker and record; opens what it was about. */
import { expect, test } from 'vitest';
import { headCode } from '../../shared/chain-head.ts';
import { goTo, send, soon } from './clerk.ts';
import { picturesOf } from './look.ts';
import type { Setting } from './setting.ts';
import { settings } from './settings.ts';

const openSetting = settings();
const table = ({ page }: Setting) => page.getByRole('table', { name: 'History' });
const lines = (setting: Setting) => table(setting).locator('tbody tr');

test('a day’s work is a line for each act, and each leads to what it was about', async () => {
  const setting = await openSetting({ before: 'compared' });
  const { page, ask } = setting;
  const { rows: batches } = await ask('batches.list', { user: 'chw1' });
  const batch = batches[0]?.batch ?? '';
  const approved = await ask('decide.approve', { batch, classes: ['new'] });
  const one = (await ask('changes.list', { batch, classes: ['update'] })).rows[0];
  if (one === undefined) throw new Error('no update');
  await ask('decide.hold', { batch, ids: [one.id], reason: 'to be asked' });
  await send(setting, 'chw1');

  await page
    .getByRole('region', { name: 'Result' })
    .getByText(/accepted/)
    .waitFor();
  await goTo(page, 'History');
  const { total } = await ask('history.list', {});
  await page.getByText(`${total} entries`).waitFor();
  await soon(() => lines(setting).count()).toBe(total);
  const approval = lines(setting)
    .filter({ hasText: `approved` })
    .filter({ hasText: `${approved.changed} records` });
  expect(await approval.count()).toBe(1);
  expect(await lines(setting).filter({ hasText: 'held' }).innerText()).toContain(one.label);

  // Narrowed down, opened, and back where one was.
  await page.getByPlaceholder('Name or device').fill(one.label.slice(0, 12));
  const { total: ofOne } = await ask('history.list', { find: one.label.slice(0, 12) });
  expect(ofOne).toBeLessThan(total);
  await soon(() => lines(setting).count()).toBe(ofOne);
  await lines(setting).filter({ hasText: 'held' }).getByRole('button').first().click();
  await page.getByRole('complementary', { name: 'The chosen record' }).getByText('to be asked').waitFor();
  await page.goBack();
  await soon(() => lines(setting).count()).toBe(ofOne);
  await page.getByRole('button', { name: 'Show all', exact: true }).click();
  await soon(() => lines(setting).count()).toBe(total);

  await page.getByRole('button', { name: 'What' }).click();
  await page.getByRole('menuitemcheckbox', { name: /^approved/ }).click();
  await page.keyboard.press('Escape');
  await soon(() => lines(setting).count()).toBe(1);
  await approval.getByRole('button').first().click();
  await page.getByText('Only what one decision touched').waitFor();
  await page.getByText(`${approved.changed} records found`).waitFor();
  await soon(() => page.locator('[data-changes] tbody tr:not(.gap)').count()).toBeGreaterThan(0);
  await page.getByRole('button', { name: 'Only what one decision touched' }).click();
  await page.getByText(`${approved.changed} records found`).waitFor({ state: 'detached' });
  await goTo(page, 'History');
  await picturesOf(setting, 'history');
});

test('what proves it stands below it: whole, saved as a list, a paper by its code', async () => {
  const setting = await openSetting({ before: 'compared' });
  const { page, ask } = setting;
  await goTo(page, 'History');
  await page.getByRole('button', { name: 'Check that nothing was changed' }).click();
  const { entries, head } = await ask('ledger.verify', {});
  await page.getByText(`It has ${entries} entries, and all stand as they were written.`).waitFor();
  await page.getByText(head ?? '').waitFor();

  // From a paper: the code of the last entry, and one that is of another station.
  const paper = page.getByRole('textbox', { name: 'Head of the history from a paper' });
  await paper.fill(headCode(head ?? ''));
  await page.getByRole('button', { name: 'Check that nothing was changed' }).click();
  await page.getByText(`It has ${entries} entries, and all stand as they were written.`).waitFor();
  await paper.fill(headCode('0'.repeat(64)));
  await page.getByRole('button', { name: 'Check that nothing was changed' }).click();
  await page.getByText('Entries at the end are missing, or the paper is of another station').waitFor();

  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save as a list (CSV)' }).click(),
  ]);
  const saved = await file.createReadStream();
  let text = '';
  for await (const part of saved) text += String(part);
  expect(text.trimEnd().split('\n').length).toBeGreaterThanOrEqual(entries);
  expect(text).toContain(head ?? 'none');
});

/**
 * The focus of somebody without a mouse: every dialog takes it, keeps it, and gives it back to what opened it; what is
 * pressed and goes away leaves it near by, never on nothing.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allDocsDump } from '../support/dumps.ts';
import { phoneOf, visit } from '../support/harms.ts';
import { writePracticeDumps } from '../../electron/practice/dumps.ts';
import type { Json } from '../support/documents.ts';
import { allBatches, focusName, goTo, grid, notice, passwordOf, soon, tabTo } from './clerk.ts';
import { compareAs, type Setting } from './setting.ts';
import { settings } from './settings.ts';

const openSetting = settings();
let setting: Setting;

const dialog = () => setting.page.getByRole('dialog');
/** Where the focus is: in a dialog, in the window, or on nothing. */
const focusIn = () =>
  setting.page.evaluate(() => {
    const at = document.activeElement;
    if (at === null || at === document.body) return 'nothing';
    return at.closest('[role=dialog][data-over]') === null ? 'window' : 'dialog';
  });

/** Opens it with what has the focus now, looks that the focus stays in it, closes it, and looks that it came back. */
async function opens(key: string): Promise<void> {
  const { page } = setting;
  const before = await focusName(page);
  await page.keyboard.press(key);
  await dialog().waitFor();
  await soon(focusIn).toBe('dialog');
  for (const tab of ['Tab', 'Shift+Tab']) {
    const passed = new Set<string>();
    for (let n = 0; n < 25; n += 1) {
      await page.keyboard.press(tab);
      expect(await focusIn(), `${tab} in the dialog that ${before} opened`).toBe('dialog');
      passed.add(await focusName(page));
    }
    // It goes round, and comes to the button that closes.
    expect([...passed]).toContain('Close');
  }
  await page.keyboard.press('Escape');
  await dialog().waitFor({ state: 'hidden' });
  await soon(() => focusName(page)).toBe(before);
}

/** After something was pressed and its button may be gone: the focus is on something, and Tab goes on from there. */
async function keepsFocus(after: string): Promise<void> {
  const { page } = setting;
  await soon(async () => `after ${after}: ${await focusIn()}`).toBe(`after ${after}: window`);
  // What goes now is gone, and what takes the focus in its place has it, by the second frame.
  await page.evaluate(
    () => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
  );
  const from = await focusName(page);
  await page.keyboard.press('Tab');
  const isNear = () => document.activeElement?.closest('main, .notices') != null;
  const to = await focusName(page);
  expect(await page.evaluate(isNear), `after ${after}, Tab from ${from} to ${to}`).toBe(true);
}

test('every dialog takes the focus, keeps it and gives it back', async () => {
  const honest = visit('doubled');
  const forged: Json = { ...honest, fields: { ...(honest['fields'] as Json), note: 'by another hand' } };
  setting = await openSetting({
    remembered: { place: 'review', showBatches: 'all' },
    stick: async (folder, server) => {
      await writePracticeDumps(server, folder);
      await writeFile(join(folder, 'doubled.chtdump'), phoneOf('chw1', [honest]));
      await writeFile(join(folder, 'list.json'), allDocsDump([forged]));
    },
    before: 'compared',
  });
  const { page, station, ask } = setting;
  const { keyboard } = page;
  await tabTo(page, /^Shortcuts$/);
  await opens('Enter');
  await tabTo(page, /^Compare$/);
  await opens('Enter');

  await page.getByRole('button', { name: 'chw1', exact: true }).last().focus();
  const opener = page.getByRole('row').filter({ hasText: 'practice-phone-chw1' }).getByRole('button');
  await opener.focus();
  await keyboard.press('Enter');
  await grid(page).waitFor();
  await tabTo(page, /^Show receipt$/);
  await opens('Enter');
  await tabTo(page, /^Records of this batch$/);
  // The second is the deletion.
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  await page.getByText('The record was deleted on the phone.').waitFor();
  await opens('a');
  await opens('h');
  await tabTo(page, /^Approve$/);
  await opens('Enter');
  await tabTo(page, /^Hold$/);
  await opens('Enter');
  await tabTo(page, /^Records of this batch$/, true);
  await keyboard.press('Escape');
  await keyboard.press('Space');
  await page.getByText('1 selected').waitFor();
  await tabTo(page, /^Approve$/, true);
  await opens('Enter');
  await tabTo(page, /^Hold$/);
  await opens('Enter');

  await allBatches(page);
  await page.getByRole('row').filter({ hasText: 'alldocs' }).getByRole('button').focus();
  await keyboard.press('Enter');
  await grid(page).waitFor();
  await tabTo(page, /^Records of this batch$/);
  await keyboard.press('Home');
  await keyboard.press('Enter');
  await tabTo(page, /^Apply to the server's version$/);
  await opens('Enter');
  await tabTo(page, /^Send as it is$/);
  await opens('Enter');

  await allBatches(page);
  await page.getByRole('row').filter({ hasText: 'doubled.chtdump' }).getByRole('button').focus();
  await keyboard.press('Enter');
  await grid(page).waitFor();
  await tabTo(page, /^Records of this batch$/);
  await keyboard.press('Enter');
  await tabTo(page, /^Choose the true content$/);
  await opens('Enter');

  await allBatches(page);
  await page.getByRole('row').filter({ hasText: 'list.json' }).getByRole('button').focus();
  await keyboard.press('Enter');
  await grid(page).waitFor();
  await tabTo(page, /^Enter the owner$/);
  await opens('Enter');

  await goTo(page, 'Conflicts');
  await page.getByRole('table', { name: 'Conflicts' }).getByRole('button').first().focus();
  await keyboard.press('Enter');
  await page.getByRole('radio').first().focus();
  await keyboard.press('Space');
  await tabTo(page, /^Keep the chosen version$/);
  await opens('Enter');

  const { rows } = await ask('batches.list', { user: 'chw1' });
  for (const { batch } of rows) await station.ask('decide.approve', { batch });
  await goTo(page, 'Outbox');
  await tabTo(page, /^Check what the server would refuse$/);
  await opens('Enter');
  await tabTo(page, /^Send \d+ records?$/);
  await opens('Enter');
  await tabTo(page, /receipt for/i);
  await opens('Enter');
  await goTo(page, 'Arrivals');
  await tabTo(page, /^Read a phone$/);
  await opens('Enter');
});

test('the focus is never lost when what was pressed goes away', async () => {
  setting = await openSetting({ remembered: { showBatches: 'to-do' } });
  const { page, station, server } = setting;
  const { keyboard } = page;
  await tabTo(page, /^Import 3 exports$/);
  await keyboard.press('Enter');
  await page.getByRole('button', { name: 'Review now' }).waitFor();
  await keepsFocus('the import');
  await tabTo(page, /^Review now$/);
  await keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Review' }).waitFor();
  await keepsFocus('going to Review');
  await compareAs(station, server, 'sup_online');

  await page.getByRole('row').filter({ hasText: 'practice-phone-chw1' }).getByRole('button').focus();
  await keyboard.press('Enter');
  await grid(page).waitFor();
  await keepsFocus('opening a batch');
  await tabTo(page, /^Approve \d+ ordinary records$/);
  await keyboard.press('Enter');
  await notice(page, /^\d+ approved/);
  await keepsFocus('approving the ordinary records');
  await keyboard.press('F6');
  await tabTo(page, /^Undo$/);
  await keyboard.press('Enter');
  await notice(page, /as they were before$/);
  await keepsFocus('an undo in a notice');
  await tabTo(page, /^1 conflict$/);
  await keyboard.press('Space');
  await page.getByText('The filter shows 1 record').waitFor();
  await keepsFocus('a filter');
  await tabTo(page, /^Show all$/);
  await keyboard.press('Enter');
  await keepsFocus('taking the filter off');
  await tabTo(page, /^Records of this batch$/);
  await keyboard.press('End');
  await keyboard.press('Home');
  await keyboard.press('ArrowDown');
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  await page.getByText('The server has an earlier version of this record.').waitFor();
  await tabTo(page, /^Approve$/);
  await keyboard.press('Enter');
  await notice(page, '1 approved');
  await keepsFocus('approving one with its button');
  await tabTo(page, /^Hold$/);
  await keyboard.press('Enter');
  await dialog().waitFor();
  await keyboard.type('Ask her first');
  await keyboard.press('Enter');
  await notice(page, '1 held');
  await keepsFocus('holding one');
  await tabTo(page, /^Close$/);
  await keyboard.press('Enter');
  await keepsFocus('closing the panel');
  await tabTo(page, /^Records of this batch$/);
  await keyboard.press('ArrowDown');
  await keyboard.press('Space');
  await tabTo(page, /^Approve$/, true);
  await keyboard.press('Enter');
  await notice(page, /^1 approved/);
  await keepsFocus('approving what is selected');
  await tabTo(page, /^All batches$/, true);
  await keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Review' }).waitFor();
  await keepsFocus('going back to the list');

  // The last to decide leaves the list of what is to do.
  await goTo(page, 'Conflicts');
  await page.getByRole('table', { name: 'Conflicts' }).getByRole('button').first().focus();
  await keyboard.press('Enter');
  await page.getByRole('radio').first().focus();
  await keyboard.press('Space');
  await tabTo(page, /^Keep the chosen version$/);
  await keyboard.press('Enter');
  await dialog().waitFor();
  await tabTo(page, /^Keep this version$/);
  await keyboard.press('Enter');
  await page.getByText('No conflicts').waitFor();
  await keepsFocus('settling the last conflict');

  await goTo(page, 'Outbox');
  for (const [name, button, result] of [
    ['the check', /^Check what the server would refuse$/, /.+/],
    ['sending', /^Send \d+ records?$/, /accepted/],
  ] as const) {
    await tabTo(page, button);
    await keyboard.press('Enter');
    await dialog().waitFor();
    await tabTo(page, /^User name$/);
    await keyboard.type('chw1');
    await keyboard.press('Tab');
    await keyboard.type(passwordOf(setting, 'chw1'));
    await keyboard.press('Enter');
    await dialog().waitFor({ state: 'hidden' });
    // The result of the check stands there until the sending has one.
    await soon(async () => (await setting.ask('jobs.list', {})).jobs.every(({ end }) => end !== null)).toBe(
      true,
    );
    await page.getByRole('region', { name: 'Result' }).getByText(result).first().waitFor();
    await keepsFocus(name);
  }
  await goTo(page, 'Arrivals');
  await tabTo(page, /^Eject$/);
  await keyboard.press('Enter');
  await page.getByText('You can unplug it now.').first().waitFor();
  await keepsFocus('ejecting');
});

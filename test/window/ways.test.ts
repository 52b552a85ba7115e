/**
 * The buttons of each class of record, by mouse and key: the safe way first, "Send as it is" last, asked about, with what
 * will happen on the server. The key does what the first button does.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { DUMPED, writePracticeDumps } from '../../electron/practice/dumps.ts';
import { phoneOf, visit } from '../support/harms.ts';
import { allBatches, grid, inState, notice, openBatch, place, row, soon } from './clerk.ts';
import { signInAs } from '../support/uploads.ts';
import type { Setting } from './setting.ts';
import { settings } from './settings.ts';

const openSetting = settings();
let setting: Setting;

function undated(id: string, contact: string, patient: string) {
  const { reported_date: _, ...rest } = visit(id, contact, patient);
  return rest;
}

/** The practice job, a record without a date, and one of a person whom its author may not write about. */
async function practiceJob(): Promise<Page> {
  setting = await openSetting({
    stick: async (folder, server) => {
      await writePracticeDumps(server, folder);
      const plain = undated('undated', 'hc1-chw1', 'hc1-area-1-home-1-person-1');
      const far = undated('undated-far', 'hc1-chw3', 'hc2-area-1-home-1-person-1');
      await writeFile(join(folder, 'undated.chtdump'), phoneOf('chw1', [plain]));
      await writeFile(join(folder, 'undated-far.chtdump'), phoneOf('chw3', [far]));
    },
    before: 'compared',
    remembered: { place: 'review', showBatches: 'all' },
  });
  const { station, server, page } = setting;
  const { job } = await station.ask('dry-run.start', signInAs(server, 'chw3'));
  await station.wait(job);
  return page;
}

const panel = (page: Page): Locator => page.getByRole('complementary', { name: 'The chosen record' });

/** The buttons of the record, in their order. */
async function buttonsOf(page: Page, record: Locator): Promise<string[]> {
  await record.first().click();
  const buttons = panel(page).locator('.panel-decisions > button');
  await buttons.first().waitFor();
  return buttons.allInnerTexts();
}

/** The key is pressed, and this is asked, with these words; nothing is done without an answer. */
async function asksByKey(page: Page, title: string, ...said: string[]): Promise<void> {
  await grid(page).focus();
  await page.keyboard.press('a');
  await asks(page, title, ...said);
}

async function asks(page: Page, title: string, ...said: string[]): Promise<void> {
  const dialog = page.getByRole('dialog', { name: title });
  for (const words of said) await dialog.getByText(words).waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  expect(await inState(setting, 'approved')).toEqual([]);
}

/** Where the batch is open still. */
async function backInReview(page: Page): Promise<void> {
  await place(page, 'Review').click();
  await grid(page).waitFor();
}

/** The batch of what this device brought. */
async function openBatchFrom(page: Page, device: string, user: string): Promise<void> {
  await allBatches(page);
  const ofDevice = page.getByRole('row').filter({ hasText: device });
  await ofDevice.getByRole('button', { name: user, exact: true }).click();
  await grid(page).waitFor();
}

test('what is ordinary is approved by the first button and the key; a conflict, a deletion and what is unusual are not', async () => {
  const page = await practiceJob();
  await openBatchFrom(page, 'practice-phone-chw1', 'chw1');

  expect(await buttonsOf(page, row(page, 'conflict'))).toEqual(['See both versions', 'Hold']);
  await page.keyboard.press('a');
  await page.getByText('These fields differ.').first().waitFor();
  expect(await inState(setting, 'approved')).toEqual([]);
  await backInReview(page);

  expect(await buttonsOf(page, row(page, 'deletion'))).toEqual(['Approve', 'Hold']);
  await asksByKey(
    page,
    'Delete this record on the server?',
    'The record will be deleted on the server, and on every phone that has it.',
  );

  await openBatchFrom(page, 'phone of chw1', 'chw1');
  expect(await buttonsOf(page, row(page, 'no date'))).toEqual(['Approve', 'Hold']);
  await asksByKey(page, 'Approve this unusual record?', 'What you approve is sent with the next upload.');

  await openBatchFrom(page, 'practice-phone-chw1', 'chw1');
  expect(await buttonsOf(page, row(page, 'update'))).toEqual(['Approve', 'Hold']);
  await grid(page).focus();
  await page.keyboard.press('a');
  await notice(page, '1 approved');
  expect(await inState(setting, 'approved')).toEqual([expect.stringContaining(DUMPED.chw1.update)]);
});

test('what cannot be placed is applied to the server’s version; as it is it goes last, and after a question', async () => {
  const page = await practiceJob();
  await openBatch(page, 'chw2');
  const record = row(page, 'not sure which is newer');
  const names = ["Apply to the server's version", 'Hold', 'Send as it is'];
  expect(await buttonsOf(page, record)).toEqual(names);
  await asksByKey(page, "Apply to the server's version?");
  // Ticked with others it is asked about too.
  await record.locator('.column-tick').click();
  const chosen = page.getByRole('group', { name: 'Selected records' });
  await chosen.getByRole('button', { name: 'Approve' }).click();
  await asks(page, '1 of these is unusual', 'It is not known of 1 of these which version is newer.');
  await chosen.getByRole('button', { name: 'Select none' }).click();

  expect(await buttonsOf(page, record)).toEqual(names);
  const asItIs = panel(page).getByRole('button', { name: 'Send as it is' });
  await asItIs.click();
  const will = 'The server may then have two versions of this record, in conflict.';
  await asks(page, 'Send it as it is?', will);
  await asItIs.click();
  await page.getByRole('dialog').getByRole('button', { name: 'Send as it is' }).click();
  await notice(page, '1 approved');
  await soon(() => inState(setting, 'approved')).toEqual([expect.stringContaining(DUMPED.chw2.unplaced)]);
});

test('what is refused is asked about again, as the person whose it is; as it is it goes last, and after a question', async () => {
  const page = await practiceJob();
  const checks = async (): Promise<void> => {
    await grid(page).focus();
    await page.keyboard.press('a');
    const dialog = page.getByRole('dialog', { name: 'What would the server refuse?' });
    await soon(() => dialog.getByLabel('User name').inputValue()).toBe('chw3');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('table', { name: 'Refused', exact: true }).waitFor();
    expect(await inState(setting, 'approved')).toEqual([]);
    await backInReview(page);
  };
  // A guess may be tried without a question: nothing else about the record is odd.
  await openBatchFrom(page, 'practice-phone-chw3', 'chw3');
  expect(await buttonsOf(page, row(page, 'refused'))).toEqual(['Check again', 'Hold', 'Send and see']);
  await checks();

  await openBatchFrom(page, 'phone of chw3', 'chw3');
  expect(await buttonsOf(page, row(page, 'refused'))).toEqual(['Check again', 'Hold', 'Send as it is']);
  await checks();
  expect(await buttonsOf(page, row(page, 'refused'))).toEqual(['Check again', 'Hold', 'Send as it is']);
  await panel(page).getByRole('button', { name: 'Send as it is' }).click();
  await asks(
    page,
    'Send it although it is refused?',
    'The server refuses this record from chw3. It will be sent anyway with the next upload, and the server decides.',
    'Read above what is unusual.',
  );
});

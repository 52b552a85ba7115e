/** Review: hold and release, undo, selection, filters that are remembered, one change with its photo. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DUMPED } from '../../electron/practice/dumps.ts';
import { goTo, grid, inState, notice, openBatch, row, soon } from './clerk.ts';
import type { Setting } from './setting.ts';
import { settings } from './settings.ts';

const openSetting = settings();
let setting: Setting;
/** Review, at the list of batches, after the server was asked. */
async function openReview(before: 'taken' | 'compared' = 'compared'): Promise<Setting> {
  setting = await openSetting({ before, remembered: { place: 'review' } });
  return setting;
}

test('before the server was asked, nothing can be approved by one button, and it says why', async () => {
  const { page } = await openReview('taken');
  await page.getByText('Server not asked yet').waitFor();
  await openBatch(page, 'chw3');
  await page.getByText('have not been compared with the server yet').waitFor();
  expect(await page.getByRole('button', { name: 'No ordinary records to approve' }).isDisabled()).toBe(true);
});

test('hold, release and undo take exactly what was chosen', async () => {
  const { page, ask } = await openReview();
  await openBatch(page, 'chw1');

  // One held with a usual reason; held again after a release; undone from the notice.
  await row(page, 'update').click();
  const panel = page.getByRole('complementary');
  await panel.getByRole('button', { name: 'Hold' }).click();
  const dialog = page.getByRole('dialog', { name: 'Hold 1 record' });
  await dialog.getByRole('button', { name: 'Hold' }).click();
  await dialog.getByText('Enter a short reason.').waitFor();
  await dialog.getByRole('button', { name: 'Looks like a mistake' }).click();
  await dialog.getByRole('button', { name: 'Hold' }).click();
  await notice(page, '1 held');
  expect(await inState(setting, 'held')).toEqual([expect.stringContaining(DUMPED.chw1.update)]);
  const { rows } = await ask('changes.list', { states: ['held'] });
  expect(rows[0]?.heldReason).toBe('Looks like a mistake');

  await row(page, 'held').click();
  await panel.getByText('Looks like a mistake').waitFor();
  await panel.getByRole('button', { name: 'Reopen' }).click();
  await notice(page, '1 reopened');
  expect(await inState(setting, 'held')).toEqual([]);
  await panel.getByRole('button', { name: 'Close' }).click();

  // The undo after "approve the ordinary ones" leaves alone what was approved before it.
  await row(page, 'deletion').locator('.column-tick').click();
  await page
    .getByRole('group', { name: 'Selected records' })
    .getByRole('button', { name: 'Approve' })
    .click();
  const asked = page.getByRole('dialog', { name: '1 of these is unusual' });
  await asked.getByText('1 record will be deleted on the server').waitFor();
  await asked.getByRole('button', { name: 'Approve 1 record' }).click();
  await notice(page, '1 approved');
  const before = await inState(setting, 'approved');
  expect(before).toHaveLength(1);
  await page.getByRole('button', { name: /^Approve \d+ ordinary records$/ }).click();
  await notice(page, /^8 approved/, 'Undo');
  await notice(page, '8 records are as they were before');
  expect(await inState(setting, 'approved')).toEqual(before);

  // The same by key.
  await page.getByRole('button', { name: /^Approve \d+ ordinary records$/ }).click();
  await soon(() => inState(setting, 'approved')).toHaveLength(9);
  // The key undoes what was said last.
  await page.getByRole('alertdialog').filter({ hasText: '8 approved' }).waitFor();
  await page.keyboard.press('Control+z');
  await soon(() => inState(setting, 'approved')).toEqual(before);
});

test('a decision that takes its time shows that something happens', async () => {
  let letThrough: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    letThrough = resolve;
  });
  setting = await openSetting({
    before: 'compared',
    remembered: { place: 'review' },
    between: (page) =>
      page.routeWebSocket('**/ws', (socket) => {
        const station = socket.connectToServer();
        socket.onMessage((message) => {
          if (!String(message).includes('decide.approve')) station.send(message);
          else void held.then(() => station.send(message));
        });
      }),
  });
  const { page } = setting;
  await openBatch(page, 'chw1');
  const working = page.getByRole('status').getByText('Working…');
  await soon(() => working.count()).toBe(0);
  await page.getByRole('button', { name: /^Approve \d+ ordinary records$/ }).click();
  await working.waitFor();
  const pictures = process.env['PICTURES'];
  if (pictures !== undefined) await page.screenshot({ path: join(pictures, 'working.png') });
  letThrough();
  await page.getByRole('alertdialog').filter({ hasText: 'approved' }).waitFor();
  await soon(() => working.count()).toBe(0);
});

test('rows are selected by tick, by Shift and a click, and held together', async () => {
  const { page } = await openReview();
  await openBatch(page, 'chw1');
  const rows = grid(page).locator('tbody tr');
  await rows.nth(3).locator('.column-tick').click();
  await rows.nth(6).click({ modifiers: ['Shift'] });
  await page.getByText('4 selected').waitFor();
  await soon(() => grid(page).locator('tr[aria-selected=true]').count()).toBe(4);
  await page.getByRole('group', { name: 'Selected records' }).getByRole('button', { name: 'Hold' }).click();
  await page.getByLabel('Why?').fill('Ask at the next visit');
  await page.getByLabel('Why?').press('Enter');
  await notice(page, '4 held');
  expect(await inState(setting, 'held')).toHaveLength(4);
  await soon(() => grid(page).locator('tr[aria-selected=true]').count()).toBe(0);
});

test('filters find what they say, say that they hide something, and are remembered', async () => {
  const { page } = await openReview();
  await openBatch(page, 'chw1');
  await row(page, 'conflict').first().waitFor();
  const all = await grid(page).getAttribute('aria-rowcount');

  await page.getByRole('button', { name: '1 conflict' }).click();
  await page.getByText('The filter shows 1 record').waitFor();
  await soon(() => grid(page).locator('tbody tr').allInnerTexts()).toEqual([
    expect.stringContaining('Household 1.1'),
  ]);
  await page.reload();
  await openBatch(page, 'chw1');
  await page.getByText('The filter shows 1 record').waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await soon(() => grid(page).getAttribute('aria-rowcount')).toBe(all);

  await page.getByText('Has photo').click();
  await page.getByText(/The filter shows \d+ records?/).waitFor();
  await soon(() => row(page, 'Wound photo').count()).toBeGreaterThan(0);
  await soon(() => row(page, 'Home visit').count()).toBe(0);
  await page.getByRole('button', { name: 'Show all' }).click();

  await page.getByPlaceholder('Name, phone or code').fill('tamarind');
  await soon(() => row(page, 'Baby Tamarind').count()).toBeGreaterThan(0);
  await soon(() => row(page, 'Home visit').count()).toBe(0);
  await page.getByRole('button', { name: 'Show all' }).click();

  await page.getByRole('button', { name: 'State' }).first().click();
  await page.getByRole('menuitemcheckbox', { name: 'to decide' }).click();
  await page.keyboard.press('Escape');
  await page.getByText('The filter shows 10 records').waitFor();
  await soon(() => row(page, 'same').count()).toBe(0);
});

test('the order is the station’s: a press on a head sorts all of it, and says so', async () => {
  const { page } = await openReview();
  await openBatch(page, 'chw1');
  const head = grid(page).getByRole('columnheader', { name: 'Record' });
  expect(await head.getAttribute('aria-sort')).toBe('none');
  await head.getByRole('button').click();
  await soon(() => head.getAttribute('aria-sort')).toBe('ascending');
  await soon(() => grid(page).locator('tbody tr').first().innerText()).toContain('Area 1');
  await head.getByRole('button').click();
  await soon(() => head.getAttribute('aria-sort')).toBe('descending');
  await soon(() => grid(page).locator('tbody tr').first().innerText()).not.toContain('Area 1');
});

test('one change: fields before and after, the photo as a picture, the record as it is', async () => {
  const { page } = await openReview();
  await openBatch(page, 'chw1');
  const panel = page.getByRole('complementary');

  await row(page, 'update').click();
  const changed = panel.getByRole('table').getByRole('row', { name: /^Phone number/ });
  expect((await changed.innerText()).split('\t')).toEqual(['Phone number', 'not there', '+254000000001']);
  expect(await panel.getByRole('columnheader').allInnerTexts()).toEqual([
    'Field',
    'On the server',
    'On this phone',
  ]);

  await row(page, 'Wound photo').filter({ hasText: 'new' }).click();
  // In the place of the question that it answers.
  const photo = panel
    .getByRole('row', { name: /^Take a picture/ })
    .getByRole('img', { name: /Take a picture/ });
  await soon(() =>
    photo.evaluate((image: HTMLImageElement) => [image.naturalWidth, image.naturalHeight]),
  ).toEqual([8, 8]);
  expect(await photo.getAttribute('src')).toMatch(/^blob:/);
  await panel.getByRole('button', { name: 'The whole record (JSON)' }).click();
  expect(await panel.locator('pre').innerText()).toContain(`"_id": "${DUMPED.chw1.photoReport}"`);

  await row(page, 'deletion').click();
  await panel.getByText('What it said').waitFor();
});

test('an old copy without history is applied to the server’s version, and is approved with that', async () => {
  const { page, server } = await openReview();
  await openBatch(page, 'chw2');
  await row(page, 'not sure which is newer').click();
  const panel = page.getByRole('complementary');
  await panel.getByText('may be an old copy').waitFor();
  await panel.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click();
  await notice(page, 'and approved');
  // It is one record, and so one row: what was applied stands in its place.
  await soon(() => row(page, 'not sure which is newer').count()).toBe(0);
  await soon(() => row(page, 'update').innerText()).toContain('ready to send');
  const [approved] = await inState(setting, 'approved');
  const id = DUMPED.chw2.unplaced;
  const onServer = await server.database().get(id);
  const generation = Number(onServer._rev.split('-')[0]);
  expect(approved).toMatch(new RegExp(`^${id}@${generation + 1}-`));
});

test('a record is opened from the outbox, also where a remembered filter hides it in its batch', async () => {
  setting = await openSetting({
    before: 'compared',
    remembered: { place: 'review', filters: { classes: ['conflict'] } },
  });
  const { page } = setting;
  await openBatch(page, 'chw1');
  await page.getByText('The filter shows 1 record').waitFor();
  await page.getByRole('button', { name: /^Approve \d+ ordinary records$/ }).click();
  await soon(() => inState(setting, 'approved')).toHaveLength(8);
  await goTo(page, 'Outbox');
  await page.getByRole('button', { name: 'Wound photo' }).click();
  const panel = page.getByRole('complementary', { name: 'The chosen record' });
  await panel.getByRole('heading', { name: 'Wound photo' }).waitFor();
});

/** The outbox beside plain sending: what the server would refuse, station accounts, new passwords, waiting. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { DUMPED } from '../../electron/practice/dumps.ts';
import { fakePower, memorySecrets } from '../support/machine.ts';
import { picturesOf } from './look.ts';
import { goTo, inBox, inState, leavesOn, openBatch, passwordOf, signIn, soon } from './clerk.ts';
import type { Setting, SettingOptions } from './setting.ts';
import { settings } from './settings.ts';

const openSetting = settings();
let setting: Setting;

/** The three ordinary records of chw3 are approved; one of them is about a person of another area. */
async function approved(options: SettingOptions = {}): Promise<Setting> {
  setting = await openSetting({ before: 'compared', remembered: { place: 'review' }, ...options });
  const { page } = setting;
  await openBatch(page, 'chw3');
  await page.getByRole('button', { name: /^Approve \d+ ordinary records$/ }).click();
  await soon(() => inState(setting, 'approved')).toHaveLength(3);
  await goTo(page, 'Outbox');
  return setting;
}

const result = () => setting.page.getByRole('region', { name: 'Result' });
const dialog = () => setting.page.getByRole('dialog');

test('what the server would refuse is listed before anything is sent, and saved for those who settle pay', async () => {
  const { page } = await approved();
  const held = await leavesOn(setting);
  await page.getByRole('button', { name: 'Check what the server would refuse' }).click();
  await dialog().getByText('Nothing is sent.').waitFor();
  await dialog().getByRole('radio', { name: 'Station account' }).click();
  await dialog().getByText('Checks the records of all health workers').waitFor();
  await dialog().getByRole('radio', { name: 'Health worker' }).click();
  await signIn(page, 'chw3', passwordOf(setting, 'chw3'));
  await result()
    .getByText(/records ready to send were checked, nothing sent\. The server would refuse 1 of them\./)
    .waitFor();
  expect(await leavesOn(setting)).toEqual(held);

  const counts = page.getByRole('table', { name: 'Refused by health worker, month and form' });
  await soon(async () => (await counts.locator('tbody td').allInnerTexts()).slice(1)).toEqual([
    'home_visit',
    'Guess: The patient or place belongs to another area now.',
    '1',
  ]);
  const rows = page.getByRole('table', { name: 'Refused', exact: true }).locator('tbody tr');
  await soon(() => rows.count()).toBe(1);
  await soon(() => inBox(page, 'Ready to send')).toBe(2);

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save as a list (CSV)' }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^refused-\d{4}-\d\d-\d\d\.csv$/);
  const csv = await readFile(await download.path(), 'utf8');
  expect(csv.split('\r\n')).toHaveLength(3);
  expect(csv).toContain(DUMPED.chw3.outOfArea);
  expect(csv).toContain('The patient or place belongs to another area now.');

  await page.getByRole('button', { name: 'Check again' }).click();
  await dialog().getByRole('heading', { name: 'What would the server refuse?' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Send 1 and see' }).click();
  // It stands in one place: with what goes, and it says what was decided.
  await soon(() => inBox(page, 'Ready to send')).toBe(3);
  await soon(() => inBox(page, 'Refused')).toBe(0);
  await page.getByRole('group', { name: 'Overview' }).getByRole('button', { name: 'Ready to send' }).click();
  const ready = page.getByRole('table', { name: 'Ready to send', exact: true }).locator('tbody tr');
  await soon(
    async () => (await ready.allInnerTexts()).filter((text) => text.includes('approved anyway')).length,
  ).toBe(1);
});

test('a station account: what that means is said first, and what the author could not have sent is not sent', async () => {
  const { page, ask } = await approved();
  await page.getByRole('button', { name: 'Send 3 records' }).click();
  await dialog().getByText('The health worker signs in.').waitFor();
  await dialog().getByRole('radio', { name: 'Station account' }).click();
  await dialog().getByText('The receipt and the history will name the station account').waitFor();
  await dialog().getByLabel('Name of the station account').fill('sup_online');
  await dialog().getByLabel('Password', { exact: true }).fill(passwordOf(setting, 'sup_online'));
  await dialog().locator('button[type=submit]').click();
  await result().getByText('2 accepted').waitFor();
  await result().getByText('1 was not sent: the health worker could not have sent it,').waitFor();
  await result().getByText('Sent by the station account sup_online; the receipts say so.').waitFor();
  await soon(() => inBox(page, 'Refused')).toBe(1);
  expect([...(await leavesOn(setting))].join()).not.toContain(DUMPED.chw3.outOfArea);
  const { rows } = await ask('batches.list', { user: 'chw3' });
  const receipt = await ask('receipt.get', { batch: rows[0]?.batch ?? '', format: 'text' });
  expect(receipt.content).toContain('sup_online (station account)');
  await page.locator('.past-upload').getByText('(station account)').waitFor();
});

test('a password that has to be changed is changed here, and the records go', async () => {
  const { page, server } = await approved();
  const old = passwordOf(setting, 'chw3');
  server.setPassword('chw3', old, { mustChange: true });
  await page.getByRole('button', { name: 'Send 3 records' }).click();
  await signIn(page, 'chw3', old);
  await dialog().getByText('The server wants a new password from:').waitFor();
  const choose = async (now: string, next: string, again: string) => {
    await dialog().getByLabel('Current password').fill(now);
    await dialog().getByLabel('New password', { exact: true }).fill(next);
    await dialog().getByLabel('Repeat the new password').fill(again);
    await dialog().locator('button[type=submit]').click();
  };
  await choose(old, 'Sycamore-lake-42', 'Sycamore-lake-43');
  await dialog().getByText('The two new passwords differ.').waitFor();
  await choose(old, 'short', 'short');
  await dialog().getByText('The server does not accept the new password.').waitFor();
  await choose(old, 'Sycamore-lake-42', 'Sycamore-lake-42');
  await result().getByText('2 accepted, 1 refused').waitFor();
  const kept = await page.evaluate(() =>
    [document.documentElement.outerHTML, JSON.stringify(Object.entries(localStorage))].join(),
  );
  expect(kept).not.toContain('Sycamore-lake-42');
  expect(kept).not.toContain(old);
});

test('on battery saver it waits, says so, and goes when the person says so', async () => {
  const power = fakePower();
  const { page } = await approved({ machine: { power } });
  power.set(true);
  await page.getByRole('button', { name: 'Send 3 records' }).click();
  await signIn(page, 'chw3', passwordOf(setting, 'chw3'));
  await dialog().waitFor({ state: 'hidden' });
  const main = page.getByRole('main');
  await main.getByText('Battery saver is on.').waitFor();
  expect(await inState(setting, 'accepted')).toEqual([]);
  await main.getByRole('button', { name: 'Send anyway' }).click();
  await result().getByText('2 accepted, 1 refused').waitFor();
});

test('a login that is kept in Settings sends without typing, and can be removed', async () => {
  const { page } = await approved({ machine: { secrets: memorySecrets() } });
  await goTo(page, 'Settings');
  const card = page.getByRole('region', { name: 'Saved logins' });
  await card.getByLabel('User name').fill('chw3');
  await card.getByLabel('Password').fill(passwordOf(setting, 'chw3'));
  await card.getByRole('button', { name: 'Save login' }).click();
  await card.getByText('saved since').waitFor();
  expect(await card.getByLabel('Password').inputValue()).toBe('');
  await goTo(page, 'Outbox');
  await page.getByRole('button', { name: 'Send 3 records' }).click();
  const kept = dialog().getByRole('group', { name: 'Saved on this computer: no password needed' });
  await kept.getByRole('button', { name: 'chw3' }).click();
  await result().getByText('2 accepted, 1 refused').waitFor();
  await goTo(page, 'Settings');
  await card.getByRole('button', { name: 'Remove the login of chw3' }).click();
  await card.getByText('No login is saved.').waitFor();
});

test('where no login can be kept it is said why', async () => {
  setting = await openSetting({ remembered: { place: 'settings' } });
  const card = setting.page.getByRole('region', { name: 'Saved logins' });
  await card.getByText('Only the desktop program can save logins').waitFor();
  expect(await card.getByRole('textbox').count()).toBe(0);
});

test('each health worker has a strip from the phone to the receipt, and each number is the list that it opens', async () => {
  const { page, ask } = await approved();
  const strips = page.getByRole('region', { name: 'From the phone to the receipt' });
  const { rows } = await ask('outbox.people', {});
  expect(rows.map(({ user, records }) => [user, records.toSend])[0]).toEqual(['chw3', 3]);
  await soon(() => strips.locator('.person-strip').count()).toBe(rows.length);
  await picturesOf(setting, 'outbox strips');
  let opened = 0;
  for (const { user, name, records } of rows) {
    const strip = strips.locator('.person-strip').filter({ hasText: user ?? 'Unknown' });
    const numbers = strip.getByRole('group', { name: `Records of ${name ?? user}` });
    const open = async (text: string, box: 'undecided' | 'toSend' | 'held' | 'refused' | 'accepted') => {
      await soon(() => numbers.getByRole('button', { name: text }).count()).toBe(records[box] === 0 ? 0 : 1);
      if (records[box] === 0) return;
      await numbers.getByRole('button', { name: `${records[box]} ${text}`, exact: true }).click();
      const shown = strip.locator('tbody tr');
      if (records[box] <= 10) await soon(() => shown.count()).toBe(records[box]);
      else await strip.getByText(`1–10 of ${records[box]}`).waitFor();
      opened += 1;
    };
    await open('to decide', 'undecided');
    await open('to send', 'toSend');
    await open('held', 'held');
    await open('refused', 'refused');
    await open('accepted', 'accepted');
  }
  expect(opened).toBeGreaterThan(3);
  await picturesOf(setting, 'outbox strip opened');

  const own = strips.locator('.person-strip').filter({ hasText: 'chw3' });
  await own.getByRole('button', { name: /^Sign in and send/ }).click();
  await soon(() => dialog().getByLabel('User name').inputValue()).toBe('chw3');
  await dialog().getByRole('radio', { name: 'Station account' }).click();
  await soon(() => dialog().getByLabel('Name of the station account').inputValue()).toBe('');
  await page.keyboard.press('Escape');
  await strips.getByRole('button', { name: 'Send with a station account' }).click();
  await soon(() => dialog().getByRole('radio', { name: 'Station account' }).isChecked()).toBe(true);
  await page.keyboard.press('Escape');

  await own.getByRole('button', { name: /^Sign in and send/ }).click();
  await dialog().getByLabel('Password', { exact: true }).fill(passwordOf(setting, 'chw3'));
  await dialog().locator('button[type=submit]').click();
  await result().getByText('2 accepted, 1 refused').waitFor();
  await own.getByRole('button', { name: '2 accepted' }).waitFor();
  await own.getByRole('button', { name: '1 refused' }).waitFor();
  expect(await own.getByRole('button', { name: /^Sign in and send/ }).count()).toBe(0);
  await own.getByRole('button', { name: /^Receipt for/ }).click();
  await dialog().locator('.receipt').waitFor();
  expect(setting.complaints).toEqual([]);
});

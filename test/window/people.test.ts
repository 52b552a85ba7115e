/** The people of the station in its window: the first start, signing in, the lock, and what each of them is offered. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ADMIN } from '../support/station.ts';
import { STAFF } from '../support/staff.ts';
import { deletionsOf, names } from '../support/harms.ts';
import { allBatches, expectFocus, goTo, grid, notice, openBatch, soon } from './clerk.ts';
import type { Setting } from './setting.ts';
import { settings } from './settings.ts';

const openSetting = settings();

/** What stands in the page, seen or not: also in names for a screen reader and in the title. */
async function wholePage({ page }: Setting): Promise<string> {
  return (await page.title()) + (await page.content());
}

async function signInAs(
  { page }: Setting,
  { name, secret }: { name: string; secret: string },
): Promise<void> {
  await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('PIN or passphrase').fill(secret);
  await page.keyboard.press('Enter');
}

test('the first start, with the keyboard alone: language, station, administrator, server, phones, begin', async () => {
  const setting = await openSetting({ people: 'first', plugged: false });
  const { page, ask, server } = setting;
  const heading = (name: string) => page.getByRole('heading', { level: 1, name }).waitFor();
  await heading('Language of this station');
  await page.getByRole('radio', { name: 'Français' }).click();
  await heading('Langue de cette station');
  await page.getByRole('radio', { name: 'English' }).click();
  await heading('Language of this station');
  await page.getByRole('button', { name: 'Next' }).press('Enter');

  await heading('This station');
  expect(await page.getByRole('button', { name: 'Next' }).isDisabled()).toBe(true);
  await expectFocus(page, /Name of the station/);
  await page.keyboard.type('Mbale');
  await page.keyboard.press('Tab');
  await page.keyboard.type('Health centre III');
  await page.keyboard.press('Enter');

  await heading('The first administrator');
  await expectFocus(page, /Your name/);
  await page.keyboard.type(ADMIN.name);
  await page.keyboard.press('Tab');
  await page.keyboard.type('1234567890');
  await page.keyboard.press('Tab');
  await page.keyboard.type('1234567890');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('too easy to guess').waitFor();
  for (const label of ['Passphrase', 'The same again']) {
    expect(await page.getByLabel(label).inputValue()).toBe('');
    await page.getByLabel(label).fill(ADMIN.secret);
  }
  await page.keyboard.press('Enter');

  await heading('The server');
  await page.getByLabel('Address').fill(server.url);
  await page.getByRole('button', { name: 'Save' }).click();
  await page
    .getByText(/answers|reach/i)
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'Next' }).press('Enter');
  await heading('Sticks and phones');
  // Whoever went for a stick comes back to a locked station, and goes on from there.
  await ask('desk.lock', {});
  await heading('The station is locked');
  expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
  await expectFocus(page, /PIN or passphrase/);
  await page.keyboard.type(ADMIN.secret);
  await page.keyboard.press('Enter');
  await heading('Sticks and phones');
  setting.simulator.plug('stick', { kind: 'stick', as: 'system', name: 'A stick', uuid: 'a-stick' });
  await page.getByRole('listitem').getByText('A stick').waitFor();
  await page.getByRole('button', { name: 'Next' }).press('Enter');
  await heading('Ready');
  const code = (await page.locator('.recovery-code').textContent()) ?? '';
  await page.getByRole('button', { name: 'Begin' }).press('Enter');
  await heading('Arrivals');
  expect(await ask('station.info', {})).toMatchObject({
    station: 'Mbale',
    place: 'Health centre III',
    person: { name: ADMIN.name, role: 'admin', by: 'secret' },
  });
  // Nobody knows the passphrase any more.
  await page.keyboard.press('Control+l');
  await page.getByRole('button', { name: 'Someone else' }).press('Enter');
  await page.getByRole('button', { name: 'No administrator can sign in' }).press('Enter');
  await heading('Come in with the recovery code');
  await page.getByLabel('Your name').fill(ADMIN.name);
  await page.getByLabel('Recovery code').fill(code);
  await page.getByLabel('Your new passphrase').fill('another green tree');
  await page.getByLabel('The same again').fill('another green tree');
  await page.keyboard.press('Enter');
  await goTo(page, 'Settings');
  await page.getByText('There is no recovery code, or it was used').waitFor();
  await page.getByRole('button', { name: 'Make a new recovery code' }).press('Enter');
  const made = page.locator('.recovery-code');
  await made.waitFor();
  expect(await made.textContent()).not.toBe(code);
  expect(setting.complaints).toEqual([]);
});

test('a clerk signs in, locks, comes back to the same place; a locked station shows no name at all', async () => {
  const setting = await openSetting({ people: 'set-up', before: 'taken' });
  const { page, ask } = setting;
  await ask('desk.sign-in', STAFF.admin);
  const [batch] = (await ask('batches.list', {})).rows;
  await ask('desk.sign-out', {});
  const user = batch?.user ?? '';
  await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  await expectFocus(page, /Your name/);
  await signInAs(setting, { ...STAFF.clerk, secret: '111222' });
  await page.getByRole('alert').getByText('do not belong together').waitFor();
  await page.getByLabel('PIN or passphrase').fill(STAFF.clerk.secret);
  await page.keyboard.press('Enter');
  await allBatches(page);
  await openBatch(page, user);
  const title = await grid(page).locator('tbody tr:not(.gap) .record-name').first().getAttribute('title');
  const record = title?.split('\n')[0] ?? '';
  expect(record).toMatch(/\w{3}/);
  const seen = await wholePage(setting);
  expect(seen).toContain(record);
  expect(seen).toContain(user);
  expect(seen).toContain(STAFF.clerk.name);
  await page.keyboard.press('Control+l');
  await page.getByRole('heading', { level: 1, name: 'The station is locked' }).waitFor();
  await expectFocus(page, /PIN or passphrase/);
  const locked = await wholePage(setting);
  for (const name of [user, STAFF.clerk.name, STAFF.admin.name, record]) expect(locked).not.toContain(name);
  // Whatever a page asks now is refused, not only hidden.
  expect(await setting.station.station.ask('batches.list', {})).toEqual({
    ok: false,
    code: 'sign-in-needed',
  });
  await page.getByLabel('PIN or passphrase').fill(STAFF.clerk.secret);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: user }).waitFor();
  expect(setting.complaints).toEqual([]);
});

test('what a clerk may not is not offered, and another person takes the desk at once', async () => {
  const setting = await openSetting({ people: 'set-up' });
  const { page } = setting;
  await signInAs(setting, STAFF.clerk);
  await goTo(page, 'Settings');
  await page.getByRole('region', { name: 'This station' }).getByText(STAFF.clerk.name).waitFor();
  for (const name of ['Server', 'People of this station', 'Saved logins'])
    expect(await page.getByRole('region', { name }).count()).toBe(0);
  await page.getByRole('button', { name: 'Switch person' }).click();
  await signInAs(setting, STAFF.admin);
  const people = page.getByRole('region', { name: 'People of this station' });
  await people.getByText(STAFF.clerk.name).waitFor();
  await people.getByLabel('Name', { exact: true }).fill('Neema');
  await people.getByLabel('First PIN or passphrase').fill('749265');
  await people.getByRole('button', { name: 'Add a person' }).click();
  await people.getByText('chooses a new one').waitFor();
  await page.getByRole('button', { name: 'Switch person' }).click();
  await signInAs(setting, { name: 'neema', secret: '749265' });
  await page.getByRole('heading', { level: 1, name: 'Choose your own' }).waitFor();
  await page.getByLabel('The one you were given').fill('749265');
  await page.getByLabel('Your own PIN or passphrase').fill('820164');
  await page.getByLabel('The same again').fill('820164');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  await soon(async () => (await setting.ask('desk.get', {})).person?.name).toBe('Neema');
});

test('what needs two people is asked of a second one, and nobody takes back what another did', async () => {
  const ids = names('gone', 6);
  const setting = await openSetting({
    people: 'set-up',
    before: 'compared',
    stick: async (folder, server) => writeFile(join(folder, 'phone.chtdump'), await deletionsOf(server, ids)),
  });
  const { page, ask } = setting;
  const approved = async () => (await ask('batches.list', {})).rows[0]?.decided.approved;
  await signInAs(setting, STAFF.clerk);
  await allBatches(page);
  await openBatch(page, 'chw1');
  await grid(page).focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Space');
  await page.keyboard.press('Shift+End');
  const approve = async () => {
    await page
      .getByRole('group', { name: 'Selected records' })
      .getByRole('button', { name: 'Approve' })
      .click();
    await page
      .getByRole('dialog', { name: /unusual/ })
      .getByRole('button', { name: /delet|Approve/i })
      .last()
      .click();
  };
  const dialog = page.getByRole('dialog', { name: 'A second person agrees' });
  await approve();
  await dialog.getByText('This is about 6 records').waitFor();
  await expectFocus(page, /Name of the second person/);
  await page.keyboard.press('Escape');
  await notice(page, 'This needs a second person');
  expect(await approved()).toBe(0);

  await approve();
  await dialog.waitFor();
  await page.keyboard.type(STAFF.clerk.name);
  await page.keyboard.press('Tab');
  await page.keyboard.type(STAFF.clerk.secret);
  await page.keyboard.press('Enter');
  await dialog.getByRole('alert').getByText('is the one who works here already').waitFor();
  await dialog.getByLabel('Name of the second person').fill(STAFF.admin.name);
  await dialog.getByLabel('Their PIN or passphrase').fill(STAFF.admin.secret);
  await page.keyboard.press('Enter');
  await notice(page, '6 approved');
  await soon(approved).toBe(6);

  // The next at this desk neither sees what the last one did nor takes it back.
  await page.getByRole('button', { name: 'Switch person' }).click();
  await signInAs(setting, STAFF.admin);
  await page.getByRole('heading', { level: 1, name: 'chw1' }).waitFor();
  expect(await page.getByText('6 approved').count()).toBe(0);
  await page.keyboard.press('Control+z');
  await ask('station.status', {});
  expect(await approved()).toBe(6);
});

test('in practice nobody signs in, and the window says so', async () => {
  const setting = await openSetting();
  const { page } = setting;
  await goTo(page, 'Settings');
  await page.getByText('you work as a ready administrator and nobody signs in').waitFor();
  expect(await page.getByRole('button', { name: 'Lock', exact: true }).count()).toBe(0);
});

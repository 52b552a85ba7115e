/** The server in the window: its address, signing in, and every way in which that fails. */
import { expect, test } from 'vitest';
import { focusName, goTo, inBox, inState, openBatch, passwordOf, send, signIn, soon } from './clerk.ts';
import type { Setting } from './setting.ts';
import { settings } from './settings.ts';

const openSetting = settings();
let setting: Setting;

/** Ten points in ten seconds, shared by everybody behind one address. */
async function guessPasswords({ server }: Setting): Promise<void> {
  for (let n = 0; n < 12; n += 1) {
    await fetch(`${server.url}/medic/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ user: 'nobody', password: `guess-${n}` }),
    });
  }
}

test('signing in: each failure has its sentence, the password is gone, the name stays', async () => {
  setting = await openSetting({ before: 'taken', remembered: { place: 'review' } });
  const { page, server } = setting;
  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Compare with the server' });
  const alert = dialog.getByRole('alert');

  await signIn(page, 'chw1', 'Wrong-password-9');
  await alert.getByText('User name or password is wrong. Type them again.').waitFor();
  expect(await dialog.getByLabel('User name').inputValue()).toBe('chw1');
  expect(await dialog.getByLabel('Password', { exact: true }).inputValue()).toBe('');
  await soon(() => focusName(page)).toBe('Password');
  expect(await dialog.getByLabel('Password', { exact: true }).getAttribute('autocomplete')).toBe('off');

  server.setPassword('chw2', 'Brand-new-password-7', { mustChange: true });
  await signIn(page, 'chw2', 'Brand-new-password-7');
  await dialog.getByText('The server wants a new password from:').waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();

  await guessPasswords(setting);
  await signIn(page, 'chw1', passwordOf(setting, 'chw1'));
  await alert.getByText('Too many wrong passwords.').waitFor();
  server.forgetFailures();
  await signIn(page, 'chw1', passwordOf(setting, 'chw1'));
  await dialog.waitFor({ state: 'hidden' });
  await page.getByText(/records? compared/).waitFor();

  // The password is in nothing that the page keeps.
  const kept = await page.evaluate(() =>
    [
      document.documentElement.outerHTML,
      JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]),
    ].join(),
  );
  expect(kept).not.toContain(passwordOf(setting, 'chw1'));
  expect(kept).not.toContain('Wrong-password-9');
});

test('no server: what is approved waits, and says so', async () => {
  setting = await openSetting({ before: 'compared', remembered: { place: 'review' } });
  const { page } = setting;
  await openBatch(page, 'chw3');
  await page.getByRole('button', { name: /^Approve \d+ ordinary records$/ }).click();
  await soon(() => inState(setting, 'approved')).toHaveLength(3);
  await setting.unplugServer();
  await goTo(page, 'Outbox');
  await page.getByRole('button', { name: 'Send 3 records' }).click();
  await signIn(page, 'chw3', 'Mango-tree-3');
  await page.getByRole('alert').getByText('The server cannot be reached.').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await soon(() => inBox(page, 'Ready to send')).toBe(3);
  await goTo(page, 'Settings');
  await page.getByRole('button', { name: 'Check now' }).click();
  await page.getByRole('region', { name: 'Server' }).getByText('The server cannot be reached.').waitFor();
});

test('what the server refuses stands in its box with the reason, and the others get through', async () => {
  setting = await openSetting({ before: 'compared', remembered: { place: 'review' } });
  const { page } = setting;
  await openBatch(page, 'chw3');
  await page.getByRole('button', { name: /^Approve \d+ ordinary records$/ }).click();
  await soon(() => inState(setting, 'approved')).toHaveLength(3);
  await send(setting, 'chw3');
  const result = page.getByRole('region', { name: 'Result' });
  await result.getByText('2 accepted, 1 refused').waitFor();
  await soon(() => inBox(page, 'Refused')).toBe(1);
  await soon(() => inBox(page, 'Accepted')).toBe(2);
  await page.getByRole('group', { name: 'Overview' }).getByRole('button', { name: 'Refused' }).click();
  const refused = page.getByRole('table', { name: 'Refused', exact: true });
  await soon(() => refused.locator('tbody tr').count()).toBe(1);
  expect((await refused.locator('tbody td').last().innerText()).trim()).toBe(
    'Guess: The patient or place belongs to another area now.',
  );
  // From the box to the record, in its batch.
  await refused.getByRole('button').first().click();
  await page.getByRole('complementary').getByText('The server refused it, or probably will.').waitFor();
  await goTo(page, 'Outbox');
  await page.getByRole('button', { name: /2 accepted, 1 refused/ }).click();
  await page.locator('.past-upload').getByText('1 refused, and why').waitFor();
});

test('the address: a wrong one is explained beside it, a right one is checked', async () => {
  setting = await openSetting({ remembered: { place: 'settings' } });
  const { page, server } = setting;
  const card = page.getByRole('region', { name: 'Server' });
  const address = card.getByLabel('Address');
  await address.fill('http://cht.example.org');
  await card.getByRole('button', { name: 'Save' }).click();
  await card.getByText('This address is not encrypted.').waitFor();
  expect(await address.getAttribute('aria-invalid')).toBe('true');
  await address.fill('not an address at all');
  await card.getByRole('button', { name: 'Save' }).click();
  await card.getByText('This is not an address of a server.').waitFor();
  await address.fill(server.url);
  await card.getByRole('button', { name: 'Check now' }).click();
  await card.getByText(/^Reachable/).waitFor();
});

test('an address that the exports do not name can always be set; they wait, and nothing is asked first', async () => {
  setting = await openSetting({ before: 'taken', remembered: { place: 'settings' } });
  const { page, server } = setting;
  const card = page.getByRole('region', { name: 'Server' });
  const port = Number(new URL(server.url).port);
  await card.getByLabel('Address').fill(`http://localhost:${port}`);
  await card.getByRole('button', { name: 'Save' }).click();
  await soon(async () => (await setting.ask('server.get', {})).url).toBe(`http://localhost:${port}`);
  expect(await card.getByRole('alert').count()).toBe(0);
  const { rows } = await setting.ask('batches.list', {});
  // One export names no server.
  expect(rows.map(({ aside }) => aside).sort()).toEqual([null, 'other-server', 'other-server'].sort());
});

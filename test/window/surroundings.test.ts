/** "Check server, clock and devices": what is asked when somebody wants to know, said in sentences. */
import { expect, test } from 'vitest';
import { goTo } from './clerk.ts';
import { settings } from './settings.ts';

const openSetting = settings();

test('server, clock and keyring are told in Settings, and the keyboard stays where it was', async () => {
  const { page } = await openSetting();
  await goTo(page, 'Settings');
  const health = page.getByRole('region', { name: 'Health' });
  const ask = health.getByRole('button', { name: 'Check server, clock and devices' });
  await ask.press('Enter');
  const lines = health.getByRole('list', { name: 'Check server, clock and devices' });
  await lines.getByText('Server: it answers.').waitFor();
  await lines.getByText('Clock: it agrees with the server’s.').waitFor();
  await lines.getByText('Keyring: only the desktop program can save logins.').waitFor();
  expect(await lines.getByRole('listitem').first().textContent()).toMatch(/^Program \S+ on \S+/);
  expect(await lines.locator('strong').count()).toBe(0);
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(
    'Check server, clock and devices',
  );
  if (process.env['PICTURES_DIR'] !== undefined)
    await health.screenshot({ path: `${process.env['PICTURES_DIR']}/surroundings.png` });
});

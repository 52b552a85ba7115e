/** An administrator asks for an encrypted disk: shown, refused while it is not, taken once it is. */
import { expect, test } from 'vitest';
import type { DiskEncryption } from '../../shared/health.ts';
import { goTo, soon } from './clerk.ts';
import { settings } from './settings.ts';

const openSetting = settings();

test('nothing is imported while the disk is not encrypted and an administrator asks for it', async () => {
  let told: DiskEncryption = 'off';
  const setting = await openSetting({ machine: { encryption: async () => told } });
  const { page, ask } = setting;
  await goTo(page, 'Settings');
  const health = page.getByRole('region', { name: 'Health' });
  await health.getByText('Not on, as far as this computer tells.').waitFor();
  const rule = health.getByRole('checkbox', { name: 'Import only while the disk is encrypted' });
  await rule.press('Space');
  await health.getByText('Nothing is imported until it is on.').waitFor();
  // There is nothing that the station could repair.
  expect(await health.getByRole('button', { name: 'Repair' }).count()).toBe(0);
  expect(await rule.isChecked()).toBe(true);
  expect(await ask('health.rules', {})).toEqual({ encryption: 'required' });

  await goTo(page, 'Arrivals');
  await page.getByRole('button', { name: /^Import \d+ exports?$/ }).click();
  await page.getByText('This computer’s disk is not encrypted').first().waitFor();
  const batches = async (): Promise<number> =>
    (await ask('batches.list', { offset: 0, limit: 10 })).rows.length;
  expect(await batches()).toBe(0);

  told = 'on';
  await page.getByRole('button', { name: /^Import \d+ exports?$/ }).click();
  await soon(batches).toBeGreaterThan(0);
  await goTo(page, 'Settings');
  await health.getByText('On', { exact: true }).waitFor();
  await health.getByText('Nothing is imported until it is on.').waitFor({ state: 'detached' });
});

/** "If this computer is lost": read in Settings, and printed alone. */
import { expect, test } from 'vitest';
import { goTo } from './clerk.ts';
import { takeStick } from './setting.ts';
import { settings } from './settings.ts';

const openSetting = settings();

test('the page names whose records lie here and what is to be done, and nothing else is printed', async () => {
  const setting = await openSetting();
  const { page, station, ask } = setting;
  await takeStick(station);
  await goTo(page, 'Settings');
  await page.getByRole('button', { name: 'If this computer is lost' }).press('Enter');
  const paper = page.getByRole('region', { name: 'If this computer is lost' });
  const { people, records } = await ask('lost.get', {});
  expect(people.length).toBeGreaterThan(0);
  for (const { user } of people) await paper.getByText(user).first().waitFor();
  await paper.getByRole('row', { name: `Records ${records}` }).waitFor();
  await paper.getByText('No password is saved on this computer').waitFor();
  await paper.getByText('No phone was read over a cable').waitFor();

  await page.emulateMedia({ media: 'print' });
  expect(await paper.isVisible()).toBe(true);
  expect(await page.locator('#window').isVisible()).toBe(false);
  expect(await page.getByRole('button', { name: 'Print' }).isVisible()).toBe(false);
  await page.emulateMedia({ media: 'screen' });
  await page.keyboard.press('Escape');
  await paper.waitFor({ state: 'detached' });
});

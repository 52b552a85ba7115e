/** Health workers in the window: who should be called, what each number opens, and the list on paper. */
import { expect, test } from 'vitest';
import { openWords } from '../../renderer/i18n.ts';
import { goTo, grid, send, soon } from './clerk.ts';
import { picture, picturesOf } from './look.ts';
import type { Setting } from './setting.ts';
import { settings } from './settings.ts';

const openSetting = settings();
const words = openWords('en').t;
const DAY = 86_400_000;

async function approveNew({ ask }: Setting, user: string): Promise<void> {
  const { rows } = await ask('batches.list', { user });
  await ask('decide.approve', { batch: rows[0]?.batch ?? '', classes: ['new'] });
}

test('the list answers whom to call, and each person what for', async () => {
  let now = Date.UTC(2026, 9, 1, 9);
  const setting = await openSetting({ before: 'compared', clock: () => now });
  const { page, ask } = setting;
  await approveNew(setting, 'chw3');
  await approveNew(setting, 'chw1');
  await send(setting, 'chw3');
  now += 34 * DAY;
  await page.clock.setFixedTime(now);
  await goTo(page, 'Health workers');
  const table = page.getByRole('table', { name: 'Health workers' });
  const names = (): Promise<string[]> => table.locator('tbody [data-opener]').allInnerTexts();
  const { rows } = await ask('workers.list', {});
  await soon(names).toEqual(rows.map(({ name, user }) => name ?? user));
  await page.getByText(`6 of 6 health workers.`).waitFor();
  expect(await table.getByText('34 days ago').count()).toBe(3);
  await picturesOf(setting, 'health workers');

  await page.getByRole('radio', { name: 'Refused' }).click();
  await page.getByText('1 of 6 health workers.').waitFor();
  await page.getByRole('radio', { name: 'All', exact: true }).click();
  await page.getByPlaceholder('Find by name').fill('CHW_SSO');
  await page.getByText('1 of 6 health workers.').waitFor();
  await page.getByPlaceholder('Find by name').fill('');
  await page.getByText('6 of 6 health workers.').waitFor();

  for (const { user, name, records } of rows.filter(({ visits }) => visits > 0)) {
    await table.getByRole('button', { name: name ?? user, exact: true }).click();
    const list = page.getByRole('region', { name: 'Records', exact: true });
    await list.waitFor();
    for (const part of ['undecided', 'toSend', 'held', 'refused', 'accepted'] as const) {
      const word = words(`workers.part.${part}`);
      await list.getByRole('radio', { name: `${word} ${records[part]}`, exact: true }).click();
      if (records[part] === 0) await list.getByText(words('workers.noRecords'), { exact: true }).waitFor();
      else if (records[part] <= 10)
        await soon(() => list.getByRole('table', { name: word }).locator('tbody tr').count()).toBe(
          records[part],
        );
      else await list.getByText(`1–10 of ${records[part]}`).waitFor();
    }
    if (user === 'chw3') {
      await page.getByRole('table', { name: 'Never accepted' }).waitFor();
      await picturesOf(setting, 'health worker');
    }
    await page.getByRole('button', { name: 'All health workers' }).click();
    await table.waitFor();
  }

  // What is to be decided is one press away.
  await table.getByRole('button', { name: rows.find(({ user }) => user === 'chw1')?.name ?? 'chw1' }).click();
  const visits = page.getByRole('table', { name: 'Visits' });
  await visits.getByRole('button', { name: /^Show receipt/ }).click();
  await page.getByRole('dialog').locator('.receipt').waitFor();
  await picturesOf(setting, 'receipt');
  await page.emulateMedia({ media: 'print' });
  await picture(setting, 'receipt printed');
  await page.emulateMedia({ media: 'screen' });
  await page.keyboard.press('Escape');
  await visits.locator('[data-opener]').click();
  await grid(page).waitFor();
  expect(setting.complaints).toEqual([]);
});

test('on paper the list stands alone, with the day', async () => {
  const setting = await openSetting({ before: 'compared' });
  const { page } = setting;
  await goTo(page, 'Health workers');
  await page.getByRole('table', { name: 'Health workers' }).waitFor();
  await page.emulateMedia({ media: 'print' });
  await page.getByText(/^Printed /).waitFor();
  expect(await page.getByRole('table', { name: 'Health workers' }).isVisible()).toBe(true);
  for (const screenOnly of ['.navigation', '.foot', '.place .filters', '.place-head .button'])
    expect(await page.locator(screenOnly).first().isVisible(), screenOnly).toBe(false);
  await picture(setting, 'health workers printed');
  // Anywhere else nothing but a receipt is printed.
  await page.emulateMedia({ media: 'screen' });
  await goTo(page, 'Outbox');
  await page.emulateMedia({ media: 'print' });
  expect(await page.locator('main').isVisible()).toBe(false);
});

/** What the server is confirmed to hold leaves this computer: seen beforehand, and let go. */
import { expect, test } from 'vitest';
import { signInAs } from '../support/uploads.ts';
import { goTo, soon } from './clerk.ts';
import { settings } from './settings.ts';

const openSetting = settings();
const DAY = 86_400_000;

test('an administrator sees what would go, and lets it go', async () => {
  let now = Date.now();
  const { page, ask, station, server } = await openSetting({ before: 'compared', clock: () => now });
  const { rows } = await ask('batches.list', { offset: 0, limit: 10 });
  const own = rows.filter(({ user }) => user === 'chw1');
  for (const { batch } of own) await ask('decide.approve', { batch });
  const { job } = await ask('upload.start', { ...signInAs(server, 'chw1'), deleting: 0 });
  expect(await station.wait(job)).toMatchObject({ kind: 'uploaded' });
  await goTo(page, 'Settings');
  const card = page.getByRole('region', { name: 'How long records stay here' });
  await card.getByText('0 records would go now.').waitFor();
  expect(await card.getByRole('button', { name: 'Clear now' }).count()).toBe(0);

  now += 91 * DAY;
  const { going } = await ask('retention.get', {});
  expect(going.records).toBeGreaterThan(0);
  await goTo(page, 'Review');
  await goTo(page, 'Settings');
  await card.getByText(`${going.records} records would go now.`).waitFor();
  await card.getByRole('button', { name: 'Clear now' }).press('Enter');
  const question = page.getByRole('dialog', { name: 'Clear now' });
  await question.getByText('This cannot be undone. The server keeps the records.').waitFor();
  await question.getByRole('button', { name: 'Clear now' }).press('Enter');
  await card.getByText(`Gone so far: ${going.records} records.`).waitFor();
  await card.getByText('0 records would go now.').waitFor();
  await soon(async () => (await ask('retention.get', {})).gone.records).toBe(going.records);

  await card.getByRole('button', { name: 'Days after the confirmation' }).press('Enter');
  await page.getByRole('option', { name: 'Everything stays' }).press('Enter');
  await soon(async () => (await ask('retention.get', {})).days).toBe(null);
});

test('where this computer’s clock leapt, nothing is cleared, and the card says why', async () => {
  const ahead = { days: 0 };
  const setting = await openSetting({
    before: 'compared',
    machine: { clock: () => Date.now() + ahead.days * DAY },
  });
  const { page, ask, station, server } = setting;
  const { rows } = await ask('batches.list', { offset: 0, limit: 10 });
  for (const { batch } of rows.filter(({ user }) => user === 'chw1')) await ask('decide.approve', { batch });
  const { job } = await ask('upload.start', { ...signInAs(server, 'chw1'), deleting: 0 });
  expect(await station.wait(job)).toMatchObject({ kind: 'uploaded' });
  ahead.days = 400;
  await goTo(page, 'Settings');
  const card = page.getByRole('region', { name: 'How long records stay here' });
  await card.getByRole('button', { name: 'Clear now' }).press('Enter');
  await page
    .getByRole('dialog', { name: 'Clear now' })
    .getByRole('button', { name: 'Clear now' })
    .press('Enter');
  await page.getByText("This computer's clock is not known to be right").waitFor();
  expect((await ask('retention.get', {})).gone.records).toBe(0);
});

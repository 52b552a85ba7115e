/** Backups in the window: chosen, made, told of, kept for each day; and what a restored station says of itself. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ADMIN } from '../support/station.ts';
import { memorySecrets } from '../support/machine.ts';
import { goTo, soon } from './clerk.ts';
import { settings } from './settings.ts';

const openSetting = settings();
const PASSPHRASE = 'green mango tree';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'station-backup-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('an administrator chooses a folder, makes a backup, and has one made after each day', async () => {
  const secrets = memorySecrets();
  const { page, ask } = await openSetting({ machine: { secrets } });
  const foot = page.getByRole('contentinfo');
  await foot.getByText('No backup of this station yet').waitFor();
  await goTo(page, 'Settings');
  const card = page.getByRole('region', { name: 'Backup' });
  await card.getByText('None was chosen').waitFor();
  await card.getByLabel('Path of the folder or stick').fill(join(folder, 'gone'));
  await card.getByRole('button', { name: 'Use this folder' }).click();
  await card.getByText('is not there any more').waitFor();
  await mkdir(join(folder, 'stick'));
  await card.getByLabel('Path of the folder or stick').fill(join(folder, 'stick'));
  await card.getByRole('button', { name: 'Use this folder' }).click();
  await card.getByText('It lies on this computer’s own disk').waitFor();

  const now = card.getByRole('button', { name: 'Back up now' });
  const type = async (first: string, second: string) => {
    await card.getByLabel('Passphrase', { exact: true }).fill(first);
    await card.getByLabel('The same again').fill(second);
  };
  await type(PASSPHRASE, 'green mango treE');
  await now.click();
  await card.getByRole('alert').waitFor();
  await type('short', 'short');
  await now.click();
  await card.getByText('too easy to guess').waitFor();
  await type(PASSPHRASE, PASSPHRASE);
  await now.click();
  await card.getByText(/^Backup written: station-/).waitFor();
  expect(await readdir(join(folder, 'stick'))).toEqual([expect.stringMatching(/^station-.*\.chtbackup$/)]);
  expect(await card.getByLabel('Passphrase', { exact: true }).inputValue()).toBe('');
  await foot.getByText(/^Last backup: /).waitFor();

  await type(PASSPHRASE, PASSPHRASE);
  await card.getByRole('button', { name: 'Make one after each day' }).press('Enter');
  await card.getByRole('button', { name: 'No longer after each day' }).waitFor();
  expect([...secrets.kept.values()]).toEqual([PASSPHRASE]);
  expect(await ask('backup.get', {})).toMatchObject({ daily: true, waits: null });
  await card.getByRole('button', { name: 'No longer after each day' }).click();
  await card.getByLabel('Passphrase', { exact: true }).waitFor();
  await soon(async () => secrets.kept.size).toBe(0);
  expect(await page.content()).not.toContain(PASSPHRASE);
});

test('where no passphrase can be kept, the card says that it only reminds', async () => {
  const { page, ask } = await openSetting();
  await ask('backup.place', { path: folder });
  await goTo(page, 'Settings');
  const card = page.getByRole('region', { name: 'Backup' });
  await card.getByText('the station can only remind').waitFor();
  expect(await card.getByRole('button', { name: 'Make one after each day' }).count()).toBe(0);
});

test('a restored station says who still has to compare, until they have', async () => {
  const setting = await openSetting({
    people: 'set-up',
    before: 'taken',
    restored: '2026-11-01T08:00:00.000Z',
  });
  const { page, ask, station } = setting;
  await page.getByLabel('Your name').fill(ADMIN.name);
  await page.getByLabel('PIN or passphrase').fill(ADMIN.secret);
  await page.keyboard.press('Enter');
  const banner = page.getByText('may be behind').locator('..');
  await banner.getByText(/chw1/).waitFor();
  const end = await station.wait(
    (
      await ask('compare.start', {
        user: 'sup_online',
        password: setting.server.users.find(({ user }) => user === 'sup_online')?.password ?? '',
      })
    ).job,
  );
  expect(end).toMatchObject({ kind: 'compared', hidden: 0 });
  await page.getByText('may be behind').waitFor({ state: 'detached' });
});

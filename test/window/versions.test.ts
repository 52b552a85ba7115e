/** A newer version of the program on a stick, in the window: told of, read, copied, installed after a backup, or refused with its reason. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { UpdateSetup } from '../../electron/station-api.ts';
import { makeKeys, makeUpdate, type TestUpdate } from '../support/updates.ts';
import { goTo, notice, soon } from './clerk.ts';
import { look } from './look.ts';
import { settings } from './settings.ts';

const openSetting = settings();
const PASSPHRASE = 'green mango tree';
const keys = makeKeys();
const update = makeUpdate(keys, {
  changes: {
    en: 'Receipts show the visit.\nSticks are read twice as fast.',
    fr: 'Les reçus montrent la visite.\nLes clés sont lues deux fois plus vite.',
    sw: 'Risiti zinaonyesha ziara.\nFlashi zinasomwa kwa kasi maradufu.',
  },
});

let folder: string;
let installed: Buffer[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'station-versions-'));
  installed = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const updates = (): UpdateSetup => ({
  keys: keys.pem,
  platform: 'linux',
  arch: 'x64',
  kinds: ['deb'],
  install: async (file) => {
    installed.push(await readFile(file));
    return 'installed';
  },
});
const lay =
  (...all: readonly TestUpdate[]) =>
  async (stick: string): Promise<void> => {
    await mkdir(stick, { recursive: true });
    for (const { note, noteName, signed, bytes } of all) {
      await writeFile(join(stick, note.file), bytes);
      await writeFile(join(stick, noteName), signed);
    }
  };

test('an administrator is told of it, reads what changes, copies it, and installs it after a backup', async () => {
  const setting = await openSetting({
    stick: lay(update),
    machine: { updates: updates(), version: '1.1.0' },
  });
  const { page, ask, simulator } = setting;
  await notice(page, 'A newer version of the station is on Practice stick: 1.2.0');
  await look(setting, 'newer-version-notice', 'en');
  await page.getByRole('button', { name: 'Show it' }).click();
  const card = page.getByRole('region', { name: 'Newer versions of the program' });
  await card.getByText('Sticks are read twice as fast.').waitFor();
  await card.getByText('1.1.0').waitFor();
  await card.scrollIntoViewIfNeeded();
  await look(setting, 'newer-version-found', 'en');
  await card.getByRole('button', { name: 'Copy to this computer' }).click();
  await card.getByText('Version 1.2.0 is ready on this computer.').waitFor();
  // Nothing is installed that was not backed up.
  await card.getByText('Choose where backups go first').waitFor();
  expect(await card.getByRole('button', { name: 'Install 1.2.0' }).count()).toBe(0);
  await look(setting, 'newer-version-ready', 'en');
  simulator.unplug('stick');
  await ask('backup.place', { path: folder });

  await card.getByRole('button', { name: 'Install 1.2.0' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('The station is backed up first.').waitFor();
  await look(setting, 'newer-version-install', 'en');
  // Without a passphrase nothing begins.
  await dialog.getByRole('button', { name: 'Install 1.2.0' }).click();
  const type = async (first: string, second: string): Promise<void> => {
    await dialog.getByLabel('Passphrase of the backup').fill(first);
    await dialog.getByLabel('The same again').fill(second);
  };
  await type(PASSPHRASE, 'green mango treE');
  await dialog.getByRole('button', { name: 'Install 1.2.0' }).click();
  await dialog.getByRole('alert').waitFor();
  await type('short', 'short');
  await dialog.getByRole('button', { name: 'Install 1.2.0' }).click();
  await dialog.getByText('too easy to guess').waitFor();
  expect(installed).toEqual([]);
  await type(PASSPHRASE, PASSPHRASE);
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await card.getByText('Version 1.2.0 is installed. Close the station and start it again.').waitFor();
  await look(setting, 'newer-version-installed', 'en');
  expect(installed).toEqual([update.bytes]);
  expect(await card.getByRole('button').count()).toBe(0);
  expect(await readdir(folder)).toEqual([expect.stringMatching(/\.chtbackup$/)]);
  expect(await page.content()).not.toContain(PASSPHRASE);
});

test('what cannot be used says why, in the language of the window, and is not told of', async () => {
  const stranger = makeUpdate(makeKeys(), { version: '9.9.9', file: 'stranger-linux-amd64.deb' });
  const setting = await openSetting({
    stick: lay(stranger, makeUpdate(keys, { version: '1.0.0' })),
    locale: 'fr-SN',
    machine: { updates: updates(), version: '1.1.0' },
  });
  const { page } = setting;
  await goTo(page, 'Réglages');
  const card = page.getByRole('region', { name: 'Nouvelles versions du programme' });
  await card.getByText('Cette version ne vient pas de ceux qui font ce programme').waitFor();
  await card.getByText('n’est pas plus récente').waitFor();
  await card.scrollIntoViewIfNeeded();
  await look(setting, 'newer-version-refused', 'fr');
  expect(await card.getByText('9.9.9').count()).toBe(0);
  expect(await card.getByRole('button').count()).toBe(0);
  expect(await page.getByText('Une nouvelle version de la station est sur').count()).toBe(0);
});

test('a program without a key says that it accepts none', async () => {
  const { page, ask } = await openSetting({ stick: lay(update) });
  await soon(async () => (await ask('sources.list', {})).sources.map(({ state }) => state.kind)).toEqual([
    'empty',
  ]);
  await goTo(page, 'Settings');
  const card = page.getByRole('region', { name: 'Newer versions of the program' });
  await card.getByText('Here none is accepted from a stick.').waitFor();
  expect(await card.getByRole('button').count()).toBe(0);
  expect(await page.getByText('A newer version of the station is on').count()).toBe(0);
});

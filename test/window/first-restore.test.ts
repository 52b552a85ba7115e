/** At the first start of a window, a backup in place of setting up: chosen, its passphrase, stopped, and who signs in then. */
import { copyFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { document, type Json } from '../support/documents.ts';
import { stationDump } from '../support/dumps.ts';
import { ADMIN, openTestStation, type TestStationOptions } from '../support/station.ts';
import { expectFocus, goTo, soon } from './clerk.ts';
import { look, picture } from './look.ts';
import type { Setting } from './setting.ts';
import { settings } from './settings.ts';

const openSetting = settings();
const PASSPHRASE = 'green mango tree of the backup';

let folder: string;
/** Of a station with people and records. */
let backup: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'station-restore-'));
  backup = await backupOf({ carrier: 'browser' }, 'people');
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The backup of a station that imported one record, under this name. */
async function backupOf(options: TestStationOptions, name: string): Promise<string> {
  const old = await openTestStation(options);
  try {
    await old.take(stationDump([person('kept-1')]));
    const { job } = await old.ask('backup.make', { to: folder, passphrase: PASSPHRASE });
    const end = await old.wait(job);
    const path = join(folder, `${name}.chtbackup`);
    await copyFile(join(folder, end.kind === 'backed-up' ? end.name : ''), path);
    return path;
  } finally {
    await old.close();
  }
}

function person(id: string): Json {
  return document(id, { type: 'person', name: `Invented ${id}`, parent: { _id: 'hc1-area-2' } });
}

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor();
const OFFER = 'Restore from a backup…';
const boxOf = (page: Page) => page.getByLabel('Passphrase of the backup');

/** What the station asks of its disk waits until it is let go on: the middle of a restoring. */
function held() {
  let isHeld = false;
  let goOn = (): void => {};
  let passed = Promise.resolve();
  return {
    freeBytes: async () => {
      if (isHeld) await passed;
      return 1e12;
    },
    hold() {
      isHeld = true;
      passed = new Promise((resolve) => (goOn = resolve));
    },
    letGo() {
      isHeld = false;
      goOn();
    },
  };
}

async function expectRestored({ page, ask }: Setting): Promise<void> {
  await heading(page, 'Sign in');
  await expectFocus(page, /Your name/);
  expect(await page.content()).not.toContain(PASSPHRASE);
  await page.keyboard.type(ADMIN.name);
  await page.getByLabel('PIN or passphrase').fill(ADMIN.secret);
  await page.keyboard.press('Enter');
  await heading(page, 'Arrivals');
  await page.getByText('may be behind').waitFor();
  await goTo(page, 'Review');
  expect((await ask('changes.list', { offset: 0, limit: 10 })).rows.map(({ id }) => id)).toEqual(['kept-1']);
}

test('with the keyboard alone: offered, left, chosen, a wrong passphrase, stopped, gone on with after a reload', async () => {
  const middle = held();
  const setting = await openSetting({
    people: 'first',
    plugged: false,
    machine: { freeBytes: middle.freeBytes },
  });
  const { page } = setting;
  await heading(page, 'Language of this station');
  await look(setting, 'restore offered', 'en');
  await page.getByRole('button', { name: OFFER }).press('Enter');
  await heading(page, 'Restore from a backup');
  await expectFocus(page, /Path of the backup/);
  await page.getByRole('button', { name: 'Back' }).press('Enter');
  await heading(page, 'Language of this station');
  await expectFocus(page, OFFER);
  await page.keyboard.press('Enter');

  const letter = join(folder, 'letter.odt');
  await writeFile(letter, 'a letter');
  await expectFocus(page, /Path of the backup/);
  await page.keyboard.type(letter);
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('This file is no backup of a station').waitFor();
  await look(setting, 'restore no backup', 'en');
  await page.getByLabel('Path of the backup').fill(backup);
  await page.keyboard.press('Enter');
  await page.getByText(basename(backup)).waitFor();
  await expectFocus(page, /Passphrase of the backup/);
  // Nothing was typed yet.
  await page.keyboard.press('Enter');
  await expectFocus(page, /Passphrase of the backup/);
  await page.keyboard.type(PASSPHRASE.toUpperCase());
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('The passphrase is not the one of this backup').waitFor();
  await expectFocus(page, /Passphrase of the backup/);
  expect(await boxOf(page).inputValue()).toBe('');
  await look(setting, 'restore wrong passphrase', 'en');

  middle.hold();
  await page.keyboard.type(PASSPHRASE);
  await page.keyboard.press('Enter');
  const bar = page.getByRole('progressbar', { name: 'Restore from a backup' });
  await bar.waitFor();
  await expectFocus(page, 'Restore from a backup');
  await look(setting, 'restore running', 'en');
  await page.reload();
  await bar.waitFor();
  // Whoever sets up meanwhile would be gone with the station that is replaced.
  expect(await page.getByRole('button', { name: 'Next' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Stop' }).press('Enter');
  await page.getByText('Stopping…').waitFor();
  middle.letGo();
  await page.getByRole('status').getByText('Stopped. Nothing was restored.').waitFor();
  await expectFocus(page, /Passphrase of the backup/);
  await look(setting, 'restore stopped', 'en');
  // How it ended is said to whoever opens the window later, too.
  await page.reload();
  await page.getByRole('status').getByText('Stopped. Nothing was restored.').waitFor();
  await expectFocus(page, /Passphrase of the backup/);
  await page.keyboard.type(PASSPHRASE);
  await page.keyboard.press('Enter');
  await expectRestored(setting);
  await picture(setting, 'restore done');
});

test('with the dialog of the system: nothing chosen, a cut one, one that is gone, and in French', async () => {
  let chosen: string | null = null;
  const setting = await openSetting({
    people: 'first',
    plugged: false,
    machine: { choose: async (what) => (what === 'file' ? chosen : null) },
  });
  const { page } = setting;
  await page.getByRole('radio', { name: 'Français' }).click();
  await page.getByRole('button', { name: 'Restaurer à partir d’une sauvegarde…' }).click();
  await heading(page, 'Restaurer à partir d’une sauvegarde');
  await look(setting, 'restore choose', 'fr');
  await page.getByRole('button', { name: 'Choisir la sauvegarde' }).click();
  await page.getByRole('button', { name: 'Choisir la sauvegarde' }).click({ trial: true });
  chosen = join(folder, 'cut.chtbackup');
  await copyFile(backup, chosen);
  await truncate(chosen, 5000);
  await page.getByRole('button', { name: 'Choisir la sauvegarde' }).click();
  await page.getByText('cut.chtbackup').waitFor();
  const box = page.getByLabel('Phrase secrète de la sauvegarde');
  await box.fill(PASSPHRASE);
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('n’est pas entière').waitFor();
  await page.setViewportSize({ width: 1024, height: 768 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await look(setting, 'restore cut', 'fr dark');

  const other = page.getByRole('button', { name: 'Autre sauvegarde' });
  chosen = join(folder, 'pulled.chtbackup');
  await copyFile(backup, chosen);
  await other.click();
  await page.getByText('pulled.chtbackup').waitFor();
  // What was said was said of the other one.
  expect(await page.getByRole('alert').count()).toBe(0);
  await rm(chosen);
  await box.fill(PASSPHRASE);
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('n’est plus là').waitFor();
  await copyFile(backup, chosen);
  await box.fill(PASSPHRASE);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: /Sign in|identifi/i }).waitFor();
  await soon(async () => (await setting.ask('desk.get', {})).state).toBe('signed-out');
});

test('a station without people comes back, and its first administrator is set up in it', async () => {
  const without = await backupOf({ carrier: 'terminal' }, 'nobody');
  const setting = await openSetting({ people: 'first', plugged: false });
  const { page, ask } = setting;
  await page.getByRole('button', { name: OFFER }).click();
  await page.getByLabel('Path of the backup').fill(without);
  await page.keyboard.press('Enter');
  await boxOf(page).fill(PASSPHRASE);
  await page.keyboard.press('Enter');
  await page.getByRole('status').getByText('Nobody was set up in that station yet').waitFor();
  await look(setting, 'restore without people', 'en');
  expect(await page.getByRole('button', { name: OFFER }).count()).toBe(0);
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByLabel('Name of the station').fill('Mbale');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByLabel('Your name').fill(ADMIN.name);
  for (const label of ['Passphrase', 'The same again']) await page.getByLabel(label).fill(ADMIN.secret);
  await page.keyboard.press('Enter');
  await heading(page, 'The server');
  expect((await ask('changes.list', { offset: 0, limit: 10 })).rows.map(({ id }) => id)).toEqual(['kept-1']);
});

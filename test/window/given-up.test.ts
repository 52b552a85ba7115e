/** A file whose reading ended the program twice: read again or dismissed, where it came in and on the page of health. */
import { writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { report } from '../support/documents.ts';
import { docsDump } from '../support/dumps.ts';
import { goTo, soon } from './clerk.ts';
import { takeStick, type Setting } from './setting.ts';
import { settings } from './settings.ts';

const FAILING = new URL('../station/import/failing-worker.ts', import.meta.url);
const NAMES = ['deadly.json', 'deadly-for-now.json'] as const;

const openSetting = settings();
let setting: Setting;

const waiting = async (): Promise<string[]> =>
  (await setting.ask('health.get', {})).copies.givenUp.map(({ name }) => name).toSorted();
const health = () => setting.page.getByRole('region', { name: 'Health' });
/** What is told of one of them on the page of health, with its two buttons. */
const told = (name: string) =>
  health()
    .locator('div')
    .filter({ hasText: `“${name}” ended the program twice` });

test('is told in Settings and in Arrivals until it is read or dismissed', async () => {
  setting = await openSetting({
    machine: { replicaWorker: FAILING },
    stick: async (folder) => {
      for (const name of NAMES) await writeFile(join(folder, name), docsDump([report(`r ${name}`)]));
    },
  });
  const { page, station } = setting;
  await takeStick(station);
  expect(await waiting()).toEqual(NAMES.toSorted());

  await goTo(page, 'Settings');
  for (const name of NAMES) await told(name).first().waitFor();
  // It ends the reading program again, and stays told.
  const ended = () =>
    station.log.filter((line) => line.includes('the reading worker died over a dump')).length;
  const before = ended();
  await told('deadly.json').getByRole('button', { name: 'Read again' }).click();
  await soon(ended).toBe(before + 2);
  await soon(waiting).toEqual(NAMES.toSorted());
  await told('deadly.json').getByRole('button', { name: 'Dismiss' }).click();
  await told('deadly.json').waitFor({ state: 'detached' });
  expect(await waiting()).toEqual(['deadly-for-now.json']);

  writeFileSync(join(station.dataDir, 'mended'), '');
  await goTo(page, 'Arrivals');
  const row = page.locator('.today-row').filter({ hasText: 'deadly-for-now.json' });
  await row.getByRole('button', { name: 'Read again' }).click();
  await row.getByText('1 new').waitFor();
  expect(await row.getByRole('button', { name: 'Read again' }).count()).toBe(0);
  await goTo(page, 'Settings');
  await soon(waiting).toEqual([]);
  await health().getByText('ended the program twice').waitFor({ state: 'detached' });
});

/** What exports say of themselves before they are imported, and one press for all of them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { report } from '../support/documents.ts';
import { androidDump, docsDump, stationDump } from '../support/dumps.ts';
import { soon } from './clerk.ts';
import type { Setting } from './setting.ts';
import { settings } from './settings.ts';

const openSetting = settings();
let setting: Setting;

const pictures = process.env['PICTURES_DIR'];
async function picture(name: string): Promise<void> {
  if (pictures !== undefined)
    await setting.page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

/** Reports of about one size. */
const reports = (of: string, count: number) =>
  Array.from({ length: count }, (_, n) =>
    report(`${of}-${n}`, { note: 'Weighed, and all is well. '.repeat(20) }),
  );

/** Every kind of thing that can be said. */
async function fill(folder: string): Promise<void> {
  const put = (name: string, bytes: Uint8Array) => writeFile(join(folder, name), bytes);
  const whole = stationDump(reports('a', 5000), { user: 'chw1', server: 'https://cht.example.org' });
  await put('1-whole.chtdump', whole);
  await put('2-cut.chtdump', whole.subarray(0, 1_500_000));
  await put('3-list.json', docsDump(reports('b', 1200)));
  await put('chw2_20260102T0304.txt', androidDump(reports('c', 14)));
  await put('5-look-alike.chtdump', stationDump(reports('d', 1), { user: 'сhw1', device: '<b>x</b>\u202e' }));
}

const rowsOf = () => setting.page.locator('.dump-list > li');
const saidOf = (name: string) => rowsOf().filter({ hasText: name }).locator('.dump-says').innerText();

test('before the import: whose, from where, made when, about how many; and nothing that is not there', async () => {
  setting = await openSetting({ stick: fill, locale: 'en-GB' });
  const { page } = setting;
  await page.getByRole('button', { name: 'Import 5 exports' }).waitFor();
  expect(await saidOf('1-whole')).toBe(
    'Says it is of chw1 · device device-1 · for cht.example.org · exported 2 Jan 2026, 06:04 · says it has 5,000 records',
  );
  expect(await saidOf('2-cut')).toMatch(
    /^Says it is of chw1 · .* · may not be complete: its end is missing$/,
  );
  expect(await saidOf('3-list')).toMatch(/^Does not say whose it is · about 1,[12]00 records$/);
  expect(await saidOf('chw2_')).toMatch(/^The file’s name says chw2 · exported .* · 14 records$/);
  // A name that passes for another one is not said at all.
  expect(await saidOf('5-look-alike')).toBe(
    'Does not say whose it is · device <b>x</b> · exported 2 Jan 2026, 06:04 · 1 record',
  );
  await picture('glimpse-en');
  await page.setViewportSize({ width: 1024, height: 768 });
  await picture('glimpse-1024');
});

test.each(['fr', 'sw'])('in %s', async (locale) => {
  setting = await openSetting({ stick: fill, locale });
  await soon(() => rowsOf().locator('.dump-says').count()).toBe(5);
  const said = await rowsOf().locator('.dump-says').allInnerTexts();
  expect(said.join(' ')).not.toMatch(/record|export of|may not/);
  expect(said[0]).toContain(locale === 'fr' ? 'Dit être de chw1' : 'Inasema ni ya chw1');
  await picture(`glimpse-${locale}`);
});

test('what was imported is said by what came of it, no more by what it says', async () => {
  setting = await openSetting();
  const { page } = setting;
  await page.getByText(/^Says it is of chw1$/).waitFor();
  await page.getByRole('button', { name: 'Import 3 exports' }).click();
  await page.getByText('Everything was imported.').waitFor();
  await page.getByRole('button', { name: '3 exports', exact: true }).click();
  await soon(() => rowsOf().getByText('imported', { exact: true }).count()).toBe(3);
  expect(await page.locator('.dump-says').count()).toBe(0);
});

test('one press imports all that is not here yet, of every card, and leaves what was left out', async () => {
  setting = await openSetting();
  const { page, ask, simulator } = setting;
  await page.getByText(/^Says it is of chw1$/).waitFor();
  // With one card its own button is enough.
  expect(await page.getByRole('button', { name: /^Import all/ }).count()).toBe(0);
  await page.getByText(/chw3.*chtdump/).click();
  await page.getByRole('button', { name: 'Import 2 exports' }).waitFor();
  const files = simulator.filesOf('other');
  await writeFile(join(files, 'loose.txt'), androidDump(reports('e', 3)));
  await writeFile(join(files, 'chw9.chtdump'), stationDump(reports('f', 2), { user: 'chw9' }));
  simulator.plug('other', { kind: 'stick', as: 'system', name: 'Other stick', uuid: 'other' });
  const other = page.getByRole('region', { name: 'Other stick' });
  await other.getByRole('button', { name: 'Import 2 exports' }).waitFor();
  await picture('import-all');
  await page.getByRole('button', { name: 'Import all 4 exports' }).click();
  await soon(async () => {
    const { sources } = await ask('sources.list', {});
    return sources.flatMap(({ dumps }) => dumps.filter(({ taken }) => !taken).map(({ name }) => name));
  }).toEqual([expect.stringContaining('chw3')]);
  await other.getByRole('button', { name: 'Import again' }).waitFor();
  const first = page.getByRole('region', { name: 'Practice stick' });
  await first.getByRole('button', { name: 'Import 1 export', exact: true }).waitFor();
  await soon(() => page.getByRole('button', { name: /^Import all/ }).count()).toBe(0);
  await picture('import-all-done');
});

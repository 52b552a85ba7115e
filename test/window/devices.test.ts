/** Sticks and phones on the screen, plugged in and pulled out as a person does it, on simulated ports. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { ErrorCode } from '../../shared/errors.ts';
import { sentenceOf } from '../../shared/words/index.ts';
import { report } from '../support/documents.ts';
import { sealedBundle, stationDump } from '../support/dumps.ts';
import { phone, stick } from '../sources/simulator.ts';
import { expectFocus, goTo, notice, soon, tabTo } from './clerk.ts';
import { faultsOf } from './faults.ts';
import { PRACTICE_STICK, type Setting } from './setting.ts';
import { settings } from './settings.ts';

const openSetting = settings();
let setting: Setting;

const PICTURES = fileURLToPath(new URL('pictures', import.meta.url));

/** A picture for people, where somebody wants pictures. */
async function picture(name: string): Promise<void> {
  if (process.env['UPDATE_PICTURES'] !== '1') return;
  await mkdir(PICTURES, { recursive: true });
  await setting.page.screenshot({ path: join(PICTURES, `${name}.png`) });
}

const card = (name: string) => setting.page.getByRole('region', { name });
const bigDump = () =>
  stationDump(
    Array.from({ length: 300 }, (_, n) => report(`big-${n}`, { note: randomBytes(15_000).toString('hex') })),
  );

test('a stick is plugged in, taken, made safe and pulled out', async () => {
  setting = await openSetting({ plugged: false });
  const { page, simulator } = setting;
  await page.getByText('Nothing is plugged in').waitFor();
  await page.getByText('some carry power only').waitFor();
  await picture('plug-nothing');
  simulator.plug('stick', { ...PRACTICE_STICK, kind: 'stick', as: 'station' });
  await card('Practice stick').getByRole('button', { name: 'Import 3 exports' }).click();
  await card('Practice stick').getByRole('button', { name: 'Review now' }).waitFor();
  await picture('plug-taken');
  await card('Practice stick').getByRole('button', { name: 'Eject' }).click();
  await notice(page, 'You can unplug Practice stick now.');
  await card('Practice stick').getByText('You can unplug it now.').waitFor();
  expect(simulator.isMounted('stick')).toBe(false);
  await picture('plug-safe');
  simulator.unplug('stick');
  await page.getByText('Nothing is plugged in').waitFor();
  expect(await faultsOf(page)).toEqual([]);
});

test('with the keyboard alone: take, then unplug', async () => {
  setting = await openSetting();
  const { page, simulator } = setting;
  await card('Practice stick').waitFor();
  await tabTo(page, /^Import 3 exports$/);
  await page.keyboard.press('Enter');
  await card('Practice stick').getByRole('button', { name: 'Review now' }).waitFor();
  await tabTo(page, /^Eject$/);
  await expectFocus(page, 'Eject');
  await page.keyboard.press('Enter');
  await card('Practice stick').getByText('You can unplug it now.').waitFor();
  expect(simulator.isMounted('stick')).toBe(false);
});

test('a stick that another program uses is not called safe; the program is named', async () => {
  setting = await openSetting({ plugged: false });
  const { page, simulator } = setting;
  simulator.plug('stick', { ...PRACTICE_STICK, kind: 'stick', as: 'system', heldBy: 'Writer' });
  await card('Practice stick').getByRole('button', { name: 'Eject' }).click();
  await notice(page, 'Do not unplug it yet.');
  await page.getByText('In use by Writer.').waitFor();
  expect(await page.getByText('You can unplug').count()).toBe(0);
  await card('Practice stick').getByRole('button', { name: 'Import 3 exports' }).waitFor();
});

test('pulled out in the middle: what is safe is said, and the rest comes by itself', async () => {
  setting = await openSetting({
    plugged: false,
    stick: async (folder) => writeFileSync(join(folder, 'big.chtdump'), bigDump()),
  });
  const { simulator } = setting;
  simulator.plug('stick', { ...PRACTICE_STICK, standsStillFrom: 5_000_000 });
  await card('Practice stick').getByRole('button', { name: 'Import 1 export' }).click();
  await card('Practice stick')
    .getByText(/^Copying · [48]\S* MB of/)
    .waitFor();
  simulator.unplug('stick');
  const rest = card('Unplugged before the end');
  await rest.getByText(/^[48]\S* MB of 9\S* MB are safe here$/).waitFor();
  await card('Practice stick').waitFor({ state: 'hidden' });
  await picture('plug-pulled-out');
  simulator.plug('stick', PRACTICE_STICK);
  await card('Practice stick').getByText('300 new').waitFor();
  await rest.waitFor({ state: 'hidden' });
});

const STATES: readonly (readonly [ErrorCode, boolean])[] = [
  ['phone-charging-only', false],
  ['phone-photos-only', true],
  ['phone-locked', true],
  ['phone-allow', true],
  ['device-busy', true],
  ['no-permission', false],
  ['phone-not-able', true],
];

test('each thing that keeps a phone from being read is said in words, and goes by itself when it is over', async () => {
  setting = await openSetting({ plugged: false });
  const { page, simulator } = setting;
  for (const [code, whenOpened] of STATES) {
    simulator.plug('phone', phone({ trouble: { code, whenOpened, by: 'Photos' } }));
    const { sentence, action } = sentenceOf(code);
    await card('Tecno Pop').getByText(sentence).waitFor();
    await card('Tecno Pop').getByText(action).waitFor();
    if (code === 'device-busy') await card('Tecno Pop').getByText('In use by Photos.').waitFor();
    if (code === 'phone-allow') await picture('plug-phone-allow');
    simulator.unplug('phone');
    await page.getByText('Nothing is plugged in').waitFor();
  }
  mkdirSync(join(simulator.filesOf('phone'), 'Phone', 'Download'), { recursive: true });
  writeFileSync(
    join(simulator.filesOf('phone'), 'Phone', 'Download', 'a.chtdump'),
    stationDump([report('r1')]),
  );
  simulator.plug('phone', phone({ trouble: { code: 'phone-locked', whenOpened: true } }));
  await card('Tecno Pop').getByText('The phone is locked.').waitFor();
  simulator.change('phone', phone());
  await card('Tecno Pop').getByRole('button', { name: 'Import 1 export' }).waitFor();
});

test('every stick has a card with its reason; the only phone is open, sticks are not', async () => {
  setting = await openSetting();
  const { simulator, page } = setting;
  simulator.plug('locked', stick({ as: 'locked', name: 'Locked', uuid: '1' }));
  simulator.plug('empty', stick({ name: 'Empty', uuid: '2' }));
  simulator.plug('broken', stick({ as: 'unreadable', name: 'Broken', uuid: '3' }));
  mkdirSync(join(simulator.filesOf('phone'), 'Phone', 'Download'), { recursive: true });
  writeFileSync(
    join(simulator.filesOf('phone'), 'Phone', 'Download', 'a.chtdump'),
    stationDump([report('r1')]),
  );
  simulator.plug('phone', phone());
  await card('Locked').getByText('The stick is encrypted and still locked.').waitFor();
  await card('Empty').getByText('No export was found on it.').waitFor();
  await card('Broken').getByText('This computer cannot read the stick').waitFor();
  const isOpen = (name: string) =>
    card(name)
      .getByRole('button', { name: /^\d+ exports?$/ })
      .getAttribute('aria-expanded');
  await soon(() => isOpen('Tecno Pop')).toBe('true');
  expect(await isOpen('Practice stick')).toBe('false');
  await picture('plug-many');
  // A dump is put on the empty one.
  writeFileSync(join(simulator.filesOf('empty'), 'late.chtdump'), stationDump([report('late')]));
  await card('Empty').getByRole('button', { name: 'Search again' }).click();
  await card('Empty').getByRole('button', { name: 'Import 1 export' }).waitFor();
  expect(await faultsOf(page)).toEqual([]);
});

test('the administrator turns taking by itself on: plugged in is enough', async () => {
  setting = await openSetting({ plugged: false });
  const { page, simulator } = setting;
  await goTo(page, 'Settings');
  await page.getByText('Import automatically what is plugged in').click();
  await soon(async () => (await setting.ask('intake.settings', {})).auto).toBe(true);
  await picture('plug-settings');
  await goTo(page, 'Arrivals');
  simulator.plug('stick', PRACTICE_STICK);
  await card('Practice stick')
    .getByText(/\d+ new/)
    .waitFor();
  await soon(() => page.locator('.today-row').count()).toBe(3);
  const { rows } = await setting.ask('ledger.list', {});
  expect(rows.map(({ what }) => what)).toContain('auto-import-on');
});

test('a sealed bundle shows its sender, its number and its size, offered and taken', async () => {
  const { sealed, envelope } = sealedBundle({ user: 'chw7', device: 'phone-7', number: 12 });
  setting = await openSetting({
    stick: async (folder) => {
      writeFileSync(join(folder, 'x.bundle'), sealed);
      writeFileSync(join(folder, 'x.json'), envelope);
    },
  });
  const { page } = setting;
  await card('Practice stick').getByText('Sealed bundle no. 12 · chw7').waitFor();
  await card('Practice stick').getByRole('button', { name: 'Import 1 export' }).click();
  await card('Practice stick').getByText('1 sealed bundle stored').waitFor();
  const row = page.locator('.today-row');
  await row.getByText('chw7').waitFor();
  await row.getByText(/Sealed bundle no\. 12, \d+ byte/).waitFor();
  await picture('plug-bundle');
});

test('in French nothing is left in English', async () => {
  setting = await openSetting({ plugged: false, locale: 'fr-FR' });
  const { page, simulator } = setting;
  await page.getByText('Rien n’est branché').waitFor();
  simulator.plug('phone', phone({ trouble: { code: 'phone-charging-only', whenOpened: true } }));
  simulator.plug('stick', PRACTICE_STICK);
  await card('Tecno Pop').getByText('Le téléphone ne fait que charger.').waitFor();
  await card('Practice stick').getByRole('button', { name: 'Éjecter' }).waitFor();
  await picture('plug-french');
  expect(await faultsOf(page)).toEqual([]);
});

test('the device process ends: the window says so, and the cards come back', async () => {
  setting = await openSetting({ ownProcess: true });
  const { page, simulator } = setting;
  await card('Practice stick').waitFor();
  simulator.failNext({ operation: 'drives', error: 'ends' });
  simulator.plug('other', stick({ name: 'Other', uuid: 'o' }));
  await page.getByText('The part of the station that watches sticks and phones has stopped.').waitFor();
  await card('Practice stick').waitFor();
  await card('Other').waitFor();
  await page.getByText('The part of the station that watches').waitFor({ state: 'hidden' });
});

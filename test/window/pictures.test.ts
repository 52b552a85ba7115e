/**
 * Pictures of every place, for people to look at: `test/window/pictures/` (not kept in the repository) and
 * `docs/review.png`. They are made again only when one is missing or UPDATE_PICTURES=1 is set, always with the
 * same records, at the same time of the same day.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from './browser.ts';
import { passwordOf } from './clerk.ts';
import { compareAs, openSetting, takeStick, type Setting } from './setting.ts';

const FOLDER = fileURLToPath(new URL('pictures', import.meta.url));
const REVIEW = fileURLToPath(new URL('../../docs/review.png', import.meta.url));
const PLACES = [
  'arrivals',
  'taken',
  'batches',
  'sign-in',
  'batch',
  'review',
  'photo',
  'conflict',
  'outbox',
  'sent',
  'receipt',
  'settings',
  'keys',
] as const;
type Picture = (typeof PLACES)[number];
/** Dark and in French it is enough to see what differs most. */
const LOOKS: readonly { name: string; locale: string; places: readonly Picture[] }[] = [
  { name: 'light', locale: 'en-GB', places: PLACES },
  {
    name: 'dark',
    locale: 'fr-FR',
    places: ['taken', 'batches', 'batch', 'review', 'conflict', 'sent', 'settings'],
  },
];
const fileOf = (place: Picture, look: string) => join(FOLDER, `${place}-${look}.png`);
const wanted =
  process.env['UPDATE_PICTURES'] === '1' ||
  [REVIEW, ...LOOKS.flatMap(({ name, places }) => places.map((place) => fileOf(place, name)))].some(
    (file) => !existsSync(file),
  );

const MORNING = Date.UTC(2026, 10, 23, 6, 30);
const MINUTE = 60_000;

describe.runIf(wanted)('pictures', () => {
  let browser: Browser;
  beforeAll(async () => {
    await mkdir(FOLDER, { recursive: true });
    browser = await startBrowser();
  });
  afterAll(() => browser.close());

  test.each(LOOKS)('$name', async ({ name: look, locale, places }) => {
    let now = MORNING;
    const setting = await openSetting(browser, { clock: () => now, locale, remembered: { look } });
    const later = async (minutes: number) => {
      now += minutes * MINUTE;
      await setting.page.clock.setFixedTime(now);
    };
    try {
      await makePictures(setting, later, async (place) => {
        if (!places.includes(place)) return;
        await setting.page.mouse.move(0, 0);
        const picture = await settledPicture(setting.page);
        await writeFile(fileOf(place, look), picture);
        if (place === 'review' && look === 'light') await writeFile(REVIEW, picture);
      });
      expect(setting.complaints).toEqual([]);
    } finally {
      await setting.close();
    }
  });
});

/** A picture of the page once it changes no more: what the station told last is gathered, asked for and drawn. */
async function settledPicture(page: Page): Promise<Buffer> {
  let before: Buffer = Buffer.alloc(0);
  let now: Buffer = await page.screenshot();
  for (let same = 0; same < 3; same = now.equals(before) ? same + 1 : 0) {
    // Longer than events are gathered for, by the page's own clock; the pictures decide whether that was enough.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 150)));
    [before, now] = [now, await page.screenshot()];
  }
  return now;
}

async function makePictures(
  setting: Setting,
  later: (minutes: number) => Promise<void>,
  shoot: (picture: Picture) => Promise<void>,
): Promise<void> {
  const { page, station, server, stick } = setting;
  const { keyboard } = page;
  for (const file of await readdir(stick)) await utimes(join(stick, file), MORNING / 1000, MORNING / 1000);
  await page.reload();
  await page.locator('.dump-list').waitFor();
  await shoot('arrivals');

  await takeStick(station);
  await shoot('taken');
  await later(35);
  await keyboard.press('2');
  await page.locator('.compare .button').click();
  await page.getByRole('dialog').getByRole('button', { name: 'sup_online' }).click();
  await shoot('sign-in');
  await keyboard.press('Escape');
  await compareAs(station, server, 'sup_online');
  await later(12);
  await page.reload();
  await shoot('batches');

  await page.locator('[data-opener]').filter({ hasText: 'chw1' }).click();
  await page.locator('[data-changes] tbody tr').nth(2).waitFor();
  await shoot('batch');
  await page.locator('[data-changes] tbody tr').nth(2).click();
  await page.locator('.panel .fields-table').waitFor();
  await shoot('review');
  await page.locator('.filters input').first().fill('wound');
  await page.locator('[data-changes] tbody tr').filter({ hasText: 'Wound photo' }).first().click();
  await page.locator('.picture img').waitFor();
  await shoot('photo');
  await keyboard.press('Escape');
  await page.locator('.decide-bar .button-main').click();
  await keyboard.press('3');
  await page.locator('.opener').first().click();
  await page.locator('.leaves input').first().check();
  await shoot('conflict');
  await keyboard.press('4');
  await shoot('outbox');
  await later(20);
  await page.locator('.place-head .button-main').click();
  await page.getByRole('dialog').getByRole('button', { name: 'chw1', exact: true }).click();
  expect(await page.locator('input[name=station-password]').inputValue()).toBe(passwordOf(setting, 'chw1'));
  await keyboard.press('Enter');
  await page.locator('.result-line').waitFor();
  await shoot('sent');
  await page.locator('.receipt-row .button').last().click();
  await page.locator('.receipt').waitFor();
  await shoot('receipt');
  await keyboard.press('Escape');
  await keyboard.press('6');
  await shoot('settings');
  await keyboard.press('?');
  await shoot('keys');
}

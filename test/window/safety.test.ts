/**
 * What must hold on every place: nothing breaks the page's policy, nothing from a dump runs or disguises
 * itself, everything has a name and enough contrast, nothing scrolls sideways, in English and in French.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page, WebSocketRoute } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { DUMPED } from '../../electron/practice/dumps.ts';
import { PLACES } from '../../renderer/hooks/preferences.ts';
import { inBox, soon } from './clerk.ts';
import { faultsOf } from './faults.ts';
import type { Setting } from './setting.ts';
import { settings } from './settings.ts';

const openSetting = settings();
let setting: Setting;

const KEYS = PLACES.map((_, at) => String(at + 1));

/** Every place, an open batch with an open change, an open conflict, and the dialogs. */
async function walk(page: Page, look: (where: string) => Promise<void>): Promise<void> {
  for (const key of KEYS) {
    await page.keyboard.press(key);
    await page.waitForLoadState('networkidle');
    await look(`place ${key}`);
  }
  await page.keyboard.press('2');
  await page.locator('[data-opener]').last().click();
  await page.locator('[data-changes] tbody tr').nth(2).click();
  await page.locator('.panel .fields-table').waitFor();
  await look('a change');
  await page.locator('.panel-decisions').getByRole('button').nth(1).click();
  await page.getByRole('dialog').waitFor();
  await look('the hold dialog');
  await page.keyboard.press('Escape');
  await page.keyboard.press('3');
  await page.locator('.opener').first().click();
  await page.locator('.leaves').waitFor();
  await look('a conflict');
  await page.keyboard.press('4');
  await page.locator('.receipt-row button').first().click();
  await page.locator('.receipt').waitFor();
  await look('the receipt');
}

describe.each([
  ['en-GB', 'light'],
  ['fr-FR', 'dark'],
] as const)('in %s, %s', (locale, look) => {
  test('every place keeps to the rules', async () => {
    setting = await openSetting({ before: 'compared', locale, remembered: { look } });
    const { page } = setting;
    expect(await page.evaluate(() => document.documentElement.lang)).toBe(locale.slice(0, 2));
    const faults: string[] = [];
    await walk(page, async (where) => {
      for (const fault of await faultsOf(page)) faults.push(`${where}: ${fault}`);
    });
    expect([...faults, ...setting.complaints]).toEqual([]);
    // The page's policy is really in force: a script that somebody slips in does not run.
    const ran = await page.evaluate(() => {
      const script = document.createElement('div');
      try {
        script.innerHTML = '<img src=x onerror="window.ran = true">';
      } catch {
        return 'refused';
      }
      return 'taken';
    });
    expect(ran).toBe('refused');
    // The page complained about that, as it should.
    expect(setting.complaints.splice(0).join()).toMatch(/TrustedHTML|require-trusted-types-for/);
  });
});

test('what a dump says is text: it neither runs, nor loads, nor turns the line around', async () => {
  const evil = '<img src=https://evil.example/x.png onerror=alert(1)><script>alert(2)</script>\u202egnp.exe';
  setting = await openSetting({
    stick: (folder) =>
      writeFile(
        join(folder, 'evil.ndjson'),
        [
          {
            _id: 'org.couchdb.user:<b>chw9</b>',
            _rev: '1-967a00dff5e02add41819138abb3284d',
            type: 'user-settings',
            name: '<b>chw9</b>',
          },
          {
            _id: evil,
            _rev: '1-967a00dff5e02add41819138abb3285d',
            type: 'person',
            name: evil,
            [evil]: { [evil]: evil, toString: 'own', constructor: [evil] },
            long: 'w'.repeat(5_000),
          },
        ]
          .map((doc) => JSON.stringify(doc))
          .join('\n'),
      ),
    before: 'taken',
    remembered: { place: 'review', showBatches: 'all' },
  });
  const { page } = setting;
  await page.locator('[data-opener]').first().click();
  await page.locator('[data-changes] tbody tr').filter({ hasText: '<img' }).click();
  const panel = page.getByRole('complementary');
  await panel.getByRole('heading').filter({ hasText: 'onerror=alert(1)' }).waitFor();
  await panel.getByRole('button', { name: 'The whole record (JSON)' }).click();
  await panel.locator('pre').getByText('onerror').waitFor();
  expect(await page.locator('main img, main script').count()).toBe(0);
  expect(
    await page.locator('h1, h2, .cut').evaluateAll((all) => all.map((one) => one.textContent).join()),
  ).not.toContain('\u202e');
  expect((await faultsOf(page)).filter((fault) => fault.startsWith('scrolls'))).toEqual([]);
});

test('the station goes away: a banner says so; it comes back: the window asks again by itself', async () => {
  let there = true;
  let line: WebSocketRoute | undefined;
  setting = await openSetting({
    before: 'taken',
    between: (page) =>
      page.routeWebSocket('**/ws', async (socket) => {
        if (!there) {
          await socket.close();
          return;
        }
        socket.connectToServer();
        line = socket;
      }),
  });
  const { page, ask } = setting;
  const lost = page.getByRole('alert').getByText('The connection to the station is lost.');
  await soon(() => page.locator('.today-row').count()).toBe(3);
  const again = page.getByRole('button', { name: 'Import again' });
  await again.waitFor();
  there = false;
  await line?.close();
  await lost.waitFor();
  // What was on the screen is still there to read; what is pressed now says that nobody knows if it was done.
  expect(await page.locator('.today-row').count()).toBe(3);
  await again.click();
  await page.getByText('Check whether it worked before you try again.').waitFor();
  // Meanwhile the work goes on in the station, without this window.
  const [batch] = (await ask('batches.list', { user: 'chw3' })).rows;
  await ask('decide.hold', { batch: batch?.batch ?? '', ids: [DUMPED.chw3.outOfArea], reason: 'Wrong area' });
  there = true;
  await lost.waitFor({ state: 'hidden' });
  await page.keyboard.press('4');
  await soon(() => inBox(page, 'Held')).toBe(1);
});

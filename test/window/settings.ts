/** What every file of tests in the window does alike: one browser, and a setting for each test. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { startBrowser } from './browser.ts';
import { openSetting, type Setting, type SettingOptions } from './setting.ts';

/**
 * Call it once, at the top of a file. Answers what opens the setting of a test; it is closed after the test, in which the
 * page did nothing that it should not.
 */
export function settings(): (options?: SettingOptions) => Promise<Setting> {
  let browser: Browser;
  let setting: Setting;
  beforeAll(async () => void (browser = await startBrowser()));
  afterAll(() => browser.close());
  afterEach(async () => {
    expect(setting.complaints).toEqual([]);
    await setting.close();
  });
  return async (options) => (setting = await openSetting(browser, options));
}

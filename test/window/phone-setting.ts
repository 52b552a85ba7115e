/** The window beside a phone without internet: a rig and a page of its own for each test, and nothing complained of. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { serveWindow, type ServedWindow } from '../../electron/browser/server.ts';
import { openPhoneRig, type PhoneRig } from '../phone/rig/phone-rig.ts';
import { startBrowser } from './browser.ts';
import { listenFor } from './complaints.ts';
import { RENDERER } from './setting.ts';

export interface PhoneSetting {
  readonly rig: PhoneRig;
  readonly page: Page;
}

/** To be called once in a file; answers what the running test has. */
export function phoneSettings(): () => PhoneSetting {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());

  let rig: PhoneRig;
  let served: ServedWindow;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];
  beforeEach(async () => {
    rig = await openPhoneRig({
      ownInternet: true,
      sync: { watchMs: 200, idleMs: 1_000, quietMs: 600_000 },
    });
    served = await serveWindow({ station: rig.station.station, rendererDir: RENDERER });
    context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: 'en-GB' });
    page = await context.newPage();
    complaints = await listenFor(page, served.url);
    await page.goto(served.url);
  });
  afterEach(async () => {
    await context.close();
    await served.close();
    await rig.close();
    expect(complaints).toEqual([]);
  });
  return () => ({ rig, page });
}

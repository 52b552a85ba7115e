/** Looks at what is open: nothing cut off, nothing over something else, nothing without a name or contrast. */
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Language } from '../../shared/languages.ts';
import { soon } from './clerk.ts';
import { faultsOf } from './faults.ts';
import { misfitsOf } from './layout.ts';
import type { Setting } from './setting.ts';

/** Where the pictures go; without it none are made. */
export const PICTURES = process.env['PICTURES_DIR'];
const SMALL = { width: 1024, height: 768 } as const;
const LARGE = { width: 1440, height: 900 } as const;
/** The longest words where there is the least room, and the shortest where there is the most; all four with LAYOUT_ALL=1. */
const LOOKS = (['fr', 'en'] as const satisfies readonly Language[]).flatMap((language) =>
  [SMALL, LARGE]
    .filter((size) => process.env['LAYOUT_ALL'] === '1' || (size === SMALL) === (language === 'fr'))
    .map((size) => ({ language, size })),
);
/** Where a test goes on from. */
const USUAL = { width: 1366, height: 768 } as const;

/** Looks at what is open now, in LOOKS, and comes back to English. */
export async function lookAt(setting: Setting, name: string): Promise<void> {
  const { page, ask } = setting;
  await page.mouse.move(0, 0);
  for (const { language, size } of LOOKS) {
    await ask('settings.set', { language });
    await page.waitForFunction((lang) => document.documentElement.lang === lang, language);
    await page.setViewportSize(size);
    await look(setting, name, `${language}-${size.width}`);
  }
  await page.setViewportSize(USUAL);
  await ask('settings.set', { language: 'en' });
  await page.waitForFunction(() => document.documentElement.lang === 'en');
}

/** Looks at what is open as it is now. */
export async function look(setting: Setting, name: string, how: string): Promise<void> {
  await expectNoFaults(setting, `${name}, ${how}`);
  await picture(setting, `${name}-${how}`);
}

/** Pictures of what is open now, where pictures are wanted: as usual, in the dark, in French on a small screen. */
export async function picturesOf(setting: Setting, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  const { page, ask } = setting;
  await picture(setting, name);
  await page.emulateMedia({ colorScheme: 'dark' });
  await picture(setting, `${name} dark`);
  await page.emulateMedia({ colorScheme: 'light' });
  await ask('settings.set', { language: 'fr' });
  await page.waitForFunction(() => document.documentElement.lang === 'fr');
  await page.setViewportSize(SMALL);
  await picture(setting, `${name} fr 1024`);
  await page.setViewportSize(USUAL);
  await ask('settings.set', { language: 'en' });
  await page.waitForFunction(() => document.documentElement.lang === 'en');
}

/** A picture of what is on the screen, where pictures are wanted. */
export async function picture({ page }: Setting, name: string): Promise<void> {
  if (PICTURES !== undefined)
    await page.screenshot({ path: join(PICTURES, `${name}.png`.replaceAll(' ', '-')) });
}

async function expectNoFaults(setting: Setting, where: string): Promise<void> {
  let faults = await faultsNow(setting);
  // What is gone at a later look was on its way; what stays is said below, with all the others.
  await soon(async () => {
    const again = faults.length > 0 ? new Set(await faultsNow(setting)) : new Set();
    faults = faults.filter((fault) => again.has(fault));
    return faults;
  })
    .toEqual([])
    .catch(() => undefined);
  expect.soft(faults, where).toEqual([]);
}

async function faultsNow({ page }: Setting): Promise<string[]> {
  await page.evaluate(
    () => new Promise((done) => void requestAnimationFrame(() => void requestAnimationFrame(done))),
  );
  return [...(await misfitsOf(page)), ...(await faultsOf(page))];
}

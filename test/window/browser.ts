/**
 * A real Chromium, started once for each test file: `CHROMIUM_PATH` if it is set, the one that comes with
 * `@sparticuz/chromium` (Linux x64), otherwise the installed Chrome.
 */
import { chromium as driver, type Browser, type BrowserContext } from 'playwright-core';

/**
 * Instead of the arguments that the packed browser recommends: those take its web security away, which is what
 * is tested here, and draw with a graphics card made of software, which costs four times the processor.
 */
const PLAIN = ['--disable-gpu', '--font-render-hinting=none'];
/** The superuser of a container, and the packed browser, have no sandbox to start in. */
const UNBOXED = '--no-sandbox';

export async function startBrowser(): Promise<Browser> {
  return driver.launch(await browserOptions());
}

/** The same browser with a profile of its own, whose data outlives a page. `more` are arguments. */
export async function startProfile(folder: string, more: readonly string[]): Promise<BrowserContext> {
  const { args, ...options } = await browserOptions();
  return driver.launchPersistentContext(folder, { ...options, args: [...args, ...more] });
}

async function browserOptions(): Promise<{ args: string[]; executablePath?: string; channel?: string }> {
  const args = process.getuid?.() === 0 ? [...PLAIN, UNBOXED] : PLAIN;
  const chosen = process.env['CHROMIUM_PATH'];
  if (chosen !== undefined && chosen !== '') return { executablePath: chosen, args };
  if (process.platform !== 'linux' || process.arch !== 'x64') return { channel: 'chrome', args };
  const { default: packed } = await import('@sparticuz/chromium');
  return { executablePath: await packed.executablePath(), args: [...PLAIN, UNBOXED] };
}

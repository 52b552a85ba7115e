/**
 * A real Chromium, started once for each test file: `CHROMIUM_PATH` if it is set, the one that comes with
 * `@sparticuz/chromium` (Linux x64), otherwise the installed Chrome.
 */
import { chromium as driver, type Browser } from 'playwright-core';

/**
 * Instead of the arguments that the packed browser recommends: those take its web security away, which is what
 * is tested here, and draw with a graphics card made of software, which costs four times the processor.
 */
const PLAIN = ['--disable-gpu', '--font-render-hinting=none'];
/** The superuser of a container, and the packed browser, have no sandbox to start in. */
const UNBOXED = '--no-sandbox';

export async function startBrowser(): Promise<Browser> {
  const args = process.getuid?.() === 0 ? [...PLAIN, UNBOXED] : PLAIN;
  const chosen = process.env['CHROMIUM_PATH'];
  if (chosen !== undefined && chosen !== '') return driver.launch({ executablePath: chosen, args });
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return driver.launch({ channel: 'chrome', args });
  const { default: packed } = await import('@sparticuz/chromium');
  return driver.launch({ executablePath: await packed.executablePath(), args: [...PLAIN, UNBOXED] });
}

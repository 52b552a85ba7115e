/**
 * A real Chromium, started once for each test file: `CHROMIUM_PATH` if it is set, the one that comes with
 * `@sparticuz/chromium` (Linux x64), otherwise the installed Chrome.
 */
import { chromium as driver, type Browser } from 'playwright-core';

/** With these the browser dies together with its first closed context. */
const UNWANTED = new Set(['--single-process', '--no-zygote']);

export async function startBrowser(): Promise<Browser> {
  const chosen = process.env['CHROMIUM_PATH'];
  if (chosen !== undefined && chosen !== '') return driver.launch({ executablePath: chosen });
  if (process.platform !== 'linux' || process.arch !== 'x64') return driver.launch({ channel: 'chrome' });
  const { default: packed } = await import('@sparticuz/chromium');
  return driver.launch({
    executablePath: await packed.executablePath(),
    args: packed.args.filter((argument) => !UNWANTED.has(argument)),
    headless: true,
  });
}

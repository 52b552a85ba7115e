/** The one test in a real Electron. Everything else about the desktop program is tested with stand-ins. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron } from 'playwright-core';
import { expect, test } from 'vitest';
import { findElectron } from '../../build/start.mjs';

const ROOT = join(import.meta.dirname, '../..');
const env = Object.fromEntries(
  Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
);
const program = findElectron(ROOT, env, process.platform);
const hasScreen = process.platform !== 'linux' || Boolean(env['DISPLAY'] ?? env['WAYLAND_DISPLAY']);
if (program === null || !hasScreen) {
  console.warn('Skipped: Electron’s program or a screen is not here, so nothing ran in a real Electron.');
}

test.skipIf(program === null || !hasScreen)(
  'in a real Electron the window is drawn, sealed off, and reaches the station (needs Electron’s program and a screen)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'station-smoke-'));
    const electron = await _electron.launch({
      executablePath: program ?? '',
      args: [ROOT, `--user-data-dir=${folder}`],
      env: { ...env, STATION_DATA: join(folder, 'data') },
    });
    try {
      const window = await electron.firstWindow();
      await window.waitForSelector('#window > *');
      expect(window.url()).toBe('app://station/');
      const seen = await window.evaluate<unknown>(
        `(async () => ({
          exposed: Object.keys(window.station).sort(),
          node: typeof require + typeof process,
          desk: (await window.station.ask('desk.get', {})).value.state,
          refused: await fetch('https://example.org/').then(() => false, () => true),
        }))()`,
      );
      expect(seen).toEqual({
        exposed: ['ask', 'on'],
        node: 'undefinedundefined',
        desk: 'first',
        refused: true,
      });
    } finally {
      await electron.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

/**
 * Clocks of computers without a battery jump by hours and years. What is waited for is measured by `shared/timers.ts`, which
 * never jumps; the time of day is only written down, and only here is it asked for.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
/** The practice server stands for another computer, which has its own. */
const PROGRAM = ['electron', 'renderer', 'shared'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name).replaceAll('\\', '/'))
    .filter((name) => /\.tsx?$/.test(name) && !name.startsWith('electron/practice')),
);
const ASKS = /\bDate\.now\b|\bnew Date\(\)/;

test('the time of day is asked for in these places only', () => {
  expect(PROGRAM.length).toBeGreaterThan(300);
  const asking = PROGRAM.filter((name) => ASKS.test(readFileSync(join(ROOT, name), 'utf8')));
  expect(asking.toSorted()).toEqual([
    // Written beside an import that failed before the station knew of it.
    'electron/cli/arriving.ts',
    // When a station was restored, before there is one that has a clock.
    'electron/cli/backup.ts',
    // The log.
    'electron/main.ts',
    // The station's own clock, which everything else is given.
    'electron/station.ts',
    // How long ago something was, in words.
    'renderer/hooks/use-format.ts',
    // Where today began.
    'renderer/screens/arrivals/today.tsx',
    // Written into what was read of a phone: what its clock says.
    'shared/web-view/facts.ts',
  ]);
});

/** No test depends on how quick the machine is: none waits for a time to pass, and none asserts how long something took. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const TESTS = join(import.meta.dirname, '..');
/** How such a thing is written. What waits for something that comes looks again and again: `soon`, `eventually`. */
const BY_THE_CLOCK = [
  /\bwaitForTimeout\s*\(/,
  /\bawait\s+(?:wait|sleep|delay|pause)\s*\(\s*[\d_]+\s*\)/,
  /\bexpect\s*\([^;\n]*\b(?:performance|Date)\.now\s*\(\)\s*-/,
];
const isByTheClock = (line: string): boolean => BY_THE_CLOCK.some((one) => one.test(line));

test('a wait is known when it is seen', () => {
  expect(
    [
      'await page.waitForTimeout(500);',
      'await wait(1_000);',
      'expect(performance.now() - begun).toBeLessThan(5);',
      'await station.wait(job);',
      'await wait(below(120));',
      'await timers.pass(1000);',
    ].map(isByTheClock),
  ).toEqual([true, true, true, false, false, false]);
});

test('no test waits for a time to pass', () => {
  const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter(
    (name) => /\.test\.tsx?$/.test(name) && !name.endsWith('waits.test.ts'),
  );
  expect(files.length).toBeGreaterThan(150);
  const waits = files.flatMap((name) =>
    readFileSync(join(TESTS, name), 'utf8')
      .split('\n')
      .flatMap((line, at) => (isByTheClock(line) ? [`${name}:${at + 1} ${line.trim()}`] : [])),
  );
  expect(waits).toEqual([]);
});

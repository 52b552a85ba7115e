import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLog } from '../../electron/host/log-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'station-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const clock = () => Date.UTC(2026, 10, 22, 5, 0);
const read = (name: string) => readFileSync(join(folder, 'logs', name), 'utf8');

test('one line an event, with its time', () => {
  const log = openLog(join(folder, 'logs'), clock);
  log('started');
  log('two\nlines');
  expect(read('station.log')).toBe(
    '2026-11-22T05:00:00.000Z started\n2026-11-22T05:00:00.000Z two | lines\n',
  );
});

test('never grows past its size, and keeps what came last', () => {
  const log = openLog(join(folder, 'logs'), clock, 1000);
  for (let line = 0; line < 200; line += 1) log(`line ${line}`);
  expect(statSync(join(folder, 'logs', 'station.log')).size).toBeLessThanOrEqual(1000);
  expect(statSync(join(folder, 'logs', 'station.1.log')).size).toBeLessThanOrEqual(1000);
  expect(read('station.log')).toContain('line 199\n');
});

test('a file that cannot be put aside loses no line, and is put aside later', () => {
  // What stands there is not taken away by a rename, as what somebody reads is not on Windows.
  mkdirSync(join(folder, 'logs/station.1.log/held'), { recursive: true });
  const log = openLog(join(folder, 'logs'), clock, 1000);
  for (let line = 0; line < 50; line += 1) log(`line ${line}.`);
  for (let line = 0; line < 50; line += 1) expect(read('station.log')).toContain(`line ${line}.`);
  rmSync(join(folder, 'logs/station.1.log'), { recursive: true });
  for (let line = 50; line < 70; line += 1) log(`line ${line}.`);
  expect(read('station.1.log')).toContain('line 0.');
  expect(read('station.log')).toContain('line 69.');
  expect(statSync(join(folder, 'logs', 'station.log')).size).toBeLessThanOrEqual(1000);
});

test('goes on in the file of the last time, and counts what is there', () => {
  openLog(join(folder, 'logs'), clock, 100)('x'.repeat(60));
  openLog(join(folder, 'logs'), clock, 100)('after');
  expect(read('station.1.log')).toContain('xxx');
  expect(read('station.log')).toContain('after');
});

test('one line is not longer than a screen full', () => {
  openLog(join(folder, 'logs'), clock)('x'.repeat(1_000_000));
  expect(read('station.log').length).toBeLessThan(2_100);
});

test('a log that cannot be written is no failure', () => {
  const log = openLog(join(folder, 'logs'), clock);
  rmSync(folder, { recursive: true });
  expect(() => log('into nothing')).not.toThrow();
  expect(existsSync(folder)).toBe(false);
});

/** What passes in small parts is not held, though it is memory that V8 lets come together. */
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { passed } from '../../../electron/sources/live/collecting.ts';

const PART = 256 * 1024;

/** The most that is held above what was held before, while 128 MB pass. */
function most(tell: (bytes: number) => void): number {
  const before = process.memoryUsage().arrayBuffers;
  let above = 0;
  for (let part = 0; part < 512; part += 1) {
    tell(Buffer.allocUnsafeSlow(PART).byteLength);
    above = Math.max(above, process.memoryUsage().arrayBuffers - before);
  }
  return above;
}

test('of 128 MB that pass in parts a few are held at a time', () => {
  expect(most(passed)).toBeLessThan(8 * 1024 * 1024);
  // Else it would be no merit.
  expect(most(() => {})).toBeGreaterThan(16 * 1024 * 1024);
});

test('nothing else can collect', () => {
  most(passed);
  expect('gc' in globalThis).toBe(false);
  expect(runInNewContext('typeof gc')).toBe('undefined');
});

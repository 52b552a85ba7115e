/**
 * Many records and photos: what it costs the phone. A quick size; `npm run bench:phone -- 10000 500` measures the
 * one that is promised.
 */
import { expect, test } from 'vitest';
import { measureVolume, QUICK_VOLUME } from './rig/volume.ts';

const MB = 1_000_000;

test('memory stays small, the app is never blocked, three pulled cables cost at most a page each', async () => {
  const measured = await measureVolume(QUICK_VOLUME);
  const { records, photos } = measured;
  expect(records).toBe(QUICK_VOLUME.documents + measured.before);
  expect(photos).toBe(QUICK_VOLUME.photos);
  expect(measured.heapBytes).toBeLessThan(100 * MB);
  expect(measured.processBytes ?? 0).toBeLessThan(100 * MB);
  expect(measured.longestBlockMs).toBeLessThan(200);
  expect(measured.bytesTwice).toBeLessThan(3 * measured.pageBytes);
}, 300_000);

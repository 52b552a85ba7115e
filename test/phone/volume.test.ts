/**
 * Many records and photos. Memory, and how long the app is kept waiting, are measured by the rig on a quiet
 * computer: `npm run rig:phone -- 10000 500`.
 */
import { expect, test } from 'vitest';
import { measureVolume, QUICK_VOLUME } from './rig/volume.ts';

test('they all come, and three pulled cables cost at most a page each', async () => {
  const measured = await measureVolume(QUICK_VOLUME);
  const { records, photos } = measured;
  expect(records).toBe(QUICK_VOLUME.documents + measured.before);
  expect(photos).toBe(QUICK_VOLUME.photos);
  expect(measured.bytesTwice).toBeLessThan(3 * measured.pageBytes);
});

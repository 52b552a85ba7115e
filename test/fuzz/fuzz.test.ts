import { expect, it } from 'vitest';
import { fuzzOnce } from './check.ts';

it('damaged dumps of every format are read as far as they can be, and what is wrong is told', async () => {
  // Always the same seeds, so that a failure is the code's. Others: `node test/fuzz/run.ts --seed N`.
  const words = [];
  for (let seed = 1; seed <= 600; seed += 1) words.push(await fuzzOnce(seed));
  expect(new Set(words.map((word) => word.split(':')[0])).size).toBeGreaterThan(8);
});

import { expect, it } from 'vitest';
import { fuzzOnce } from './check.ts';

it('damaged dumps of every format are read as far as they can be, and what is wrong is told', async () => {
  // Always the same seeds, so that a failure is the code's. Others: `node test/fuzz/run.ts --seed N`.
  const words = [];
  const until = performance.now() + 5000;
  for (let seed = 1; seed <= 1500 && performance.now() < until; seed += 1) words.push(await fuzzOnce(seed));
  expect(words.length).toBeGreaterThan(50);
  expect(new Set(words.map((word) => word.split(':')[0])).size).toBeGreaterThan(8);
}, 30_000);

/**
 * Long runs: `node test/fuzz/run.ts --runs 100000 --seed 1`. Run N uses the seed S + N, so a failure is
 * repeated by `--runs 1 --seed <that>`.
 */
import { parseArgs } from 'node:util';
import { fuzzOnce } from './check.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
});
const runs = Number(values.runs);
const seed = Number(values.seed);
let failed = 0;
for (let run = 0; run < runs; run += 1) {
  try {
    const words = await fuzzOnce(seed + run);
    if (runs <= 20) console.log(`seed ${seed + run}: ${words}`);
  } catch (error) {
    failed += 1;
    console.error(`seed ${seed + run}:`, error);
    if (failed >= 10) break;
  }
  if (run % 10_000 === 9_999)
    console.log(`${run + 1} runs, ${Math.round(process.memoryUsage.rss() / 1e6)} MB`);
}
console.log(`${runs - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

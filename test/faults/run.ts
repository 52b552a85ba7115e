/**
 * Plays fault scripts: `node test/faults/run.ts --scripts N --seed S`. Prints what did not hold and the closing
 * line `N passed, M failed`. A few worlds are used one after the other, so that none grows too full.
 */
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { makeScript } from './script.ts';
import { FaultWorld } from './world.ts';

const SCRIPTS_A_WORLD = 25;
/** Most of the time of a script is waiting, so a few worlds are played side by side. */
const LANES = 3;

export interface Outcome {
  readonly passed: number;
  /** What was wrong, by the seed of the script. */
  readonly failed: ReadonlyMap<number, readonly string[]>;
}

/** Plays the scripts of the seeds `from` up to, not including, `from + scripts`. */
export async function playScripts(
  scripts: number,
  from: number,
  onPlayed: () => void = () => {},
): Promise<Outcome> {
  const failed = new Map<number, readonly string[]>();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < scripts) {
      const begin = next;
      next += SCRIPTS_A_WORLD;
      const world = await FaultWorld.open();
      try {
        for (let at = begin; at < Math.min(scripts, begin + SCRIPTS_A_WORLD); at += 1) {
          const wrong = await world.play(makeScript(from + at));
          onPlayed();
          if (wrong.length > 0) failed.set(from + at, wrong);
        }
      } finally {
        await world.close();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(LANES, scripts) }, lane));
  return { passed: scripts - failed.size, failed };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { scripts: { type: 'string', default: '500' }, seed: { type: 'string', default: '1' } },
  });
  const [scripts, seed] = [Number(values.scripts), Number(values.seed)];
  if (!Number.isInteger(scripts) || scripts < 1 || !Number.isInteger(seed))
    throw new Error('--scripts and --seed take numbers');
  let played = 0;
  const { passed, failed } = await playScripts(scripts, seed, () => {
    played += 1;
    if (played % 10 === 0) console.error(`${played} of ${scripts} played`);
  });
  for (const [one, wrong] of failed) console.log(`script ${one}:\n  ${wrong.join('\n  ')}`);
  console.log(`${passed} passed, ${failed.size} failed`);
  process.exitCode = failed.size === 0 ? 0 : 1;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();

/**
 * Damages stations: `node test/faults/run-damage.ts --seeds N --seed S`. Prints what did not hold and the closing line
 * `N passed, M failed`.
 */
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { makeDamage } from './damage-script.ts';
import { DamageWorld } from './damage-world.ts';

/** What was wrong, by seed, of the seeds `from` up to, not including, `from + seeds`. */
export async function damageStations(
  seeds: number,
  from: number,
  onPlayed: () => void = () => {},
): Promise<ReadonlyMap<number, readonly string[]>> {
  const failed = new Map<number, readonly string[]>();
  const world = await DamageWorld.open();
  try {
    for (let seed = from; seed < from + seeds; seed += 1) {
      const script = makeDamage(seed);
      const wrong = await world.play(script);
      if (wrong.length > 0)
        failed.set(seed, [
          [
            ...(script.killed ? ['killed'] : []),
            ...script.troubles,
            ...script.steps,
            ...script.restarts,
          ].join(', '),
          ...wrong,
        ]);
      onPlayed();
    }
  } finally {
    world.close();
  }
  return failed;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { seeds: { type: 'string', default: '500' }, seed: { type: 'string', default: '1' } },
  });
  const [seeds, seed] = [Number(values.seeds), Number(values.seed)];
  if (!Number.isInteger(seeds) || seeds < 1 || !Number.isInteger(seed))
    throw new Error('--seeds and --seed take numbers');
  let played = 0;
  const failed = await damageStations(seeds, seed, () => {
    played += 1;
    if (played % 10 === 0) console.error(`${played} of ${seeds} played`);
  });
  for (const [one, wrong] of failed) console.log(`seed ${one}:\n  ${wrong.slice(0, 6).join('\n  ')}`);
  console.log(`${seeds - failed.size} passed, ${failed.size} failed`);
  process.exitCode = failed.size === 0 ? 0 : 1;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();

/**
 * Damages stations: `node test/faults/run-damage.ts --seeds N --seed S`. Prints what did not hold and the closing line
 * `N passed, M failed`.
 */
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { makeDamage } from './damage-script.ts';
import { DamageWorld } from './damage-world.ts';

export interface Damaged {
  /** What was wrong, by seed. */
  readonly failed: ReadonlyMap<number, readonly string[]>;
  /** The seeds of which damage ended the station, which was whole after its next start. */
  readonly aborted: readonly number[];
}

/** Plays the seeds `from` up to, not including, `from + seeds`. */
export async function damageStations(
  seeds: number,
  from: number,
  onPlayed: () => void = () => {},
): Promise<Damaged> {
  const failed = new Map<number, readonly string[]>();
  const aborted: number[] = [];
  const world = await DamageWorld.open();
  try {
    for (let seed = from; seed < from + seeds; seed += 1) {
      const { killed, troubles, steps, restarts } = makeDamage(seed);
      const { wrong, hasAborted } = await world.play(seed);
      if (wrong.length > 0)
        failed.set(seed, [
          [...(killed ? ['killed'] : []), ...troubles, ...steps, ...restarts].join(', '),
          ...wrong,
        ]);
      else if (hasAborted) aborted.push(seed);
      onPlayed();
    }
  } finally {
    world.close();
  }
  return { failed, aborted };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { seeds: { type: 'string', default: '500' }, seed: { type: 'string', default: '1' } },
  });
  const [seeds, seed] = [Number(values.seeds), Number(values.seed)];
  if (!Number.isInteger(seeds) || seeds < 1 || !Number.isInteger(seed))
    throw new Error('--seeds and --seed take numbers');
  let played = 0;
  const { failed, aborted } = await damageStations(seeds, seed, () => {
    played += 1;
    if (played % 10 === 0) console.error(`${played} of ${seeds} played`);
  });
  for (const [one, wrong] of failed) console.log(`seed ${one}:\n  ${wrong.slice(0, 6).join('\n  ')}`);
  for (const one of aborted) console.log(`seed ${one}: ended by the damage, whole after the next start`);
  console.log(`${seeds - failed.size} passed, ${failed.size} failed`);
  process.exitCode = failed.size === 0 ? 0 : 1;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();

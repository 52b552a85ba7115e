/**
 * Twenty devices that are plugged in, pulled out and broken at random, with taking by itself turned on. In the
 * end every dump is here once, whatever happened on the way. Always the same seed, so that a failure is the code's;
 * `DEVICE_SEED=random` takes another, and says which, `DEVICE_STEPS` makes it longer.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault, SimulatedDevice } from '../../../electron/sources/simulated/simulator.ts';
import { random } from '../../fuzz/random.ts';
import { phone, stick, TestSimulator } from '../../sources/simulator.ts';
import { report } from '../../support/documents.ts';
import { stationDump } from '../../support/dumps.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';
import { HANGS_MS, soon } from '../../support/soon.ts';

const STEPS = Number(process.env['DEVICE_STEPS'] ?? 240);
const { DEVICE_SEED = '1' } = process.env;
const SEED = DEVICE_SEED === 'random' ? Date.now() % 1_000_000 : Number(DEVICE_SEED);
/** A process that ends every second is another test. */
const MOST_ENDS = STEPS / 80;
const DEVICES = 20;

let simulator: TestSimulator;
let station: TestStation;
beforeEach(async () => {
  simulator = new TestSimulator();
  station = await openTestStation({ simulator, ownProcess: true });
  await station.ask('intake.configure', { auto: true });
});
afterEach(async () => {
  await station.close();
  simulator.remove();
});

const FAULTS: readonly Fault[] = [
  { operation: 'mount', error: 'stick-not-opened' },
  { operation: 'unmount', error: 'eject-in-use', detail: 'Writer' },
  { operation: 'powerOff', error: 'eject-failed' },
  { operation: 'list', error: 'not-readable' },
  { operation: 'open', error: 'source-gone' },
  { operation: 'read', error: 'source-gone' },
  { operation: 'read', error: 'device-stuck' },
  { operation: 'stat', error: 'source-gone' },
  { operation: 'openPhone', error: 'phone-locked' },
  { operation: 'openPhone', error: 'device-busy', detail: 'Photos' },
  { operation: 'drives', error: 'device-stuck' },
  { operation: 'phones', error: 'devices-blind' },
  { operation: 'read', error: 'ends' },
];

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const list = () => station.ask('sources.list', {});
const dumpsHere = () =>
  readdirSync(join(station.dataDir, 'dumps')).flatMap((name) =>
    name.endsWith('.dump') ? [name.slice(0, 64)] : [],
  );

/** Files that a process has open under a folder. */
function openUnder(pid: string, folder: string): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/${pid}/fd/${fd}`);
      return target.startsWith(folder) ? [target] : [];
    } catch {
      return [];
    }
  });
}

function children(): string[] {
  return readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8')
      .split(' ')
      .filter((pid) => pid !== ''),
  );
}

describe('twenty devices at random', () => {
  it(
    `no dump is lost, none doubled, no card stays, nothing stays open (${STEPS} steps, seed ${SEED})`,
    { timeout: HANGS_MS * 4 + STEPS * 5000 },
    async () => {
      const { pick, int } = random(SEED);
      const below = (count: number): number => int(0, count - 1);
      /** Every dump that was ever put on a device, and every record in them. */
      const put = new Map<string, string>();
      const records = new Set<string>();
      const names = Array.from({ length: DEVICES }, (_, n) => `d${String(n).padStart(2, '0')}`);
      const isStick = (name: string) => Number(name.slice(1)) % 4 !== 3;
      let made = 0;

      const deviceOf = (name: string): SimulatedDevice =>
        isStick(name)
          ? stick({ name, uuid: name, as: pick(['system', 'station'] as const), slow: pick([0, 0, 5, 30]) })
          : phone({
              name,
              serial: name,
              ways: pick([['mtp'], ['mtp', 'adb']] as const),
              slow: pick([0, 10]),
            });
      const addDump = (name: string): void => {
        made += 1;
        // Some records are on many devices, some dumps need several reads.
        const own = [`own-${made}-a`, `own-${made}-b`, `shared-${below(5)}`];
        const padding = below(6) === 0 ? 'x'.repeat(3_000_000) : '';
        const bytes = stationDump(own.map((id) => report(id, id.startsWith('own') ? { padding } : {})));
        for (const id of own) records.add(id);
        simulator.put(name, `${isStick(name) ? '' : 'Phone/Download/'}dump-${made}.json`, bytes);
        put.set(hashOf(bytes), `${name} dump-${made}`);
      };
      for (const name of names) addDump(name);

      /** After a quiet moment there is a card for each device that is plugged in, and for no other. */
      const compareCards = async (): Promise<void> => {
        simulator.forgetFaults();
        const plugged = () => names.filter((name) => simulator.isPlugged(name));
        await soon(async () => (await list()).sources.map(({ name }) => name).sort()).toEqual(plugged());
      };

      let ends = 0;
      for (let steps = 1; steps <= STEPS; steps += 1) {
        const name = pick(names);
        const what = below(20);
        if (what < 9) {
          if (simulator.isPlugged(name)) simulator.unplug(name);
          else simulator.plug(name, deviceOf(name));
        } else if (what < 12) {
          // Pulled out and in again within the blink of an eye.
          simulator.unplug(name);
          simulator.plug(name, deviceOf(name));
        } else if (what < 14) {
          // Put on it before it is plugged in: a health worker's phone exports, then comes.
          if (!simulator.isPlugged(name) && made < DEVICES * 6) addDump(name);
        } else if (what < 17) {
          const fault = pick(FAULTS);
          if (fault.error !== 'ends') simulator.failNext(fault);
          else if (ends < MOST_ENDS) {
            ends += 1;
            simulator.failNext(fault);
          }
        } else if (what < 19) {
          const { sources } = await list();
          const source = sources.length === 0 ? undefined : pick(sources);
          if (source !== undefined) void station.station.ask('sources.eject', { source: source.source });
        } else await station.station.ask('sources.look', {});
        await wait(below(120));
        if (steps % 100 === 0) await compareCards();
      }

      await compareCards();
      for (const name of names) {
        simulator.unplug(name);
        simulator.plug(name, isStick(name) ? stick({ name, uuid: name }) : phone({ name, serial: name }));
      }
      const isQuiet = async (): Promise<string[]> => {
        const missing = [...put].flatMap(([hash, where]) => (dumpsHere().includes(hash) ? [] : [where]));
        const { jobs } = await station.ask('jobs.list', {});
        const { partialCopies } = await list();
        return [
          ...missing,
          ...jobs.flatMap((job) => (job.end === null ? ['a job runs'] : [])),
          ...partialCopies.map(({ file }) => `partial copy: ${file}`),
        ];
      };
      await soon(isQuiet).toEqual([]);

      // No lost dump, no doubled batch, no doubled record.
      expect(dumpsHere().sort()).toEqual([...put.keys()].sort());
      const { rows, total } = await station.ask('batches.list', { limit: 1000 });
      const ofDump = rows.map(({ dump }) => dump);
      expect(new Set(ofDump).size).toBe(ofDump.length);
      expect(total).toBeLessThanOrEqual(put.size);
      const ids: string[] = [];
      for (let offset = 0; ; offset += 1000) {
        const page = await station.ask('changes.list', { sort: 'id', offset, limit: 1000 });
        ids.push(...page.rows.map(({ id }) => id));
        if (page.rows.length < 1000) break;
      }
      expect(ids.sort()).toEqual([...records].sort());
      expect((await station.ask('station.status', {})).unfinished).toBe(0);

      for (const name of names) simulator.unplug(name);
      await compareCards();
      expect(readdirSync(join(station.dataDir, 'parts'))).toEqual([]);
      expect(readdirSync(join(station.dataDir, 'incoming'))).toEqual([]);
      if (process.platform === 'linux') {
        const left = () => [
          ...children().flatMap((pid) => openUnder(pid, simulator.folder)),
          ...openUnder('self', join(station.dataDir, 'dumps')),
          ...openUnder('self', join(station.dataDir, 'parts')),
        ];
        await soon(left).toEqual([]);
      }
      console.log(
        `${STEPS} steps, ${put.size} dumps, ${ids.length} records, the device process ended ${ends} times`,
      );
    },
  );
});

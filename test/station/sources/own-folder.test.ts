/** The data folder lies on a disk that may be a source: what the station keeps there is never offered, nor taken again. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { stick, TestSimulator } from '../../sources/simulator.ts';
import { report } from '../../support/documents.ts';
import { docsDump } from '../../support/dumps.ts';
import { soon } from '../../support/soon.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

let simulator: TestSimulator;
let station: TestStation | undefined;
beforeEach(() => {
  simulator = new TestSimulator();
});
afterEach(async () => {
  await station?.close();
  simulator.remove();
});

const dumpOf = (id: string): Buffer => docsDump([report(id)]);

it.each([
  ['in a folder of it', 'station'],
  ['at its top', '.'],
])('%s', async (_, folder) => {
  const at = await openTestStation({ simulator, dataDir: join(simulator.filesOf('disk'), folder) });
  station = at;
  expect(await at.take(dumpOf('own-1'), 'amina.json')).toMatchObject({ outcome: 'taken' });
  expect(readdirSync(join(at.dataDir, 'dumps')).filter((name) => name.endsWith('.dump'))).toHaveLength(1);
  if (folder !== '.') simulator.put('disk', 'brought.json', dumpOf('brought-1'));
  await at.ask('intake.configure', { auto: true });
  simulator.plug('disk', stick());

  const card = async () => (await at.ask('sources.list', {})).sources[0];
  const expected = folder === '.' ? [] : ['brought.json'];
  await soon(async () => (await card())?.state.kind).toBe(expected.length === 0 ? 'empty' : 'ready');
  const dumps = async (): Promise<number> => (await at.ask('station.status', {})).dumps;
  await soon(dumps).toBe(1 + expected.length);
  for (let look = 0; look < 3; look += 1) {
    await at.ask('sources.look', { source: (await card())?.source ?? '' });
    await at.station.settled();
    expect((await card())?.dumps.map(({ name }) => name)).toEqual(expected);
    expect((await card())?.unusable).toEqual([]);
  }
  // Every intake was of what somebody brought.
  const { jobs } = await at.ask('jobs.list', {});
  expect(jobs.filter(({ kind }) => kind === 'intake').map(({ source }) => source !== undefined)).toHaveLength(
    1 + expected.length,
  );
  expect(await dumps()).toBe(1 + expected.length);
});

/** What a dump says of itself, as the list of sources has it before anything is imported. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import { LookedFiles } from '../../../electron/station/sources/looked-files.ts';
import { phone, stick, TestSimulator } from '../../sources/simulator.ts';
import { report } from '../../support/documents.ts';
import { allDocsDump, docsDump, ndjsonDump, sealedBundle, stationDump } from '../../support/dumps.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';
import { soon } from '../../support/soon.ts';

let simulator: TestSimulator;
let station: TestStation;

beforeEach(async () => {
  simulator = new TestSimulator();
  station = await openTestStation({ simulator });
  await station.station.settled();
});
afterEach(async () => {
  await station.close();
  simulator.remove();
});

const list = async () => (await station.ask('sources.list', {})).sources;
const glimpses = async () => (await list()).flatMap(({ dumps }) => dumps.map((dump) => dump.glimpse));
const isReady = async () => (await list()).map(({ state }) => state.kind);
const reports = (count: number) =>
  Array.from({ length: count }, (_, n) => report(`r${n}`, { note: 'x'.repeat(700) }));
/** More than is read to recognise it. */
const large = () => stationDump(reports(2000));

const OF_CHW1 = {
  user: 'chw1',
  userFrom: 'dump',
  device: 'device-1',
  exportedAt: '2026-01-02T03:04:05.000Z',
};

it('comes with a stick that is plugged in, and goes with it', async () => {
  simulator.put('s', 'a.chtdump', stationDump(reports(2)));
  simulator.put('s', 'b.chtdump', large());
  simulator.put('s', 'c.json', docsDump([report('r1')]));
  simulator.put('s', 'd.json', allDocsDump(reports(2000)));
  expect(await glimpses()).toEqual([]);
  simulator.plug('s', stick());
  await soon(isReady).toEqual(['ready']);
  expect(await glimpses()).toEqual([
    { ...OF_CHW1, records: { count: 2, how: 'counted' } },
    { ...OF_CHW1, records: { count: 2000, how: 'said' } },
    { records: { count: 1, how: 'counted' } },
    { records: { count: expect.closeTo(2000, -3) as number, how: 'estimated' } },
  ]);
  simulator.unplug('s');
  await soon(list).toEqual([]);
});

it('stays with a file that is looked at again, and is another one for a file that changed', async () => {
  simulator.put('s', 'a.chtdump', stationDump(reports(2)));
  simulator.plug('s', stick());
  await soon(isReady).toEqual(['ready']);
  simulator.put('s', 'a.chtdump', stationDump(reports(3), { user: 'chw2' }));
  simulator.put('s', 'b.chtdump', stationDump(reports(1)));
  await station.ask('sources.look', {});
  await soon(glimpses).toMatchObject([
    { user: 'chw2', records: { count: 3 } },
    { user: 'chw1', records: { count: 1 } },
  ]);
});

it('has no end where that cannot be read: the dump is there all the same, and so are those after it', async () => {
  simulator.put('s', 'a.chtdump', large());
  simulator.put('s', 'b.chtdump', stationDump(reports(2)));
  simulator.plug('s', stick({ badFrom: { 'a.chtdump': LIMITS.recogniseBytes + 1 } }));
  await soon(isReady).toEqual(['ready']);
  const [broken, good] = await glimpses();
  // Neither how many, nor that the end is missing.
  expect(broken).toEqual(OF_CHW1);
  expect(good).toMatchObject({ records: { count: 2, how: 'counted' } });
});

it('of a phone is read from what was copied to recognise the file, and from no other piece', async () => {
  simulator.put('p', 'Phone/Download/a.chtdump', large());
  simulator.plug('p', phone());
  await soon(isReady).toEqual(['ready']);
  expect(await glimpses()).toEqual([OF_CHW1]);
});

it('is not there for a sealed bundle, which says who made it in its own way', async () => {
  const { sealed, envelope } = sealedBundle({ user: 'chw1', device: 'd', number: 7 });
  simulator.put('s', 'a.bundle', sealed);
  simulator.put('s', 'a.json', envelope);
  simulator.plug('s', stick());
  await soon(isReady).toEqual(['ready']);
  expect((await list())[0]?.dumps).toMatchObject([{ format: 'cht-bundle', bundle: { user: 'chw1' } }]);
  expect(await glimpses()).toEqual([undefined]);
});

it('of chosen files and folders, too; what they say goes to the window fit for one line', async () => {
  const folder = join(station.folder, 'chosen');
  mkdirSync(folder);
  writeFileSync(join(folder, 'a.chtdump'), stationDump(reports(2), { device: 'pho\u202ene\u200b' }));
  writeFileSync(join(folder, 'b.chtdump'), large().subarray(0, 2_000_000).subarray(0, -1000));
  await station.station.addPath(folder);
  const said = await glimpses();
  expect(said).toMatchObject([{ device: 'phone' }, { user: 'chw1', cut: true }]);
  expect(JSON.stringify(said)).not.toContain(station.folder);
});

it('is taken of a thousand files of a source, and the others are listed without', async () => {
  const folder = temporaryFolder();
  try {
    const files = Array.from({ length: LIMITS.glimpses + 2 }, (_, n) => ({
      path: folder.put(`${n}.ndjson`, ndjsonDump([report(`r${n}`)])),
      name: `${n}.ndjson`,
      bytes: ndjsonDump([report(`r${n}`)]).length,
      modifiedMs: 0,
    }));
    const looked = new LookedFiles(folder.path);
    const seen = [];
    for (const file of files) seen.push(await looked.lookAt(file, false));
    const withOne = seen.filter((one) => one?.kind === 'dump' && one.dump.glimpse !== undefined);
    expect(seen.every((one) => one?.kind === 'dump')).toBe(true);
    expect(withOne).toHaveLength(LIMITS.glimpses);
  } finally {
    folder.remove();
  }
});

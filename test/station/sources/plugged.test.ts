/** Sticks and phones through the whole station: the device process is a real one, over simulated devices. */
import { createHash, randomBytes } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forkedDevices } from '../../../electron/host/forked-devices.ts';

import type { DeviceChild } from '../../../electron/station-api.ts';
import type { SimulatedDevice } from '../../../electron/sources/simulated/simulator.ts';
import { phone, stick, TestSimulator } from '../../sources/simulator.ts';
import { report } from '../../support/documents.ts';
import { sealedBundle, stationDump } from '../../support/dumps.ts';
import { openTestStation, QUICK, type TestStation, type TestStationOptions } from '../../support/station.ts';
import { soon } from '../../support/soon.ts';
import { ManualTimers } from '../../support/manual-timers.ts';

let simulator: TestSimulator;
let station: TestStation;
let extra: string;
/** The device process, where it is another one than the product's. */
let deviceProcess: URL | null;

async function open(options: TestStationOptions = {}): Promise<void> {
  const devices =
    deviceProcess === null
      ? {}
      : { devices: { ...forkedDevices(deviceProcess), simulated: simulator.folder, pace: QUICK } };
  station = await openTestStation({ simulator, ...devices, ...options });
  await station.station.settled();
}

beforeEach(() => {
  deviceProcess = null;
  simulator = new TestSimulator();
  extra = mkdtempSync(join(tmpdir(), 'station-extra-'));
});
afterEach(async () => {
  await station.close();
  simulator.remove();
  rmSync(extra, { recursive: true, force: true });
});

const list = () => station.ask('sources.list', {});
/** The state of the only source; a problem by its code. */
const state = async (): Promise<string> => {
  const { sources } = await list();
  if (sources.length !== 1) return `${sources.length} sources`;
  const [one] = sources;
  return one === undefined ? 'none' : one.state.kind === 'problem' ? one.state.code : one.state.kind;
};
const only = async () => {
  const { sources } = await list();
  const [one] = sources;
  if (one === undefined || sources.length > 1) throw new Error(`${sources.length} sources`);
  return one;
};
const take = async () =>
  station.wait((await station.ask('intake.start', { source: (await only()).source })).job);
const dump = (...ids: string[]) => stationDump(ids.map((id) => report(id)));
/** Megabytes of records, so that a copy takes several reads. */
const bigDump = (records = 400) =>
  stationDump(
    Array.from({ length: records }, (_, n) =>
      report(`big-${n}`, { note: randomBytes(15_000).toString('hex') }),
    ),
  );
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const dumpsHere = () => readdirSync(join(station.dataDir, 'dumps')).filter((name) => name.endsWith('.dump'));
const intakes = async () => (await station.ask('jobs.list', {})).jobs.filter((job) => job.kind === 'intake');

/** Plugs in a stick whose dump takes a while, and begins; it is in the middle of the copy then. */
async function copying(device: SimulatedDevice, typed: { readonly user?: string } = {}) {
  simulator.plug('s', device);
  await soon(state).toBe('ready');
  const { source } = await only();
  const { job } = await station.ask('intake.start', { source, ...typed });
  await soon(async () => (await intakes())[0]?.done ?? 0).toBeGreaterThan(0);
  return { source, job };
}

describe('a stick', () => {
  it('that the system mounts is there with its dumps, is taken, and goes', async () => {
    simulator.put('s', 'export/a.chtdump', dump('r1', 'r2'));
    simulator.put('s', 'letter.txt', 'Dear colleague');
    await open();
    expect((await list()).sources).toEqual([]);
    simulator.plug('s', stick());
    await soon(state).toBe('ready');
    const source = await only();
    expect(source).toMatchObject({
      kind: 'drive',
      name: 'Blue stick',
      canEject: true,
      inUse: false,
      unusable: [],
    });
    expect(source.dumps).toMatchObject([{ name: 'export/a.chtdump', format: 'station', taken: false }]);
    expect(JSON.stringify(source)).not.toContain(simulator.folder);
    expect(await take()).toMatchObject({ imports: [{ outcome: 'taken', documents: { new: 2 } }] });
    expect((await only()).dumps).toMatchObject([{ taken: true }]);
    simulator.unplug('s');
    await soon(state).toBe('0 sources');
  });

  it('that nobody mounts is mounted by the station, read-only, and unmounted in the end', async () => {
    simulator.put('s', 'a.json', dump('r1'));
    await open();
    simulator.plug('s', stick({ as: 'station' }));
    await soon(state).toBe('ready');
    expect(simulator.isMounted('s')).toBe(true);
    await station.ask('sources.eject', { source: (await only()).source });
    expect(simulator.isMounted('s')).toBe(false);
    expect(await state()).toBe('safe');
  });

  it('without a dump is there and says so; one that is put on it is found when it is looked at again', async () => {
    await open();
    simulator.plug('s', stick());
    await soon(state).toBe('empty');
    simulator.put('s', 'a.json', dump('r1'));
    await station.ask('sources.look', { source: (await only()).source });
    await soon(state).toBe('ready');
  });

  it('is arriving until the system knows what it is', async () => {
    await open();
    simulator.plug('s', stick({ as: 'arriving' }));
    await soon(state).toBe('arriving');
    simulator.change('s', stick());
    await soon(state).toBe('empty');
  });

  it('that stays unknown cannot be read, and says so', async () => {
    await open({ devicePace: { arriving: 200 } });
    simulator.plug('s', stick({ as: 'arriving' }));
    await soon(state).toBe('stick-unreadable');
  });

  it('with an unknown file system cannot be read, and says so', async () => {
    await open({ devicePace: { arriving: 200 } });
    simulator.plug('s', stick({ as: 'unreadable' }));
    await soon(state).toBe('stick-unreadable');
  });

  it('that is locked says so, and goes on once it is opened', async () => {
    simulator.put('s', 'a.json', dump('r1'));
    await open();
    simulator.plug('s', stick({ as: 'locked' }));
    await soon(state).toBe('stick-locked');
    simulator.change('s', stick());
    await soon(state).toBe('ready');
  });

  it.each(['no-permission', 'stick-not-opened', 'stick-unreadable'] as const)(
    'that cannot be mounted (%s) says so, and is tried again when it is looked at again',
    async (code) => {
      simulator.put('s', 'a.json', dump('r1'));
      await open({ devicePace: { looks: [0, 60] } });
      simulator.failNext({ operation: 'mount', error: code, device: 's' }, 3);
      simulator.plug('s', stick({ as: 'station' }));
      await soon(state).toBe(code);
      simulator.forgetFaults();
      await station.ask('sources.look', { source: (await only()).source });
      await soon(state).toBe('ready');
    },
  );

  it('with a file that is locked or half of something says which', async () => {
    simulator.put('s', 'a.json', '-----BEGIN AGE ENCRYPTED FILE-----\nxxxx');
    simulator.put('s', 'b.json', dump('r1'));
    await open();
    simulator.plug('s', stick());
    await soon(state).toBe('ready');
    expect((await only()).dumps).toHaveLength(1);
  });

  it('with more files than are looked at says so', async () => {
    await open();
    simulator.failNext({ operation: 'list', error: 'too-many-files', device: 's' }, 4);
    simulator.plug('s', stick());
    await soon(state).toBe('too-many-files');
  });

  it('beside another one: each has its card, and what one cannot do does not keep the other', async () => {
    simulator.put('b', 'b.json', dump('r2'));
    await open({ devicePace: { arriving: 150 } });
    simulator.plug('a', stick({ as: 'unreadable', name: 'Bad', uuid: 'X' }));
    simulator.plug('b', stick({ name: 'Good', uuid: 'Y' }));
    await soon(async () => (await list()).sources.map((one) => [one.name, one.state.kind])).toEqual([
      ['Bad', 'problem'],
      ['Good', 'ready'],
    ]);
  });

  it('that is a copy of another one, with the same numbers, is a stick of its own', async () => {
    await open();
    simulator.plug('a', stick());
    simulator.plug('b', stick());
    await soon(async () => (await list()).sources.map((one) => one.state.kind)).toEqual(['empty', 'empty']);
    const { sources } = await list();
    expect(new Set(sources.map(({ source }) => source)).size).toBe(2);
  });
});

describe('a device whose files cannot be looked at', () => {
  it('says why, and is looked at again when that is asked for', async () => {
    simulator.put('s', 'a.json', dump('r1'));
    await open();
    simulator.failNext({ operation: 'read', error: 'device-stuck', device: 's' });
    simulator.plug('s', stick());
    await soon(state).toBe('device-stuck');
    await station.ask('sources.look', { source: (await only()).source });
    await soon(state).toBe('ready');
  });

  // The folder that plays the phone has to be able to hold such a name.
  it.skipIf(process.platform === 'win32')(
    'is not confused by names that are none on this computer',
    async () => {
      simulator.put('p', 'Phone/Download/a:b*c?.json', dump('r1'));
      await open();
      simulator.plug('p', phone());
      await soon(state).toBe('ready');
      expect((await only()).dumps).toMatchObject([{ name: 'Phone/Download/a:b*c?.json' }]);
      expect(await take()).toMatchObject({ imports: [{ outcome: 'taken' }] });
    },
  );
});

describe('a sealed bundle on a stick', () => {
  it('is offered with who made it, its number and its size, and kept whole', async () => {
    const { sealed, envelope } = sealedBundle({ user: 'chw7', device: 'phone-7', number: 12 });
    simulator.put('s', 'x.bundle', sealed);
    simulator.put('s', 'x.json', envelope);
    await open();
    simulator.plug('s', stick());
    await soon(state).toBe('ready');
    expect((await only()).dumps).toMatchObject([
      {
        name: 'x.bundle',
        format: 'cht-bundle',
        bundle: { user: 'chw7', device: 'phone-7', number: 12, bytes: sealed.length },
      },
    ]);
    expect(await take()).toMatchObject({ imports: [{ outcome: 'taken', bundle: { number: 12 } }] });
    const [kept] = dumpsHere();
    expect(readFileSync(join(station.dataDir, 'dumps', kept ?? ''))).toEqual(sealed);
    expect(readFileSync(join(station.dataDir, 'dumps', `${kept ?? ''}.json`))).toEqual(envelope);
    expect(await station.ask('station.status', {})).toMatchObject({ sealed: 1, onlyHere: null });
  });

  it('of which one half is missing is named', async () => {
    simulator.put('s', 'x.bundle', sealedBundle({ user: 'chw7', device: 'phone-7', number: 12 }).sealed);
    await open();
    simulator.plug('s', stick());
    await soon(async () => (await only()).unusable).toEqual([{ name: 'x.bundle', code: 'bundle-half' }]);
  });
});

describe.each([
  ['', null],
  [', as Windows tells of it', new URL('../../support/windows-sticks.ts', import.meta.url)],
])('pulled out in the middle%s', (_how, process) => {
  const slow = { slow: 60 };

  beforeEach(() => {
    deviceProcess = process;
  });

  it('the rest comes when it is plugged in again, without a click, from where it stopped', async () => {
    const bytes = bigDump();
    simulator.put('s', 'big.json', bytes);
    await open();
    simulator.plug('s', stick(slow));
    await soon(state).toBe('ready');
    const { job } = await station.ask('intake.start', { source: (await only()).source, user: 'chw9' });
    await soon(async () => (await intakes())[0]?.done ?? 0).toBeGreaterThan(4_000_000);
    simulator.unplug('s');
    expect(await station.wait(job)).toMatchObject({
      imports: [{ name: 'big.json', outcome: 'failed', problems: [{ code: 'source-gone' }] }],
    });
    await soon(state).toBe('0 sources');
    const { partialCopies } = await list();
    expect(partialCopies).toMatchObject([
      { source: 'Blue stick', kind: 'drive', file: 'big.json', bytes: bytes.length },
    ]);
    expect(partialCopies[0]?.copied).toBeGreaterThan(4_000_000);
    expect(dumpsHere()).toEqual([]);

    simulator.plug('s', stick());
    await soon(async () => (await intakes()).map((one) => one.end?.kind ?? one.step)).toEqual([
      'imported',
      'imported',
    ]);
    const second = (await intakes())[1];
    expect(second?.end).toMatchObject({ imports: [{ outcome: 'taken', documents: { new: 400 } }] });
    expect(dumpsHere()).toEqual([`${hashOf(bytes)}.dump`]);
    expect((await list()).partialCopies).toEqual([]);
    // What the clerk had said is still true.
    expect((await station.ask('batches.list', {})).rows.map(({ user }) => user)).toHaveLength(1);
    expect(readdirSync(join(station.dataDir, 'parts'))).toEqual([]);
  });

  it('files that were not begun yet come as well', async () => {
    simulator.put('s', 'a-big.json', bigDump());
    simulator.put('s', 'b.json', dump('r1'));
    simulator.put('s', 'c.json', dump('r2'));
    await open();
    const { job } = await copying(stick(slow));
    simulator.unplug('s');
    await station.wait(job);
    expect((await list()).partialCopies.map(({ file }) => file).sort()).toEqual([
      'a-big.json',
      'b.json',
      'c.json',
    ]);
    simulator.plug('s', stick());
    await soon(async () => (await list()).partialCopies).toEqual([]);
    await soon(async () => dumpsHere().length).toBe(3);
  });

  it('what the clerk had said of one dump is said of no other', async () => {
    const anonymous = (id: string, note = '') =>
      Buffer.from(
        JSON.stringify({ docs: Array.from({ length: 20 }, (_, n) => report(`${id}-${n}`, { note })) }),
      );
    simulator.put('s', 'hers.json', anonymous('hers', randomBytes(150_000).toString('hex')));
    await open();
    const { job } = await copying(stick(slow), { user: 'chw9' });
    simulator.unplug('s');
    await station.wait(job);
    await station.ask('intake.configure', { auto: true });
    simulator.put('s', 'somebodys.json', anonymous('somebodys'));
    simulator.plug('s', stick());
    await soon(async () =>
      (await station.ask('batches.list', {})).rows.map(({ user }) => user).sort(),
    ).toEqual(['chw9', null]);
  });

  it('and never brought back: it is not waited for when the clerk says so', async () => {
    simulator.put('s', 'big.json', bigDump());
    await open();
    const { job } = await copying(stick(slow));
    simulator.unplug('s');
    await station.wait(job);
    const [rest] = (await list()).partialCopies;
    await station.ask('sources.discard', { id: rest?.id ?? '' });
    expect((await list()).partialCopies).toEqual([]);
    expect(readdirSync(join(station.dataDir, 'parts'))).toEqual([]);
    await expect(station.ask('sources.discard', { id: rest?.id ?? '' })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it('what came of it before the station was closed is known after the next start', async () => {
    const bytes = bigDump();
    simulator.put('s', 'big.json', bytes);
    const dataDir = join(extra, 'data');
    await open({ dataDir });
    simulator.plug('s', stick({ slow: 100 }));
    await soon(state).toBe('ready');
    await station.ask('intake.start', { source: (await only()).source });
    await soon(async () => (await intakes())[0]?.done ?? 0).toBeGreaterThan(4_000_000);
    await station.close();
    simulator.unplug('s');
    simulator.plug('s', stick());
    await open({ dataDir });
    // It is still plugged in, so it simply goes on.
    await soon(async () => dumpsHere()).toEqual([`${hashOf(bytes)}.dump`]);
    await soon(async () => (await list()).partialCopies).toEqual([]);
  });

  it('and the program killed in the middle: after the next start it goes on without a click', async () => {
    const bytes = bigDump();
    simulator.put('s', 'big.json', bytes);
    simulator.plug('s', stick({ slow: 400 }));
    const dataDir = join(extra, 'data');
    const child = fork(
      fileURLToPath(new URL('device-child.ts', import.meta.url)),
      [dataDir, simulator.folder, ...(deviceProcess === null ? [] : [fileURLToPath(deviceProcess)])],
      {
        stdio: 'inherit',
      },
    );
    const parts = () => {
      try {
        return readdirSync(join(dataDir, 'parts')).filter((name) => name.endsWith('.part'));
      } catch {
        return [];
      }
    };
    await soon(async () => parts().some((name) => statSync(join(dataDir, 'parts', name)).size > 0)).toBe(
      true,
    );
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    expect(readdirSync(join(dataDir, 'dumps')).filter((name) => name.endsWith('.dump'))).toEqual([]);
    // Taking by itself is off again: only what was begun goes on.
    simulator.put('s', 'other.json', dump('other'));
    const ledger = new DatabaseSync(join(dataDir, 'ledger.sqlite'));
    ledger.exec(`UPDATE settings SET value = 'no' WHERE key = 'intake.auto'`);
    ledger.close();
    simulator.change('s', stick());
    await open({ dataDir });
    await soon(async () => dumpsHere()).toEqual([`${hashOf(bytes)}.dump`]);
    await soon(async () => (await list()).partialCopies).toEqual([]);
    await soon(async () => (await station.ask('changes.list', {})).total).toBe(400);
  });

  it('swapped so quickly that nobody saw it gone: nothing of one stick is taken for the other', async () => {
    simulator.put('s', 'big.json', bigDump());
    await open();
    const { source, job } = await copying(stick(slow));
    const other = bigDump();
    simulator.unplug('s');
    simulator.put('s', 'big.json', other);
    simulator.plug('s', stick({ uuid: 'BBBB-0002' }));
    await station.wait(job);
    // The card may still be the first stick's for a moment.
    await soon(async () => (await list()).sources.map((one) => one.source)).not.toContain(source);
    await soon(state).toBe('ready');
    expect(await take()).toMatchObject({ imports: [{ outcome: 'taken' }] });
    expect(dumpsHere()).toEqual([`${hashOf(other)}.dump`]);
  });
});

describe('a file', () => {
  it('on a bad sector has its own sentence; the other files are taken', async () => {
    simulator.put('s', 'bad.json', bigDump());
    simulator.put('s', 'good.json', dump('r1'));
    await open();
    simulator.plug('s', stick({ badFrom: { 'bad.json': 5_000_000 } }));
    await soon(state).toBe('ready');
    const end = await take();
    expect(end).toMatchObject({
      imports: [
        { name: 'bad.json', outcome: 'failed', problems: [{ code: 'bad-sector' }] },
        { name: 'good.json', outcome: 'taken' },
      ],
    });
    // It would fail again: nobody waits for the rest.
    expect((await list()).partialCopies).toEqual([]);
  });

  it('whose beginning cannot be read is named, and the others are offered', async () => {
    simulator.put('s', 'bad.json', dump('r0'));
    simulator.put('s', 'good.json', dump('r1'));
    await open();
    simulator.plug('s', stick({ badFrom: { 'bad.json': 0 } }));
    await soon(state).toBe('ready');
    expect(await only()).toMatchObject({
      dumps: [{ name: 'good.json' }],
      unusable: [{ name: 'bad.json', code: 'bad-sector' }],
    });
  });

  it('that grows while it is copied is not taken', async () => {
    const path = simulator.put('s', 'big.json', bigDump());
    await open();
    const { job } = await copying(stick({ slow: 60 }));
    appendFileSync(path, '\n');
    expect(await station.wait(job)).toMatchObject({
      imports: [{ outcome: 'failed', problems: [{ code: 'file-changed' }] }],
    });
    expect(dumpsHere()).toEqual([]);
  });
});

describe('unplugging safely', () => {
  it('waits until what is being copied is copied, and only then says that it may be unplugged', async () => {
    simulator.put('s', 'big.json', bigDump());
    await open();
    const { source, job } = await copying(stick({ slow: 60, as: 'station' }));
    expect((await only()).inUse).toBe(true);
    const eject = station.ask('sources.eject', { source });
    await soon(state).toBe('ejecting');
    expect(simulator.isMounted('s')).toBe(true);
    // Meanwhile nothing new is begun on it.
    await expect(station.ask('intake.start', { source })).rejects.toMatchObject({ code: 'eject-in-use' });
    await eject;
    expect(simulator.isMounted('s')).toBe(false);
    expect(await state()).toBe('safe');
    expect(await station.wait(job)).toMatchObject({ imports: [{ outcome: 'taken' }] });
  });

  it('is refused while another program uses it, by its name, and the stick can be read on', async () => {
    simulator.put('s', 'a.json', dump('r1'));
    await open();
    simulator.plug('s', stick({ heldBy: 'Writer' }));
    await soon(state).toBe('ready');
    const { source } = await only();
    await expect(station.ask('sources.eject', { source })).rejects.toMatchObject({
      code: 'eject-in-use',
      detail: 'Writer',
    });
    expect(simulator.isMounted('s')).toBe(true);
    await soon(state).toBe('ready');
    expect(await take()).toMatchObject({ imports: [{ outcome: 'taken' }] });
    simulator.change('s', stick());
    await station.ask('sources.eject', { source });
    expect(await state()).toBe('safe');
  });

  it.each(['unmount', 'powerOff'] as const)('is refused when the system fails at %s', async (operation) => {
    await open();
    simulator.plug('s', stick());
    await soon(state).toBe('empty');
    simulator.failNext({ operation, error: 'eject-failed', device: 's' });
    const { source } = await only();
    await expect(station.ask('sources.eject', { source })).rejects.toMatchObject({ code: 'eject-failed' });
    expect(await state()).not.toBe('safe');
  });

  it('is not said of a stick that is pulled out meanwhile', async () => {
    simulator.put('s', 'big.json', bigDump());
    await open();
    const { source } = await copying(stick({ slow: 60 }));
    const eject = station.ask('sources.eject', { source });
    simulator.unplug('s');
    await expect(eject).rejects.toMatchObject({ code: 'source-gone' });
    await soon(state).toBe('0 sources');
  });

  it('is not done to the same stick plugged in anew meanwhile: its copy goes on', async () => {
    simulator.put('s', 'big.json', bigDump());
    await open();
    const { source } = await copying(stick({ slow: 60 }));
    const eject = Promise.allSettled([station.ask('sources.eject', { source })]);
    await soon(state).toBe('ejecting');
    simulator.unplug('s');
    simulator.plug('s', stick());
    expect(await eject).toMatchObject([{ status: 'rejected', reason: { code: 'source-gone' } }]);
    await soon(dumpsHere).toHaveLength(1);
    // The copy is in its place before the list has heard of it.
    await soon(list).toMatchObject({
      sources: [{ source, state: { kind: 'ready' } }],
      partialCopies: [],
    });
  });

  it('is over when the stick is gone, and plugged in again it is read again', async () => {
    simulator.put('s', 'a.json', dump('r1'));
    await open();
    simulator.plug('s', stick());
    await soon(state).toBe('ready');
    await station.ask('sources.eject', { source: (await only()).source });
    simulator.unplug('s');
    await soon(state).toBe('0 sources');
    simulator.plug('s', stick());
    await soon(state).toBe('ready');
  });

  it('done in the file manager counts as well: it is not mounted again', async () => {
    await open();
    simulator.plug('s', stick({ as: 'station' }));
    await soon(state).toBe('empty');
    rmSync(join(simulator.folder, 's', 'mounted'));
    await soon(state).toBe('safe');
    const { source } = await only();
    // Another one comes, and is mounted by the station: every look that this takes was a look at the first one, too.
    simulator.plug('t', stick({ as: 'station', name: 'Other', uuid: 'other' }));
    await soon(() => simulator.isMounted('t')).toBe(true);
    expect(simulator.isMounted('s')).toBe(false);
    simulator.unplug('t');
    await soon(state).toBe('safe');
    // Unless it is asked for.
    await station.ask('sources.look', { source });
    await soon(state).toBe('empty');
  });
});

describe('a phone', () => {
  const download = 'Phone/Download/a.json';

  it('is read over the cable, and may be unplugged once nothing is open', async () => {
    simulator.put('p', download, dump('r1'));
    await open();
    simulator.plug('p', phone());
    await soon(state).toBe('ready');
    expect(await only()).toMatchObject({ kind: 'mtp', name: 'Tecno Pop', dumps: [{ name: download }] });
    expect(await take()).toMatchObject({ imports: [{ outcome: 'taken' }] });
    await station.ask('sources.eject', { source: (await only()).source });
    expect(await state()).toBe('safe');
    simulator.unplug('p');
    await soon(state).toBe('0 sources');
  });

  it.each([
    'phone-charging-only',
    'phone-photos-only',
    'phone-locked',
    'phone-allow',
    'device-busy',
  ] as const)('that says %s when it is opened is looked at again by itself', async (code) => {
    simulator.put('p', download, dump('r1'));
    await open();
    simulator.plug('p', phone({ trouble: { code, by: 'Photos', whenOpened: true } }));
    await soon(state).toBe(code);
    expect((await only()).state).toMatchObject(code === 'device-busy' ? { code, by: 'Photos' } : { code });
    // No hint tells that somebody tapped on the phone.
    writeFileSync(
      join(simulator.folder, 'p', 'device.json'),
      JSON.stringify({ device: phone(), plugging: 1, plugged: true }),
    );
    await soon(state).toBe('ready');
  });

  it.each(['no-permission', 'phone-charging-only', 'phone-not-able'] as const)(
    'of which %s is known without opening it says so',
    async (code) => {
      await open();
      simulator.plug('p', phone({ trouble: { code } }));
      await soon(state).toBe(code);
    },
  );

  it('seen in two ways is one card; what one way cannot do the other does', async () => {
    simulator.put('p', download, dump('r1'));
    await open();
    simulator.plug('p', phone({ ways: ['mtp', 'adb'], trouble: { code: 'phone-locked', whenOpened: true } }));
    await soon(state).toBe('ready');
    expect(await only()).toMatchObject({ kind: 'adb' });
  });

  it('that the desktop holds is read where the desktop shows it', async () => {
    const shown = join(simulator.folder, 'p', 'gvfs', 'mtp:host=Tecno_Pop_SER1', 'Phone', 'Download');
    mkdirSync(shown, { recursive: true });
    writeFileSync(join(shown, 'a.json'), dump('r1'));
    await open();
    simulator.plug(
      'p',
      phone({ trouble: { code: 'device-busy', by: 'gvfsd-mtp', whenOpened: true }, onDesktop: true }),
    );
    await soon(state).toBe('ready');
    expect(await take()).toMatchObject({ imports: [{ outcome: 'taken' }] });
  });

  it('that does not answer any more says so and keeps nobody else', async () => {
    simulator.put('s', 'a.json', dump('r1'));
    await open({ devicePace: { read: 200 } });
    simulator.failNext({ operation: 'openPhone', error: 'hangs', device: 'p' }, 9);
    simulator.plug('p', phone());
    simulator.plug('s', stick());
    await soon(async () =>
      (await list()).sources.map(({ state: { kind, ...rest } }) => Object.values(rest)[0] ?? kind),
    ).toEqual(['ready', 'device-stuck']);
  });

  it('and the same data on a stick: nothing is doubled', async () => {
    const bytes = dump('r1', 'r2');
    simulator.put('p', download, bytes);
    simulator.put('s', 'copy.json', bytes);
    await open();
    simulator.plug('p', phone());
    await soon(state).toBe('ready');
    await take();
    simulator.unplug('p');
    await soon(state).toBe('0 sources');
    simulator.plug('s', stick());
    await soon(state).toBe('ready');
    expect(await take()).toMatchObject({ imports: [{ outcome: 'again', documents: { new: 0 } }] });
    expect((await station.ask('batches.list', {})).total).toBe(1);
  });
});

describe('taking by itself', () => {
  it('is off until the administrator turns it on; then what is plugged in already comes too', async () => {
    simulator.put('s', 'a.json', dump('r1', 'r2'));
    await open();
    simulator.plug('s', stick());
    await soon(async () => (await only()).dumps.length).toBe(1);
    // Imports wait for each other: one that had begun by itself would be before this one.
    await station.take(dump('by-hand'));
    expect(await intakes()).toHaveLength(1);
    expect(await station.ask('intake.configure', { auto: true })).toMatchObject({ auto: true });
    await soon(async () => (await intakes())[1]?.end).toMatchObject({ imports: [{ documents: { new: 2 } }] });
    const { rows } = await station.ask('ledger.list', {});
    expect(rows.some(({ what }) => what === 'auto-import-on')).toBe(true);
  });

  it('takes what is new, once; "37 new, 5 already here" without a click', async () => {
    simulator.put('s', 'a.json', stationDump(Array.from({ length: 5 }, (_, n) => report(`old-${n}`))));
    await open();
    await station.ask('intake.configure', { auto: true });
    simulator.plug('s', stick());
    await soon(async () => (await intakes()).map((job) => job.end?.kind)).toEqual(['imported']);
    simulator.unplug('s');
    await soon(state).toBe('0 sources');
    const ids = [
      ...Array.from({ length: 37 }, (_, n) => `new-${n}`),
      ...Array.from({ length: 5 }, (_, n) => `old-${n}`),
    ];
    simulator.put('s', 'b.json', dump(...ids));
    simulator.plug('s', stick());
    await soon(async () => (await intakes()).map((job) => job.end?.kind)).toEqual(['imported', 'imported']);
    const [, second] = await intakes();
    expect(second?.end).toMatchObject({ imports: [{ name: 'b.json', documents: { new: 37, known: 5 } }] });
    expect(second?.source).toBe((await only()).source);
    // Nothing of the stick is taken again before what a person takes next.
    await station.ask('sources.look', {});
    await station.take(dump('by-hand'));
    expect(await intakes()).toHaveLength(3);
  });

  it('does not try a file over and over that cannot be taken', async () => {
    simulator.put('s', 'bad.json', bigDump());
    await open();
    await station.ask('intake.configure', { auto: true });
    simulator.plug('s', stick({ badFrom: { 'bad.json': 5_000_000 } }));
    await soon(async () => (await intakes()).map((job) => job.end?.kind)).toEqual(['imported']);
    await station.ask('sources.look', {});
    await station.take(dump('by-hand'));
    expect(await intakes()).toHaveLength(2);
  });

  it('takes several sticks at once one after the other', async () => {
    await open();
    await station.ask('intake.configure', { auto: true });
    for (const name of ['a', 'b', 'c']) {
      simulator.put(name, 'x.json', dump(`${name}1`, `${name}2`));
      simulator.plug(name, stick({ uuid: name, name }));
    }
    await soon(async () => (await intakes()).filter((job) => job.end?.kind === 'imported').length).toBe(3);
    expect((await station.ask('changes.list', {})).total).toBe(6);
  });
});

describe('a watched folder', () => {
  it('lists a file once it has looked the same for a while, and takes it by itself', async () => {
    const timers = new ManualTimers();
    station = await openTestStation({ simulator, deviceTimers: timers });
    /** Looks after some time has passed, again and again. */
    const later = <Value>(look: () => Promise<Value>) =>
      soon(async () => {
        await timers.pass(QUICK.settle ?? 0);
        return look();
      });
    await station.ask('intake.configure', { auto: true });
    const { folder } = await station.ask('folders.watch', { path: extra });
    expect(folder).not.toBeNull();
    await later(state).toBe('empty');
    expect(await only()).toMatchObject({ kind: 'watched', canEject: false });
    const bytes = dump('r1', 'r2');
    const path = join(extra, 'inbox.json');
    // It arrives in pieces, as over Bluetooth.
    writeFileSync(path, bytes.subarray(0, 50));
    for (let at = 50; at < bytes.length; at += 200) {
      // A listing needs the time of a change to settle, and there is never that much between two pieces.
      await timers.pass((QUICK.settle ?? 0) / 2);
      expect((await only()).dumps).toEqual([]);
      appendFileSync(path, bytes.subarray(at, at + 200));
    }
    await later(async () => (await intakes())[0]?.end).toMatchObject({
      imports: [{ outcome: 'taken', documents: { new: 2 } }],
    });
    expect((await station.ask('intake.settings', {})).folders).toMatchObject([{ folder }]);
    expect(JSON.stringify(await station.ask('intake.settings', {}))).not.toContain(tmpdir());
    await station.ask('folders.unwatch', { folder: folder ?? '' });
    await later(state).toBe('0 sources');
  });

  it('that is gone says so', async () => {
    await open();
    const path = join(extra, 'inbox');
    mkdirSync(path);
    await station.ask('folders.watch', { path });
    await soon(state).toBe('empty');
    rmSync(path, { recursive: true });
    await station.ask('sources.look', {});
    await soon(state).toBe('folder-gone');
    await expect(station.ask('folders.watch', { path: join(extra, 'other') })).rejects.toMatchObject({
      code: 'folder-gone',
    });
  });

  it('is chosen in the system’s dialog where there is one: no path comes from the window', async () => {
    await open({ choose: () => Promise.resolve(extra) });
    await expect(station.ask('folders.watch', { path: '/etc' })).rejects.toMatchObject({
      code: 'not-allowed',
    });
    expect((await station.ask('folders.watch', {})).folder).not.toBeNull();
    expect((await station.ask('intake.settings', {})).folders).toHaveLength(1);
  });
});

describe('the device process', () => {
  it('that ends is started again; the station goes on and says so, and what was being copied goes on too', async () => {
    const bytes = bigDump();
    simulator.put('s', 'big.json', bytes);
    await open({ ownProcess: true });
    const { job } = await copying(stick({ slow: 40 }));
    simulator.failNext({ operation: 'read', error: 'ends', device: 's' });
    expect(await station.wait(job)).toMatchObject({ imports: [{ problems: [{ code: 'devices-ended' }] }] });
    expect((await list()).layer).toEqual({ kind: 'restarting' });
    // What needs no devices goes on.
    expect(await station.take(dump('other'))).toMatchObject({ outcome: 'taken' });
    await soon(async () => (await list()).layer.kind).toBe('running');
    await soon(async () => dumpsHere().includes(`${hashOf(bytes)}.dump`)).toBe(true);
    await soon(async () => (await list()).partialCopies).toEqual([]);
  });

  it('that cannot be started at all does not keep the station', async () => {
    let starts = 0;
    station = await openTestStation({
      simulator,
      devices: {
        start: (): DeviceChild => {
          starts += 1;
          throw new Error('no such program');
        },
      },
    });
    expect(await station.take(dump('r1'))).toMatchObject({ outcome: 'taken' });
    expect((await list()).layer).toEqual({ kind: 'restarting' });
    await soon(async () => starts).toBeGreaterThan(1);
    // Whoever asks for a look does not wait for the next try.
    const before = starts;
    await station.station.ask('sources.look', {});
    expect(starts).toBeGreaterThan(before);
  });

  it('is blind where the system tells nothing, says of what, and sees again', async () => {
    await open();
    simulator.failNext({ operation: 'drives', error: 'devices-blind' }, 3);
    simulator.plug('p', phone());
    await soon(async () => (await list()).layer).toEqual({ kind: 'blind', what: ['drives'] });
    simulator.forgetFaults();
    await station.ask('sources.look', {});
    await soon(async () => (await list()).layer).toEqual({ kind: 'running' });
  });

  it('does not forget a stick only because the system did not answer once', async () => {
    await open({ devicePace: { looks: [0], ask: 150 } });
    simulator.plug('s', stick());
    await soon(state).toBe('empty');
    const cards: Promise<number>[] = [];
    station.station.on('changed', () => cards.push(list().then(({ sources }) => sources.length)));
    simulator.failNext({ operation: 'drives', error: 'hangs' });
    await station.ask('sources.look', {});
    await soon(() => station.log.join('\n')).toContain('device-stuck');
    simulator.plug('t', stick({ name: 'Other', uuid: 'other' }));
    await soon(async () => (await list()).sources.length).toBe(2);
    expect(await Promise.all(cards)).not.toContain(0);
  });

  it.runIf(process.platform === 'linux')('ends with the station', async () => {
    const pids: number[] = [];
    const setup = forkedDevices();
    station = await openTestStation({
      simulator,
      devices: {
        ...setup,
        simulated: simulator.folder,
        pace: QUICK,
        start: () => {
          const before = children();
          const child = setup.start();
          pids.push(...children().filter((pid) => !before.includes(pid)));
          return child;
        },
      },
    });
    await station.station.settled();
    await station.close();
    expect(pids).toHaveLength(1);
    for (const pid of pids) await soon(async () => isAlive(pid)).toBe(false);
  });
});

function children(): number[] {
  if (process.platform !== 'linux') return [];
  const tasks = readdirSync('/proc/self/task');
  return tasks.flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8')
      .split(' ')
      .filter((pid) => pid !== '')
      .map(Number),
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The state machine over simulated devices, in this process: how often it asks, and what it keeps open. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Devices } from '../../electron/sources/device-monitor.ts';
import type { DeviceInfo } from '../../electron/sources/snapshot.ts';
import { joinedFiles } from '../../electron/sources/joined-files.ts';
import { withTimeout } from '../../electron/sources/timeout.ts';
import { pathFiles } from '../../electron/sources/path-files.ts';
import { simulatedPlatform } from '../../electron/sources/simulated/platform.ts';
import type {
  DriveFound,
  FileAccess,
  PhoneFound,
  PhoneTransport,
  Platform,
  SourceFile,
  VolumeFound,
} from '../../electron/sources/source.ts';
import { StationError } from '../../shared/errors.ts';
import type { DevicePace } from '../../shared/device-pace.ts';
import { QUICK } from '../support/station.ts';
import { phone, stick, TestSimulator } from './simulator.ts';
import { soon } from '../support/soon.ts';
import { ManualTimers } from '../support/manual-timers.ts';
import { SYSTEM_TIMERS, type Timers } from '../../shared/timers.ts';

const LIMITS = { files: 100, depth: 4 };
let simulator: TestSimulator;
let devices: Devices | null;
beforeEach(() => {
  simulator = new TestSimulator();
  devices = null;
});
afterEach(async () => {
  await devices?.close();
  simulator.remove();
});

function open(
  platform: Platform = simulatedPlatform(simulator.folder),
  pace: Partial<DevicePace> = {},
  timers: Timers = SYSTEM_TIMERS,
): Devices {
  devices = new Devices(platform, { limits: LIMITS, tell: () => {}, pace: { ...QUICK, ...pace }, timers });
  devices.start();
  return devices;
}
const all = (of: Devices): readonly DeviceInfo[] => of.snapshot().devices;
const states = (of: Devices) =>
  all(of).map(({ state }) => (state.kind === 'problem' ? state.code : state.kind));

/** A platform that counts how often it is asked, and lists what it is told to. */
function counting(
  drives: () => readonly DriveFound[],
  more: Partial<Platform> = {},
): Platform & { asked: number; hint: () => void } {
  const hints = new Set<() => void>();
  const platform = {
    ...simulatedPlatform(simulator.folder),
    asked: 0,
    hint: () => hints.forEach((hint) => hint()),
    watch: (hint: () => void) => {
      hints.add(hint);
      return () => hints.delete(hint);
    },
    drives: () => {
      platform.asked += 1;
      return Promise.resolve(drives());
    },
    transports: [],
    ...more,
  };
  return platform;
}

const driveFound = (different: Partial<DriveFound> = {}): DriveFound => ({
  device: '/dev/sdb',
  plugging: '1',
  name: 'Stick',
  bytes: 1,
  serial: null,
  portable: true,
  arriving: false,
  volumes: [],
  ...different,
});

const volumeOf = (device: string, different: Partial<VolumeFound> = {}): VolumeFound => ({
  device,
  label: device,
  fileSystem: 'vfat',
  uuid: device,
  locked: false,
  container: null,
  mountPoints: [],
  ...different,
});

describe('asking the system', () => {
  it('happens some times after a hint, and not at all while nothing happens', async () => {
    const platform = counting(() => []);
    const timers = new ManualTimers();
    open(platform, { looks: [0, 20, 60] }, timers);
    for (const asked of [3, 6]) {
      await timers.pass(100);
      expect(platform.asked).toBe(asked);
      expect(timers.pending).toEqual([]);
      platform.hint();
    }
  });

  it('is one question at a time, however many hints come', async () => {
    let running = 0;
    let most = 0;
    const { promise: answer, resolve: tell } = Promise.withResolvers<void>();
    const platform = counting(() => [], {
      drives: async () => {
        running += 1;
        most = Math.max(most, running);
        await answer;
        running -= 1;
        return [];
      },
    });
    const timers = new ManualTimers();
    open(platform, { looks: [0, 5] }, timers);
    for (let n = 0; n < 40; n += 1) {
      platform.hint();
      await timers.pass(3);
    }
    tell();
    await timers.pass(100);
    expect(most).toBe(1);
    expect(running).toBe(0);
  });

  it('that is never answered keeps neither the cards nor the next question', async () => {
    let hangs = false;
    const platform = counting(() => [], {
      drives: () => (hangs ? new Promise(() => {}) : Promise.resolve([driveFound({ volumes: [] })])),
    });
    const here = open(platform, { looks: [0], ask: 60 });
    await soon(() => states(here)).toEqual(['arriving']);
    hangs = true;
    await here.look();
    expect(all(here)).toHaveLength(1);
    hangs = false;
    await here.look();
    expect(all(here)).toHaveLength(1);
  });
});

describe('a source', () => {
  it('has the same id when it comes again, and another number of its plugging in', async () => {
    const here = open();
    simulator.plug('s', stick());
    await soon(() => states(here)).toEqual(['ready']);
    const [first] = all(here);
    simulator.unplug('s');
    await soon(() => all(here)).toEqual([]);
    simulator.plug('s', stick());
    await soon(() => states(here)).toEqual(['ready']);
    const [second] = all(here);
    expect(second?.source).toBe(first?.source);
    expect(second?.plugging).toBeGreaterThan(first?.plugging ?? 0);
  });

  it('that cannot be known again gets a new id each time', async () => {
    const here = open();
    const nameless: Omit<ReturnType<typeof stick>, 'uuid'> = { kind: 'stick', as: 'system', name: 'X' };
    simulator.plug('s', nameless);
    await soon(() => states(here)).toEqual(['ready']);
    const [first] = all(here);
    expect(first?.identity).toBeNull();
    simulator.unplug('s');
    simulator.plug('s', nameless);
    await soon(() => all(here)[0]?.plugging).toBeGreaterThan(first?.plugging ?? 0);
    expect(all(here)[0]?.source).not.toBe(first?.source);
  });

  it('that is gone closes what was open; a read that waits ends', async () => {
    simulator.put('p', 'a.json', 'x'.repeat(100));
    const here = open();
    simulator.plug('p', phone({ slow: 3_600_000 }));
    await soon(() => states(here)).toEqual(['ready']);
    const file = await here.open(all(here)[0]?.source ?? '', 'a.json');
    const reading = file.read(0, 10);
    simulator.unplug('p');
    await expect(reading).rejects.toMatchObject({ code: 'source-gone' });
    await file.close();
  });

  it('of a disk that is built in cannot be unplugged', async () => {
    simulator.filesOf('s');
    const mounted = {
      device: '/dev/sdc1',
      label: null,
      fileSystem: 'ext4',
      uuid: 'u',
      locked: false,
      container: null,
    };
    const platform = counting(
      () => [
        driveFound({ portable: false, volumes: [{ ...mounted, mountPoints: [simulator.filesOf('s')] }] }),
      ],
      { files: pathFiles },
    );
    const here = open(platform);
    await soon(() => states(here)).toEqual(['ready']);
    const [found] = all(here);
    expect(found).toMatchObject({ portable: false, canEject: false });
    await expect(here.eject(found?.source ?? '')).rejects.toMatchObject({ code: 'eject-in-use' });
  });

  it('whose second volume is mounted or unlocked later shows the files of both, and names what stays closed', async () => {
    for (const name of ['s', 't']) simulator.put(name, `${name}.json`, '{}');
    const first = volumeOf('s', { mountPoints: [simulator.filesOf('s')] });
    let second = volumeOf('t', { locked: true, fileSystem: 'crypto_LUKS' });
    const platform = counting(() => [driveFound({ volumes: [first, second] })], {
      files: pathFiles,
      canMount: false,
    });
    const here = open(platform);
    await soon(() => states(here)).toEqual(['ready']);
    const source = all(here)[0]?.source ?? '';
    const list = async () => {
      const { files, missed } = await here.files(source);
      return [files.map(({ name }) => name), missed];
    };
    expect(await list()).toEqual([['s/s.json'], [{ name: 't', code: 'stick-locked' }]]);
    // What is open of the first volume stays open.
    const opened = await here.open(source, (await here.files(source)).files[0]?.file ?? '');
    second = volumeOf('t', { mountPoints: [simulator.filesOf('t')] });
    platform.hint();
    await soon(list).toEqual([['s/s.json', 't/t.json'], []]);
    expect(Buffer.from(await opened.read(0, 9)).toString()).toBe('{}');
    await opened.close();
  });

  it('of which the system mounts one volume only: the station mounts the other one', async () => {
    for (const name of ['s', 't']) simulator.put(name, `${name}.json`, '{}');
    const volumes = [volumeOf('s', { mountPoints: [simulator.filesOf('s')] }), volumeOf('t')];
    const mounted: string[] = [];
    const here = open(
      counting(() => [driveFound({ volumes })], {
        files: pathFiles,
        canMount: true,
        mount: ({ device }) => {
          mounted.push(device);
          return Promise.resolve(simulator.filesOf(device));
        },
      }),
    );
    await soon(() => states(here)).toEqual(['ready']);
    const source = all(here)[0]?.source ?? '';
    await soon(async () => {
      await here.lookAgain();
      return (await here.files(source)).files.map(({ name }) => name);
    }).toEqual(['s/s.json', 't/t.json']);
    expect(mounted).toEqual(['t']);
  });

  it('of which only one volume can be mounted shows that one', async () => {
    simulator.put('s', 'a.json', '{}');
    const platform = counting(() => [driveFound({ volumes: [volumeOf('one'), volumeOf('two')] })], {
      files: pathFiles,
      canMount: true,
      mount: ({ device }) =>
        device === 'one' ? Promise.reject(new Error('no')) : Promise.resolve(simulator.filesOf('s')),
    });
    const here = open(platform);
    await soon(() => states(here)).toEqual(['ready']);
    expect(await here.files(all(here)[0]?.source ?? '')).toMatchObject({
      files: [{ name: 'two/a.json' }],
      missed: [{ name: 'one', code: 'stick-not-opened' }],
    });
  });
});

describe('a stick of which the listing takes long', () => {
  const file = (name: string): SourceFile => ({ file: name, name, bytes: 1, modifiedMs: 0 });

  /** A stick whose listing tells what the test wants, when it wants. */
  function slow() {
    const listings: {
      tell: (...names: string[]) => void;
      end: (...names: string[]) => void;
      ended: boolean;
    }[] = [];
    const list: FileAccess['list'] = (_limits, signal, soFar) =>
      new Promise((resolve, reject) => {
        const listOf = (names: readonly string[]) => ({ files: names.map(file), missed: [] });
        const listing = {
          tell: (...names: string[]) => soFar?.(listOf(names)),
          end: (...names: string[]) => resolve(listOf(names)),
          ended: false,
        };
        signal.addEventListener('abort', () => {
          listing.ended = true;
          reject(new StationError('cancelled'));
        });
        listings.push(listing);
      });
    const volume = { ...volumeOf('one'), mountPoints: ['/mnt/one'] };
    let volumes = [volume];
    const platform = counting(() => [driveFound({ volumes })], {
      files: () => ({ ...pathFiles('/nowhere'), list }),
      unmount: () => {
        volumes = [{ ...volume, mountPoints: [] }];
        return Promise.resolve();
      },
      powerOff: () => Promise.resolve(),
    });
    return { platform, listings };
  }
  const seen = async (here: Devices) => {
    const [one] = all(here);
    const { files } = await here.files(one?.source ?? '');
    return [one?.state.kind, one?.isWhole, one?.look, files.map(({ name }) => name).join(' ')];
  };

  it('has what was found so far, and says that there may be more', async () => {
    const { platform, listings } = slow();
    const here = open(platform);
    await soon(() => listings.length).toBe(1);
    expect(states(here)).toEqual(['looking']);
    listings[0]?.tell('a');
    expect(await seen(here)).toEqual(['ready', false, 1, 'a']);
    listings[0]?.tell('a', 'b');
    expect(await seen(here)).toEqual(['ready', false, 2, 'a b']);
    listings[0]?.end('a', 'b', 'c');
    await soon(() => seen(here)).toEqual(['ready', true, 3, 'a b c']);
    // Looked at again: nothing of it vanishes meanwhile.
    void here.lookAgain(all(here)[0]?.source);
    await soon(() => listings.length).toBe(2);
    listings[1]?.tell('a');
    expect(await seen(here)).toEqual(['ready', true, 3, 'a b c']);
    listings[1]?.end('a', 'c');
    await soon(() => seen(here)).toEqual(['ready', true, 4, 'a c']);
  });

  it('is let go of at once', async () => {
    const { platform, listings } = slow();
    const here = open(platform);
    await soon(() => listings.length).toBe(1);
    listings[0]?.tell('a');
    await here.eject(all(here)[0]?.source ?? '');
    expect(listings[0]?.ended).toBe(true);
    expect(states(here)).toEqual(['safe']);
  });
});

describe('phones', () => {
  const found = (key: string, serial: string | null, port: string | null = null): PhoneFound => ({
    key,
    name: key,
    serial,
    port,
    trouble: null,
  });
  const empty: FileAccess = {
    list: () => Promise.resolve({ files: [], missed: [] }),
    open: () => Promise.reject(new Error()),
    close: () => Promise.resolve(),
  };
  /** A transport that sees what it is told to, or does not answer. */
  const transportOf = (kind: 'mtp' | 'adb', sees: () => readonly PhoneFound[] | null): PhoneTransport => ({
    kind,
    phones: () => {
      const phones = sees();
      return phones === null ? Promise.reject(new StationError('devices-blind')) : Promise.resolve(phones);
    },
    open: () => Promise.resolve(empty),
    watch: () => () => {},
    close: () => Promise.resolve(),
  });
  const cards = (here: Devices) => all(here).map(({ kind, name }) => `${kind} ${name}`);

  it('with the same serial number are as many as one transport sees', async () => {
    const mtp = transportOf('mtp', () => [found('a', '0123456789'), found('b', '0123456789')]);
    const adb = transportOf('adb', () => [found('c', '0123456789'), found('d', '0123456789')]);
    const here = open(counting(() => [], { transports: [mtp, adb] }));
    await soon(() => cards(here)).toEqual(['mtp a', 'mtp b']);
    expect(new Set(all(here).map(({ source }) => source)).size).toBe(2);
  });

  it('without a serial number are one where they are in the same port', async () => {
    const mtp = transportOf('mtp', () => [found('a', null, '1-2')]);
    const adb = transportOf('adb', () => [found('c', 'S', '1-2'), found('d', 'T', '1-3')]);
    const here = open(counting(() => [], { transports: [mtp, adb] }));
    await soon(() => cards(here)).toEqual(['mtp a', 'adb d']);
  });

  it('go when they are pulled out, also while another transport does not answer at all', async () => {
    let phones: readonly PhoneFound[] | null = [found('a', 'S')];
    const platform = counting(() => [], {
      transports: [transportOf('mtp', () => phones), transportOf('adb', () => null)],
    });
    const here = open(platform, { looks: [0] });
    await soon(() => cards(here)).toEqual(['mtp a']);
    expect(here.snapshot().layer).toEqual({ kind: 'blind', what: ['phones'] });
    // Its own transport does not answer once: that does not mean that it is gone.
    phones = null;
    await here.look();
    expect(cards(here)).toEqual(['mtp a']);
    phones = [];
    await here.look();
    expect(cards(here)).toEqual([]);
  });
});

describe('a look that fails', () => {
  it('is made again without a hint, ever more seldom, and at nothing that worked', async () => {
    let fails = true;
    const drives = () => {
      if (fails) throw new StationError('devices-blind');
      return [driveFound()];
    };
    let phones = 0;
    const transport: PhoneTransport = {
      kind: 'mtp',
      phones: () => Promise.resolve((phones += 1)).then(() => []),
      open: () => Promise.reject(new StationError('source-gone')),
      watch: () => () => {},
      close: () => Promise.resolve(),
    };
    const platform = counting(drives, { transports: [transport] });
    const timers = new ManualTimers();
    const here = open(platform, { looks: [0], healEvery: 100, healSlowly: 1000, arriving: 60_000 }, timers);
    await timers.pass(10_000);
    expect(here.snapshot().layer).toEqual({ kind: 'blind', what: ['drives'] });
    // Once at the start, after 100, 300, 700 and 1500, and then each thousand.
    expect(platform.asked).toBe(5 + 8);
    expect(phones).toBe(1);
    fails = false;
    await timers.pass(1000);
    expect(here.snapshot().layer).toEqual({ kind: 'running' });
    expect(all(here)).toHaveLength(1);
    const { asked } = platform;
    await timers.pass(10_000);
    expect(platform.asked).toBe(asked);
  });
});

describe('a stick that is ejected', () => {
  /** A stick that was made safe, and went with its power. */
  async function madeSafe() {
    const plugged = { isListed: true, isMounted: true };
    const volume = (): VolumeFound => ({
      device: 'x',
      label: null,
      fileSystem: 'vfat',
      uuid: 'u',
      locked: false,
      container: null,
      mountPoints: plugged.isMounted ? [simulator.filesOf('s')] : [],
    });
    const platform = counting(() => (plugged.isListed ? [driveFound({ volumes: [volume()] })] : []), {
      files: pathFiles,
      unmount: () => Promise.resolve().then(() => void (plugged.isMounted = false)),
      powerOff: async () => {
        plugged.isListed = false;
        await here.look();
      },
    });
    const timers = new ManualTimers();
    const pace = { looks: [0], confirm: 20, safeShown: 200 };
    const here: Devices = open(platform, pace, timers);
    const next = async () => {
      await timers.pass(1);
      return states(here);
    };
    await soon(next).toEqual(['ready']);
    await here.eject(all(here)[0]?.source ?? '');
    expect(states(here)).toEqual(['safe']);
    return { plugged, here, timers, next };
  }

  it('is called safe, also where a look finds it gone before the system has said that its power is off', async () => {
    const { here, timers } = await madeSafe();
    await timers.pass(20 + 199);
    expect(states(here)).toEqual(['safe']);
    await timers.pass(10);
    expect(states(here)).toEqual([]);
  });

  it('is read when it is plugged in anew while that still stands there, though nothing tells it from before', async () => {
    const { plugged, here, next } = await madeSafe();
    await here.look();
    Object.assign(plugged, { isListed: true, isMounted: true });
    await here.look();
    await soon(next).toEqual(['ready']);
  });

  it('stays safe where the system lists it once more without what was on it', async () => {
    const { plugged, here, timers } = await madeSafe();
    await here.look();
    plugged.isListed = true;
    await here.look();
    await timers.pass(50);
    expect(states(here)).toEqual(['safe']);
  });
});

describe('trouble that ends by itself', () => {
  it('is looked at now and then for as long as the phone is there, and not in between', async () => {
    let opened = 0;
    const access: FileAccess = {
      list: () => Promise.resolve({ files: [], missed: [] }),
      open: () => Promise.reject(new Error()),
      close: () => Promise.resolve(),
    };
    let locked = true;
    const transport: PhoneTransport = {
      kind: 'mtp',
      phones: () => Promise.resolve([{ key: 'k', name: 'Phone', serial: 'S', port: null, trouble: null }]),
      open: () => {
        opened += 1;
        return locked ? Promise.reject(new StationError('phone-locked')) : Promise.resolve(access);
      },
      watch: () => () => {},
      close: () => Promise.resolve(),
    };
    const platform = counting(() => [], { transports: [transport] });
    const timers = new ManualTimers();
    const here = open(platform, { looks: [0], healEvery: 30, healFor: 1000, healSlowly: 600 }, timers);
    await timers.pass(900);
    expect(opened).toBe(1 + 900 / 30);
    expect(states(here)).toEqual(['phone-locked']);
    await timers.pass(1000);
    const soFar = opened;
    await timers.pass(6000);
    expect(opened - soFar).toBe(10);
    locked = false;
    await timers.pass(700);
    expect(states(here)).toEqual(['ready']);
    expect(timers.pending).toEqual([]);
  });

  it('of a device that is listed and yet not there does not keep the computer busy', async () => {
    const mounted = {
      device: 'x',
      label: null,
      fileSystem: 'vfat',
      uuid: 'u',
      locked: false,
      container: null,
    };
    const platform = counting(() => [driveFound({ volumes: [{ ...mounted, mountPoints: ['/nowhere'] }] })], {
      files: pathFiles,
    });
    const timers = new ManualTimers();
    const here = open(platform, { looks: [0], healEvery: 100, healFor: 1000, healSlowly: 1000 }, timers);
    await soon(async () => {
      await timers.pass(50);
      return states(here);
    }).toEqual(['source-gone']);
    const before = platform.asked;
    for (let count = 0; count < 10; count += 1) await timers.pass(50);
    // Once in each hundred milliseconds; reading its files goes through the real system, and may be late.
    expect(platform.asked - before).toBeLessThanOrEqual(6);
  });
});

describe('the files of a stick', () => {
  let folder: string;
  let files: FileAccess;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'station-files-'));
    files = pathFiles(folder);
  });
  afterEach(async () => {
    await files.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const names = async () =>
    (await files.list(LIMITS, new AbortController().signal)).files.map(({ name }) => name);

  it('are listed without what is hidden, what the system keeps there, and links', async () => {
    for (const name of ['System Volume Information', '$RECYCLE.BIN', '.Trash-1000', 'export']) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'a.json'), '{}');
    }
    symlinkSync('/etc', join(folder, 'etc'));
    symlinkSync('/etc/passwd', join(folder, 'passwd'));
    expect(await names()).toEqual(['export/a.json']);
  });

  it.each(['passwd', 'etc/passwd', '../outside.json', 'export/../../outside.json'])(
    'are never opened through a link or outside of it: %s',
    async (name) => {
      mkdirSync(join(folder, 'export'));
      writeFileSync(join(folder, '..', 'outside.json'), '{}');
      symlinkSync('/etc', join(folder, 'etc'));
      symlinkSync('/etc/passwd', join(folder, 'passwd'));
      await expect(files.open(name)).rejects.toMatchObject({ code: 'link-skipped' });
      rmSync(join(folder, '..', 'outside.json'));
    },
  );

  it('are read in any order, and nothing comes behind their end', async () => {
    writeFileSync(join(folder, 'a.json'), '0123456789');
    const file = await files.open('a.json');
    expect(Buffer.from(await file.read(7, 100)).toString()).toBe('789');
    expect(Buffer.from(await file.read(0, 2)).toString()).toBe('01');
    expect(await file.read(10, 5)).toHaveLength(0);
    expect(await file.stat()).toMatchObject({ bytes: 10 });
  });

  it('that are opened while all is being closed are closed as well', async () => {
    writeFileSync(join(folder, 'a.json'), '{}');
    const opening = files.open('a.json');
    await files.close();
    await expect(opening).rejects.toMatchObject({ code: 'source-gone' });
  });

  it('that are no files are refused before they can block', async () => {
    mkdirSync(join(folder, 'sub'));
    await expect(files.open('sub')).rejects.toMatchObject({ code: 'is-folder' });
    await expect(files.open('nothing')).rejects.toMatchObject({ code: 'source-gone' });
  });

  it('more than are looked at, and deeper', async () => {
    for (let n = 0; n < 5; n += 1) writeFileSync(join(folder, `${n}.json`), '{}');
    const some = await files.list({ files: 3, depth: 4 }, new AbortController().signal);
    expect(some.files.map(({ name }) => name)).toEqual(['0.json', '1.json', '2.json']);
    expect(some.missed).toEqual([{ name: '', code: 'too-many-files' }]);
    mkdirSync(join(folder, 'a/b/c'), { recursive: true });
    writeFileSync(join(folder, 'a/b/c/deep.json'), '{}');
    const flat = await files.list({ files: 99, depth: 2 }, new AbortController().signal);
    expect(flat.files.map(({ name }) => name)).not.toContain('a/b/c/deep.json');
    expect(flat.missed).toEqual([{ name: 'a/b', code: 'folder-too-deep' }]);
  });

  it('of two volumes are told apart by their volume, and one that is full keeps nothing of the other', async () => {
    for (const name of ['one', 'two']) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'a.json'), name);
    }
    const both = joinedFiles([
      { name: 'DATA', files: pathFiles(join(folder, 'one')) },
      { name: 'MORE', files: pathFiles(join(folder, 'two')) },
    ]);
    const { files: list } = await both.list(LIMITS, new AbortController().signal);
    expect(list.map(({ name }) => name)).toEqual(['DATA/a.json', 'MORE/a.json']);
    const second = await both.open(list[1]?.file ?? '');
    expect(Buffer.from(await second.read(0, 10)).toString()).toBe('two');
    await expect(both.open('7/a.json')).rejects.toMatchObject({ code: 'source-gone' });
    writeFileSync(join(folder, 'one', 'b.json'), 'b');
    expect(await both.list({ files: 1, depth: 4 }, new AbortController().signal)).toMatchObject({
      files: [{ name: 'DATA/a.json' }, { name: 'MORE/a.json' }],
      missed: [{ name: 'DATA', code: 'too-many-files' }],
    });
    await both.close();
  });
});

describe('a time-out', () => {
  it('ends, tells the work so, and closes what comes too late', async () => {
    let told: AbortSignal | null = null;
    const late: string[] = [];
    const timers = new ManualTimers();
    const work = withTimeout(
      30,
      'device-stuck',
      async (signal) => {
        told = signal;
        await timers.pass(80);
        return 'session';
      },
      { late: (value) => late.push(value), timers },
    );
    await expect(work).rejects.toMatchObject({ code: 'device-stuck' });
    expect((told as AbortSignal | null)?.aborted).toBe(true);
    await soon(() => late).toEqual(['session']);
  });

  it('ends at once when nobody wants it any more', async () => {
    const outer = new AbortController();
    const work = withTimeout(10_000, 'device-stuck', () => new Promise(() => {}), { outer: outer.signal });
    outer.abort();
    await expect(work).rejects.toMatchObject({ code: 'cancelled' });
  });
});

/** Sticks on Windows, from recorded answers of CIM; the helper that asks was not run on a real Windows. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Devices } from '../../electron/sources/device-monitor.ts';
import { pathFiles } from '../../electron/sources/path-files.ts';
import type { ListedDrive } from '../../electron/sources/real/drives.ts';
import { realPlatform } from '../../electron/sources/real/platform.ts';
import { powerShell, windowsCommand } from '../../electron/sources/real/windows-command.ts';
import {
  ejectOnWindows,
  windowsDrives,
  type AskWindows,
} from '../../electron/sources/real/windows-drives.ts';
import type { Platform } from '../../electron/sources/source.ts';
import { StationError } from '../../shared/errors.ts';
import { temporaryFolder } from '../support/folder.ts';
import { soon } from '../support/soon.ts';
import { QUICK } from '../support/station.ts';

/** As `Win32_DiskDrive` and `MSFT_Disk` tell of it, in the words of the helper. */
const stick = (different: object = {}) => ({
  number: 1,
  device: '\\\\.\\PHYSICALDRIVE1',
  model: 'SanDisk Cruzer Blade USB Device',
  serial: '4C530001240617115433',
  bytes: 15_376_711_680,
  outside: true,
  arrived: '638999999990000000',
  ...different,
});
const inside = stick({
  number: 0,
  device: '\\\\.\\PHYSICALDRIVE0',
  model: 'WDC WD5000LPCX',
  serial: '     WD-WX11',
  outside: false,
  arrived: '',
});
const volume = (different: object = {}) => ({
  letter: 'E:',
  disk: 1,
  label: 'BLUE',
  serial: '1A2B3C4D',
  fileSystem: 'FAT32',
  locked: false,
  ...different,
});
const own = volume({ letter: 'C:', disk: 0, label: 'Windows', serial: 'AABBCCDD', fileSystem: 'NTFS' });

interface Told {
  readonly disks: readonly object[];
  readonly volumes: readonly object[];
}
const computer = (disks: readonly object[], volumes: readonly object[]): Told => ({
  disks: [inside, ...disks],
  volumes: [own, ...volumes],
});
const drives = (told: unknown) => windowsDrives(() => Promise.resolve(told), 'C:')();

describe('drives', () => {
  it('a stick: its label, the number of its volume, its own, and when it was plugged in', async () => {
    expect(await drives(computer([stick()], [volume()]))).toEqual([
      {
        device: '\\\\.\\PHYSICALDRIVE1',
        plugging: '638999999990000000',
        name: 'SanDisk Cruzer Blade',
        bytes: 15_376_711_680,
        serial: '4C530001240617115433',
        portable: true,
        arriving: false,
        volumes: [
          {
            device: 'E:',
            label: 'BLUE',
            fileSystem: 'FAT32',
            uuid: '1A2B3C4D',
            mountPoints: ['E:\\'],
            locked: false,
            container: null,
          },
        ],
      },
    ]);
  });

  it('not the disks inside, not the stick that this computer runs from, not a slot without a card', async () => {
    expect(await drives(computer([], []))).toEqual([]);
    expect(await drives({ disks: [stick()], volumes: [volume({ letter: 'c:' })] })).toEqual([]);
    expect(await drives(computer([stick({ bytes: 0 })], [volume({ fileSystem: '' })]))).toEqual([]);
  });

  it('one that BitLocker has locked, one that Windows cannot read, one without any letter yet', async () => {
    const locked = volume({ label: '', serial: '', fileSystem: '', locked: true });
    expect(await drives(computer([stick()], [locked]))).toMatchObject([
      { arriving: false, volumes: [{ locked: true, mountPoints: [], fileSystem: 'BitLocker', uuid: null }] },
    ]);
    const strange = volume({ label: '', serial: '', fileSystem: '' });
    expect(await drives(computer([stick()], [strange]))).toMatchObject([
      { volumes: [{ locked: false, mountPoints: [], fileSystem: null }] },
    ]);
    expect(await drives(computer([stick()], []))).toMatchObject([{ arriving: true, volumes: [] }]);
  });

  it.each(['', '0000000000000', '\u0001\u0002', '       '])('serial %j is none', async (serial) => {
    expect(await drives(computer([stick({ serial })], [volume()]))).toMatchObject([{ serial: null }]);
  });

  it('is the same stick also when Windows does not tell all of it once more', async () => {
    const answers = [
      computer([stick()], [volume()]),
      computer([stick({ arrived: '', outside: false })], [volume()]),
      computer([], []),
      computer([stick({ arrived: '', outside: false })], [volume()]),
    ];
    const ask = windowsDrives(() => Promise.resolve(answers.shift()), 'C:');
    const first = await ask();
    expect(first).toHaveLength(1);
    expect(await ask()).toEqual(first);
    expect(await ask()).toEqual([]);
    // It was pulled out in between: what was known of it holds no more.
    expect(await ask()).toEqual([]);
  });

  it.each([null, 'drives', {}, { disks: {}, volumes: [] }])('%j is no answer', async (told) => {
    await expect(drives(told)).rejects.toMatchObject({ code: 'devices-blind' });
  });
});

describe('plugged in, pulled out, let go of', () => {
  let temporary: ReturnType<typeof temporaryFolder>;
  let told: Told;
  let asked: { readonly ask: string; readonly letter?: string }[];
  let hint: () => void;
  let devices: Devices;
  /** What Windows does when it is asked to eject. */
  let onEject: () => boolean;

  beforeEach(() => {
    temporary = temporaryFolder();
    for (const letter of ['E', 'F']) {
      mkdirSync(join(temporary.path, letter));
      writeFileSync(join(temporary.path, letter, 'dump.json'), '{}');
    }
    told = computer([], []);
    asked = [];
    onEject = () => true;
    const ask: AskWindows = (question) => {
      asked.push(question);
      return Promise.resolve(question.ask === 'drives' ? told : onEject());
    };
    const platform: Platform = {
      ...realPlatform({ log: () => {}, system: 'win32', askWindows: ask }),
      watch: (tell) => {
        hint = tell;
        return () => {};
      },
      transports: [],
      // The letters are folders here.
      files: (path) => pathFiles(join(temporary.path, path.charAt(0))),
    };
    devices = new Devices(platform, {
      limits: { files: 100, depth: 4 },
      tell: () => {},
      pace: { ...QUICK, safeShown: 1_000_000 },
    });
    devices.start();
  });
  afterEach(async () => {
    await devices.close();
    temporary.remove();
  });

  const seen = () =>
    devices
      .snapshot()
      .devices.map(({ name, state }) => `${name}: ${state.kind === 'problem' ? state.code : state.kind}`);
  const ids = () => devices.snapshot().devices.map(({ source }) => source);
  const now = (next: Told): void => {
    told = next;
    hint();
  };

  it('a stick that comes again is the same one, and its files are there again', async () => {
    now(computer([stick()], [volume()]));
    await soon(seen).toEqual(['BLUE: ready']);
    const before = ids();
    now(computer([], []));
    await soon(seen).toEqual([]);
    // In another port, with another letter.
    now(
      computer(
        [stick({ number: 2, device: '\\\\.\\PHYSICALDRIVE2', arrived: '639' })],
        [volume({ letter: 'F:', disk: 2 })],
      ),
    );
    await soon(seen).toEqual(['BLUE: ready']);
    expect(ids()).toEqual(before);
    const { files } = await devices.files(ids()[0] ?? '');
    expect(files.map(({ name }) => name)).toEqual(['dump.json']);
  });

  it('pulled out and put back between two looks is another plugging of the same stick', async () => {
    now(computer([stick()], [volume()]));
    await soon(seen).toEqual(['BLUE: ready']);
    const [before] = devices.snapshot().devices;
    now(computer([stick({ arrived: '639000000000000000' })], [volume()]));
    await soon(() => devices.snapshot().devices[0]?.plugging === before?.plugging).toBe(false);
    await soon(seen).toEqual(['BLUE: ready']);
    expect(ids()).toEqual([before?.source]);
  });

  it('two sticks of one make are two, by the numbers of their volumes', async () => {
    const other = stick({ number: 2, device: '\\\\.\\PHYSICALDRIVE2' });
    now(
      computer(
        [stick(), other],
        [volume(), volume({ letter: 'F:', disk: 2, label: 'RED', serial: '55667788' })],
      ),
    );
    await soon(() => seen().sort()).toEqual(['BLUE: ready', 'RED: ready']);
    expect(new Set(ids()).size).toBe(2);
  });

  it('one that is locked says so', async () => {
    now(computer([stick()], [volume({ label: '', serial: '', fileSystem: '', locked: true })]));
    await soon(seen).toEqual(['SanDisk Cruzer Blade: stick-locked']);
  });

  it('is safe once its letter is gone, though Windows lists the stick no more', async () => {
    now(computer([stick()], [volume()]));
    await soon(seen).toEqual(['BLUE: ready']);
    onEject = () => {
      told = computer([], []);
      return true;
    };
    await devices.eject(ids()[0] ?? '');
    expect(seen()).toEqual(['BLUE: safe']);
    expect(asked).toContainEqual({ ask: 'eject', letter: 'E:' });
  });

  it('is not safe while its letter is there', async () => {
    now(computer([stick()], [volume()]));
    await soon(seen).toEqual(['BLUE: ready']);
    onEject = () => false;
    await expect(devices.eject(ids()[0] ?? '')).rejects.toMatchObject({ code: 'eject-in-use' });
    await soon(seen).toEqual(['BLUE: ready']);
  });

  it('nothing but a letter is ever asked to be let go of', async () => {
    const odd = {
      device: 'E:',
      label: null,
      fileSystem: 'FAT32',
      uuid: null,
      locked: false,
      container: null,
    };
    const eject = ejectOnWindows(() => Promise.resolve(true), { ...odd, mountPoints: ['\\\\?\\Volume{1}'] });
    await expect(eject).rejects.toMatchObject({ code: 'eject-failed' });
  });
});

describe('where the helper may not ask', () => {
  const blind: AskWindows = () => Promise.reject(new StationError('devices-blind'));
  const signal = new AbortController().signal;
  const listed: ListedDrive = {
    device: '\\\\.\\PhysicalDrive1',
    raw: '\\\\.\\PhysicalDrive1',
    description: 'SanDisk',
    size: 1,
    isVirtual: false,
    isRemovable: false,
    isUSB: true,
    isCard: false,
    mountpoints: [{ path: 'E:\\' }],
  };

  it('drivelist tells, where it can be loaded; otherwise nobody does, and that is said', async () => {
    const open = (list: () => Promise<readonly ListedDrive[]>) =>
      realPlatform({ log: () => {}, system: 'win32', askWindows: blind, list });
    expect(await open(() => Promise.resolve([listed])).drives(signal)).toMatchObject([
      { name: 'SanDisk', volumes: [{ mountPoints: ['E:\\'] }] },
    ]);
    await expect(open(() => Promise.reject(new Error('not built'))).drives(signal)).rejects.toMatchObject({
      code: 'devices-blind',
    });
  });
});

describe('the helper', () => {
  const env = { SystemRoot: 'D:\\Win' };
  const exists = (path: string) => path.endsWith('windows-devices.ps1') && !path.startsWith('/');
  const system = 'D:\\Win\\System32\\WindowsPowerShell\\v1.0\\powershell.exe';

  it('is started by its full path, wherever the system lies', () => {
    expect(powerShell(env)).toBe(system);
    for (const SystemRoot of [undefined, '', 'Win', '.\\Win'])
      expect(powerShell({ SystemRoot })).toBe(
        'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
      );
  });

  it('is the one beside the packaged program, or the one of the repository', () => {
    const packed = windowsCommand({ env, resourcesPath: 'C:\\Program Files\\Station\\resources', exists });
    expect(packed?.[0]).toBe(system);
    expect(packed?.at(-1)).toBe('C:\\Program Files\\Station\\resources/windows-devices.ps1');
    const repository = windowsCommand({
      env,
      resourcesPath: undefined,
      exists: (path) => path.includes(join('build', 'windows')),
    });
    expect(repository?.at(-1)).toBe(join(import.meta.dirname, '../../build/windows-devices.ps1'));
  });

  it('is never one of the folder where somebody stands', () => {
    const tried: string[] = [];
    const nowhere = (path: string) => {
      tried.push(path);
      return false;
    };
    for (const resourcesPath of [undefined, ''])
      expect(windowsCommand({ env, resourcesPath, exists: nowhere })).toBeNull();
    expect(tried.length).toBeGreaterThan(0);
    for (const path of tried) expect(path).toMatch(/^(\/|[A-Z]:)/);
  });
});

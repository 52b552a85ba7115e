/** What the real platform makes of what Linux says, from recorded words of its programs. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blockDevices, drivesOf, type BlockNode } from '../../electron/sources/real/block-devices.ts';
import { drivesElsewhere, drivesOnLinux, type ListedDrive } from '../../electron/sources/real/drives.ts';
import { holderOf, mountVolume, powerOffDrive, unmountVolume } from '../../electron/sources/real/linux.ts';
import { parseMounts, readMounts } from '../../electron/sources/real/mount-table.ts';
import { unmountOnMac } from '../../electron/sources/real/mac.ts';
import { realPlatform } from '../../electron/sources/real/platform.ts';
import { runProgram, systemProgram, type Ran, type Run } from '../../electron/sources/real/run.ts';
import type { DriveFound, PhoneTransport, VolumeFound } from '../../electron/sources/source.ts';
import { StationError } from '../../shared/errors.ts';

const node = (different: Partial<BlockNode>): BlockNode => ({
  path: '/dev/sdb',
  type: 'disk',
  fstype: null,
  label: null,
  uuid: null,
  size: 8_000_000_000,
  serial: null,
  vendor: null,
  model: null,
  tran: null,
  rm: false,
  mountpoints: [null],
  ...different,
});
const partition = (different: Partial<BlockNode> = {}): BlockNode =>
  node({ path: '/dev/sdb1', type: 'part', fstype: 'vfat', label: 'BLUE', uuid: 'AAAA-0001', ...different });
const volume: VolumeFound = {
  device: '/dev/sdb1',
  label: 'BLUE',
  fileSystem: 'vfat',
  uuid: 'AAAA-0001',
  mountPoints: ['/media/clerk/BLUE'],
  locked: false,
  container: null,
};
const drive: DriveFound = {
  device: '/dev/sdb',
  plugging: null,
  name: 'Kingston',
  bytes: 1,
  serial: null,
  portable: true,
  volumes: [volume],
  arriving: false,
};

/** Programs that say what they are told to, and remember how they were called. */
function programs(said: Readonly<Record<string, Partial<Ran>>>): { run: Run; calls: string[] } {
  const calls: string[] = [];
  const run: Run = (program, args) => {
    const call = [program, ...args].join(' ');
    calls.push(call);
    const found = Object.entries(said).find(([begin]) => call.startsWith(begin))?.[1];
    const missing = found === undefined;
    return Promise.resolve({ code: missing ? null : 0, stdout: '', stderr: '', missing, ...found });
  };
  return { run, calls };
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) =>
      error instanceof StationError ? [error.code, error.detail].filter(Boolean).join(' ') : error,
  );

describe('drives', () => {
  const find = (...nodes: BlockNode[]) => drivesOf(nodes, [], new Set(), new Set());

  it('a stick with a partition, one without a table, and one that is still arriving', () => {
    expect(
      find(
        node({
          tran: 'usb',
          vendor: 'Kingston',
          model: 'DataTraveler ',
          children: [partition({ mountpoints: ['/media/x/BLUE'] })],
        }),
      ),
    ).toMatchObject([
      {
        name: 'Kingston DataTraveler',
        arriving: false,
        portable: true,
        volumes: [{ device: '/dev/sdb1', label: 'BLUE', fileSystem: 'vfat', mountPoints: ['/media/x/BLUE'] }],
      },
    ]);
    expect(find(node({ tran: 'usb', fstype: 'exfat' }))).toMatchObject([
      { volumes: [{ device: '/dev/sdb', fileSystem: 'exfat' }] },
    ]);
    expect(find(node({ tran: 'usb' }))).toMatchObject([{ volumes: [], arriving: true }]);
  });

  it('an encrypted stick, locked and unlocked', () => {
    const locked = partition({ fstype: 'crypto_LUKS', uuid: 'outer' });
    expect(find(node({ tran: 'usb', children: [locked] }))).toMatchObject([{ volumes: [{ locked: true }] }]);
    const inside = node({
      path: '/dev/mapper/luks-1',
      type: 'crypt',
      fstype: 'ext4',
      uuid: 'inner',
      mountpoints: ['/run/media/x/y'],
    });
    expect(find(node({ tran: 'usb', children: [{ ...locked, children: [inside] }] }))).toMatchObject([
      {
        volumes: [
          {
            device: '/dev/mapper/luks-1',
            locked: false,
            container: '/dev/sdb1',
            mountPoints: ['/run/media/x/y'],
          },
        ],
      },
    ]);
  });

  it('a mount that only the mount table knows', () => {
    const mounts = [{ device: '/dev/sdb1', path: '/media/x/NTFS', fileSystem: 'fuseblk', readOnly: false }];
    const found = drivesOf(
      [node({ tran: 'usb', children: [partition({ fstype: 'ntfs' })] })],
      mounts,
      new Set(),
      new Set(),
    );
    expect(found[0]?.volumes[0]?.mountPoints).toEqual(['/media/x/NTFS']);
  });

  it('a card in a slot, and what only drivelist calls removable', () => {
    const card = node({ path: '/dev/mmcblk0', children: [partition({ path: '/dev/mmcblk0p1' })] });
    expect(find(card)).toEqual([]);
    expect(drivesOf([card], [], new Set(), new Set(['/dev/mmcblk0']))).toMatchObject([{ portable: true }]);
    expect(drivesOf([card], [], new Set(['/dev/mmcblk0']), new Set())).toMatchObject([{ portable: true }]);
  });

  it('not the disk this computer runs from, also when it is a stick; no empty slot; no memory disk', () => {
    expect(find(node({ tran: 'usb', children: [partition({ mountpoints: ['/'] })] }))).toEqual([]);
    expect(
      find(
        node({
          tran: 'usb',
          children: [partition({ mountpoints: ['/boot/efi'] }), partition({ path: '/dev/sdb2' })],
        }),
      ),
    ).toEqual([]);
    expect(find(node({ tran: 'usb', size: 0 }))).toEqual([]);
    expect(find(node({ path: '/dev/zram0', rm: true }))).toEqual([]);
  });

  it('a disk inside the computer counts only where it is mounted for guests, and only for its dumps', () => {
    const inside = (path: string) =>
      node({ path: '/dev/sdc', children: [partition({ mountpoints: [path] })] });
    expect(find(inside('/data'))).toEqual([]);
    expect(find(inside('/media/clerk/OLD'))).toMatchObject([{ portable: false }]);
  });

  it.skipIf(process.platform !== 'linux')('on this very computer', async () => {
    const nodes = await blockDevices(runProgram);
    expect(Array.isArray(nodes)).toBe(true);
    for (const found of await drivesOnLinux(runProgram, () => {})) expect(found.device).toMatch(/^\/dev\//);
    expect((await readMounts()).some(({ path }) => path === '/')).toBe(true);
  });

  it('lsblk before util-linux 2.37 knows one mount point only', async () => {
    const { mountpoints: _, ...old } = partition();
    const { mountpoints: _none, ...disk } = node({ tran: 'usb' });
    const tree = [{ ...disk, mountpoint: null, children: [{ ...old, mountpoint: '/media/clerk/BLUE' }] }];
    const asked: string[] = [];
    const run: Run = (_program, args) => {
      asked.push(args.at(-1)?.split(',').at(-1) ?? '');
      const knows = asked.length > 1;
      return Promise.resolve({
        code: knows ? 0 : 1,
        stdout: knows ? JSON.stringify({ blockdevices: tree }) : '',
        stderr: knows ? '' : 'lsblk: unknown column: MOUNTPOINTS',
        missing: false,
      });
    };
    const nodes = await blockDevices(run);
    expect(asked).toEqual(['MOUNTPOINTS', 'MOUNTPOINT']);
    expect(drivesOf(nodes, [], new Set(), new Set())).toMatchObject([
      { volumes: [{ label: 'BLUE', mountPoints: ['/media/clerk/BLUE'] }] },
    ]);
  });

  it('without lsblk nothing is seen, and that is said', async () => {
    expect(await codeOf(blockDevices(programs({}).run))).toBe('devices-blind');
    expect(await codeOf(blockDevices(programs({ lsblk: { stdout: 'no json' } }).run))).toBe('devices-blind');
  });

  it('without the native module: on Linux lsblk tells alone, elsewhere that is said', async () => {
    const broken = () => Promise.reject(new Error('no native build was found'));
    const said = JSON.stringify({ blockdevices: [node({ tran: 'usb', fstype: 'vfat' })] });
    const lines: string[] = [];
    const found = await drivesOnLinux(
      programs({ lsblk: { stdout: said } }).run,
      (line) => lines.push(line),
      broken,
    );
    expect(found).toHaveLength(1);
    expect(lines).toEqual(['drivelist is not there; lsblk tells alone']);
    expect(await codeOf(drivesElsewhere(broken))).toBe('devices-blind');
  });

  it('elsewhere as drivelist lists them, whatever it calls a system drive', async () => {
    const listed = (different: Partial<ListedDrive> & { isSystem?: boolean }): ListedDrive => ({
      device: '\\\\.\\PhysicalDrive1',
      raw: '\\\\.\\PhysicalDrive1',
      description: 'SanDisk',
      size: 1,
      isVirtual: false,
      isRemovable: false,
      isUSB: true,
      isCard: false,
      mountpoints: [{ path: 'E:\\', label: 'BLUE' }],
      ...different,
    });
    const drives = (...all: ListedDrive[]) => drivesElsewhere(() => Promise.resolve(all), 'C:');
    expect(await drives(listed({ isSystem: true }))).toMatchObject([
      { name: 'SanDisk', portable: true, volumes: [{ label: 'BLUE', mountPoints: ['E:\\'] }] },
    ]);
    expect(await drives(listed({ mountpoints: [{ path: 'C:\\' }] }))).toEqual([]);
    expect(await drives(listed({ mountpoints: [] }))).toMatchObject([{ arriving: true }]);
    // A second disk inside the computer.
    expect(await drives(listed({ isUSB: false, mountpoints: [{ path: 'D:\\' }] }))).toEqual([]);
  });
});

describe('the mount table', () => {
  it('is read with its escapes; what is no line of it is passed over', () => {
    const table = [
      '36 35 98:0 /mnt1 /media/x/MY\\040STICK ro,nosuid master:1 - vfat /dev/sdb1 rw,errors=continue',
      '99 35 0:44 / /run/user/1000/gvfs rw,nosuid - fuse.gvfsd-fuse gvfsd-fuse rw',
      'nonsense',
      '',
    ].join('\n');
    expect(parseMounts(table)).toEqual([
      { device: '/dev/sdb1', path: '/media/x/MY STICK', fileSystem: 'vfat', readOnly: true },
      { device: 'gvfsd-fuse', path: '/run/user/1000/gvfs', fileSystem: 'fuse.gvfsd-fuse', readOnly: false },
    ]);
  });
});

describe('mounting', () => {
  const nowhere = () => Promise.resolve([]);

  it('is read-only, without programs, devices or links to other people’s rights, and asks nobody', async () => {
    const { run, calls } = programs({ udisksctl: { stdout: 'Mounted /dev/sdb1 at /media/clerk/BLUE' } });
    expect(await mountVolume(run, volume, nowhere)).toBe('/media/clerk/BLUE');
    expect(calls).toEqual(['udisksctl mount -b /dev/sdb1 -o ro,nosuid,nodev,noexec --no-user-interaction']);
  });

  it('by somebody else in the meantime is as good', async () => {
    const { run } = programs({
      udisksctl: { code: 1, stderr: 'GDBus.Error:org.freedesktop.UDisks2.Error.AlreadyMounted' },
    });
    const table = [{ device: '/dev/sdb1', path: '/media/x/BLUE', fileSystem: 'vfat', readOnly: false }];
    expect(await mountVolume(run, volume, () => Promise.resolve(table))).toBe('/media/x/BLUE');
  });

  it.each([
    [{ missing: true, code: null }, 'stick-not-opened'],
    [
      { code: 1, stderr: 'Error.NotAuthorizedCanObtain: Not authorized to perform operation' },
      'no-permission',
    ],
    [
      { code: 1, stderr: 'mount: wrong fs type, bad option, bad superblock on /dev/sdb1' },
      'stick-unreadable',
    ],
    [{ code: 1, stderr: 'something else' }, 'stick-not-opened'],
  ] as const)('%j', async (ran, code) => {
    expect(await codeOf(mountVolume(programs({ udisksctl: ran }).run, volume, nowhere))).toBe(code);
  });
});

describe('letting go', () => {
  it('unmounts, then takes the power', async () => {
    const { run, calls } = programs({ udisksctl: {} });
    await unmountVolume(run, volume);
    await powerOffDrive(run, drive);
    expect(calls).toEqual([
      'udisksctl unmount -b /dev/sdb1 --no-user-interaction',
      'udisksctl power-off -b /dev/sdb --no-user-interaction',
    ]);
  });

  it('locks an encrypted stick again', async () => {
    const { run, calls } = programs({ udisksctl: {} });
    await unmountVolume(run, { ...volume, device: '/dev/mapper/luks-1', container: '/dev/sdb1' });
    expect(calls.at(-1)).toBe('udisksctl lock -b /dev/sdb1 --no-user-interaction');
  });

  it.each([
    [
      {
        code: 1,
        stderr:
          'Error unmounting /dev/sdb1: GDBus.Error:org.freedesktop.UDisks2.Error.DeviceBusy: target is busy',
      },
      'eject-in-use',
    ],
    [{ code: 1, stderr: 'Error unmounting: Timed out' }, 'eject-failed'],
    [{ code: 1, stderr: 'NotAuthorized' }, 'eject-failed'],
    [{ code: null, stderr: '' }, 'eject-failed'],
  ])('is refused: %j', async (ran, code) => {
    expect(await codeOf(unmountVolume(programs({ udisksctl: ran }).run, volume))).toBe(code);
  });

  it.each([
    [
      {
        code: 1,
        stderr:
          'Error powering off drive: GDBus.Error:org.freedesktop.UDisks2.Error.NotSupported: No usb device',
      },
      'done',
    ],
    [{ code: 1, stderr: 'Error looking up object for device /dev/sdb' }, 'done'],
    [
      { code: 1, stderr: 'Error powering off drive: The drive in use: Device /dev/sdb1 is mounted' },
      'eject-in-use',
    ],
    [{ code: 1, stderr: 'Error synchronizing after initial wipe' }, 'eject-failed'],
  ])('of the power: %j', async (ran, code) => {
    expect(await codeOf(powerOffDrive(programs({ udisksctl: ran }).run, drive))).toBe(code);
  });

  it('without udisks unmounts all the same', async () => {
    const { run, calls } = programs({ umount: {} });
    await unmountVolume(run, volume);
    await powerOffDrive(run, drive);
    expect(calls).toContain('umount /media/clerk/BLUE');
  });

  it('on macOS names the program that objects', async () => {
    const said =
      'Unmount failed for /Volumes/BLUE\nDissented by PID 412 (/System/Applications/Preview.app/Contents/MacOS/Preview)';
    const { run } = programs({ '/usr/sbin/diskutil': { code: 1, stderr: said } });
    expect(await codeOf(unmountOnMac(run, { ...volume, mountPoints: ['/Volumes/BLUE'] }))).toBe(
      'eject-in-use Preview',
    );
  });
});

describe('who holds a stick', () => {
  let proc: string;
  beforeEach(() => (proc = mkdtempSync(join(tmpdir(), 'station-proc-'))));
  afterEach(() => rmSync(proc, { recursive: true, force: true }));

  it('is named by the folder it works in or a file it has open', async () => {
    mkdirSync(join(proc, '77', 'fd'), { recursive: true });
    writeFileSync(join(proc, '77', 'comm'), 'soffice.bin\n');
    symlinkSync('/home/clerk', join(proc, '77', 'cwd'));
    expect(await holderOf('/media/clerk/BLUE', proc)).toBeNull();
    symlinkSync('/media/clerk/BLUE2/x', join(proc, '77', 'fd', '3'));
    expect(await holderOf('/media/clerk/BLUE', proc)).toBeNull();
    symlinkSync('/media/clerk/BLUE/letter.odt', join(proc, '77', 'fd', '4'));
    expect(await holderOf('/media/clerk/BLUE', proc)).toBe('soffice.bin');
  });
});

describe('the platform of this computer', () => {
  it('asks for phones by the ways of its system, and by those that it is given after them', () => {
    const adb = { kind: 'adb' } as PhoneTransport;
    for (const system of ['linux', 'darwin', 'win32'] as const) {
      const { transports } = realPlatform({ log: () => {}, system, transports: [adb] });
      expect(transports.map(({ kind }) => kind)).toEqual(['mtp', 'adb']);
    }
  });

  it('watches and lists without harm where there is no USB at all', async () => {
    const lines: string[] = [];
    const platform = realPlatform({ log: (line) => lines.push(line) });
    const stop = platform.watch(() => {});
    const listed = await platform.drives(new AbortController().signal).then(
      (drives) => drives.every(({ device, volumes }) => device !== '' && Array.isArray(volumes)),
      (error: unknown) => error instanceof StationError && error.code === 'devices-blind',
    );
    expect(listed).toBe(true);
    stop();
    await platform.close();
    expect(lines.filter((line) => line.includes('internal'))).toEqual([]);
  });
});

describe('a program of the system', () => {
  it('is started from the folders of the system alone, whatever stands in PATH', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'station-programs-'));
    const before = process.env['PATH'];
    try {
      writeFileSync(join(folder, 'udisksctl-of-somebody'), '#!/bin/sh\necho hello\n', { mode: 0o755 });
      process.env['PATH'] = folder;
      expect(await runProgram('udisksctl-of-somebody', [])).toMatchObject({ code: null, missing: true });
      expect(systemProgram('udisksctl-of-somebody', [folder])).toBe(join(folder, 'udisksctl-of-somebody'));
      expect(systemProgram('/usr/sbin/diskutil')).toBe('/usr/sbin/diskutil');
    } finally {
      process.env['PATH'] = before;
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

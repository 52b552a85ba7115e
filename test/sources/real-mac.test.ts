/** Sticks on macOS, from property lists as `diskutil` and `ioreg` write them; the programs themselves were not run. */
import { describe, expect, it } from 'vitest';
import { drivesOnMac } from '../../electron/sources/real/mac-drives.ts';
import { realPlatform } from '../../electron/sources/real/platform.ts';
import type { Run } from '../../electron/sources/real/run.ts';

type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

/** A property list in XML, with the head that Apple's programs write. */
function plist(value: Value): string {
  const text = (of: Value): string => {
    if (typeof of === 'string')
      return `<string>${of.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</string>`;
    if (typeof of === 'number') return `<integer>${of}</integer>`;
    if (typeof of === 'boolean') return of ? '<true/>' : '<false/>';
    if (Array.isArray(of)) return `<array>${of.map(text).join('\n')}</array>`;
    const pairs = Object.entries(of).map(([key, inside]) => `<key>${key}</key>\n${text(inside)}`);
    return `<dict>${pairs.join('\n')}</dict>`;
  };
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
${text(value)}
</plist>
`;
}

const LIST: Value = {
  AllDisks: ['disk0', 'disk0s1', 'disk0s2', 'disk1', 'disk1s1', 'disk2', 'disk2s1'],
  AllDisksAndPartitions: [
    {
      DeviceIdentifier: 'disk0',
      Content: 'GUID_partition_scheme',
      Size: 251_000_193_024,
      Partitions: [
        { DeviceIdentifier: 'disk0s1', Content: 'EFI', Size: 314_572_800 },
        { DeviceIdentifier: 'disk0s2', Content: 'Apple_APFS', Size: 250_685_575_168 },
      ],
    },
    {
      DeviceIdentifier: 'disk1',
      APFSPhysicalStores: [{ DeviceIdentifier: 'disk0s2' }],
      APFSVolumes: [{ DeviceIdentifier: 'disk1s1', MountPoint: '/', VolumeName: 'Macintosh HD' }],
    },
    {
      DeviceIdentifier: 'disk2',
      Content: 'FDisk_partition_scheme',
      Size: 15_376_711_680,
      Partitions: [
        // A stick that Windows has laid out anew.
        { DeviceIdentifier: 'disk2s2', Content: 'Microsoft Reserved' },
        { DeviceIdentifier: 'disk2s1', Content: 'DOS_FAT_32', VolumeName: 'BLUE & <RED>' },
      ],
    },
  ],
};
const INFO: Readonly<Record<string, Value>> = {
  disk2s2: { DeviceIdentifier: 'disk2s2', Internal: false, BusProtocol: 'USB', WholeDisk: false },
  disk0: { DeviceIdentifier: 'disk0', Internal: true, BusProtocol: 'PCI-Express', WholeDisk: true },
  disk1: { DeviceIdentifier: 'disk1', Internal: true, VirtualOrPhysical: 'Virtual', WholeDisk: true },
  disk2: {
    DeviceIdentifier: 'disk2',
    Internal: false,
    BusProtocol: 'USB',
    MediaName: 'Cruzer Blade',
    TotalSize: 15_376_711_680,
    VirtualOrPhysical: 'Physical',
    WholeDisk: true,
  },
  disk2s1: {
    DeviceIdentifier: 'disk2s1',
    FilesystemType: 'msdos',
    MountPoint: '/Volumes/BLUE & <RED>',
    VolumeName: 'BLUE & <RED>',
    VolumeUUID: '3F2504E0-4F89-11D3-9A0C-0305E82C3301',
    WholeDisk: false,
  },
};
const REGISTRY: Value = [
  {
    IORegistryEntryID: 4_294_968_871,
    'BSD Name': 'disk2',
    IORegistryEntryChildren: [{ IORegistryEntryID: 4_294_968_900, 'BSD Name': 'disk2s1' }],
  },
];

/** `diskutil` and `ioreg` of a computer. */
function mac(list: Value = LIST, info = INFO, registry: Value | null = REGISTRY): Run {
  return (program, args) => {
    const answer = (value: Value | null | undefined) =>
      Promise.resolve({
        code: value === null || value === undefined ? 1 : 0,
        stdout: value === null || value === undefined ? '' : plist(value),
        stderr: '',
        missing: false,
      });
    if (program === '/usr/sbin/ioreg') return answer(registry);
    expect(program).toBe('/usr/sbin/diskutil');
    return answer(args[0] === 'list' ? list : info[args[2] ?? '']);
  };
}

const withInfo = (id: string, different: Readonly<Record<string, Value>>) => ({
  ...INFO,
  [id]: { ...(INFO[id] as object), ...different },
});

describe('drives', () => {
  it('a stick: its label, the number of its file system, and that of this plugging', async () => {
    expect(await drivesOnMac(mac())).toEqual([
      {
        device: 'disk2',
        plugging: '4294968871',
        name: 'Cruzer Blade',
        bytes: 15_376_711_680,
        serial: null,
        portable: true,
        arriving: false,
        volumes: [
          {
            device: 'disk2s1',
            label: 'BLUE & <RED>',
            fileSystem: 'msdos',
            uuid: '3F2504E0-4F89-11D3-9A0C-0305E82C3301',
            mountPoints: ['/Volumes/BLUE & <RED>'],
            locked: false,
            container: null,
          },
        ],
      },
    ]);
  });

  it('an APFS stick, unlocked and locked, by the volumes of its container', async () => {
    const list = structuredClone(LIST) as { AllDisksAndPartitions: Value[] };
    list.AllDisksAndPartitions.push({
      DeviceIdentifier: 'disk3',
      APFSPhysicalStores: [{ DeviceIdentifier: 'disk2s1' }],
      APFSVolumes: [{ DeviceIdentifier: 'disk3s1' }],
    });
    const inside = {
      DeviceIdentifier: 'disk3s1',
      FilesystemType: 'apfs',
      VolumeName: 'INNER',
      VolumeUUID: 'U',
    };
    const virtual = {
      DeviceIdentifier: 'disk3',
      Internal: false,
      BusProtocol: 'USB',
      VirtualOrPhysical: 'Virtual',
    };
    const drives = (volume: Value) => drivesOnMac(mac(list, { ...INFO, disk3: virtual, disk3s1: volume }));
    expect(await drives({ ...inside, MountPoint: '/Volumes/INNER' })).toMatchObject([
      { device: 'disk2', volumes: [{ device: 'disk3s1', label: 'INNER', mountPoints: ['/Volumes/INNER'] }] },
    ]);
    expect(await drives({ ...inside, Locked: true })).toMatchObject([
      { device: 'disk2', volumes: [{ locked: true, mountPoints: [] }] },
    ]);
  });

  it('a card in a slot; not a disk image; not the stick that this computer runs from', async () => {
    const card = { Internal: true, BusProtocol: 'Secure Digital' };
    expect(await drivesOnMac(mac(LIST, withInfo('disk2', card)))).toHaveLength(1);
    expect(await drivesOnMac(mac(LIST, withInfo('disk2', { BusProtocol: 'Disk Image' })))).toEqual([]);
    expect(await drivesOnMac(mac(LIST, withInfo('disk2s1', { MountPoint: '/' })))).toEqual([]);
  });

  it('one that is just going, and a registry that says nothing', async () => {
    const { disk2s1: _gone, ...left } = INFO;
    expect(await drivesOnMac(mac(LIST, left, null))).toMatchObject([
      { device: 'disk2', plugging: null, volumes: [], arriving: true },
    ]);
  });

  it('without diskutil, or where it makes no sense, that is said', async () => {
    for (const ran of [
      { code: null, stdout: '', stderr: '', missing: true },
      { code: 0, stdout: 'no property list', stderr: '', missing: false },
      { code: 0, stdout: plist({ AllDisks: [] }), stderr: '', missing: false },
    ]) {
      const run: Run = () => Promise.resolve(ran);
      await expect(drivesOnMac(run)).rejects.toMatchObject({ code: 'devices-blind' });
      const list = () => Promise.reject(new Error('not built'));
      const platform = realPlatform({ log: () => {}, system: 'darwin', run, list });
      await expect(platform.drives(new AbortController().signal)).rejects.toMatchObject({
        code: 'devices-blind',
      });
    }
  });
});

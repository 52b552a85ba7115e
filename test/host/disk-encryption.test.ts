/** Whether the disk is encrypted, from what each system tells of it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  encryptionHere,
  encryptionOf,
  linuxEncryption,
  macEncryption,
  windowsEncryption,
} from '../../electron/host/disk-encryption.ts';
import type { DiskEncryption } from '../../shared/health.ts';

/** `st_dev` of a device as the C library writes it. */
const device = (major: number, minor: number): bigint => BigInt(major) * 256n + BigInt(minor);

describe('Linux', () => {
  let root: string;
  const file = (path: string, value: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${value}\n`);
  };
  /** A device as sysfs shows it, with what it lies upon. */
  const disk = (number: string, uuid: string | null, below: Readonly<Record<string, string>> = {}): void => {
    mkdirSync(join(root, 'sys/dev/block', number), { recursive: true });
    if (uuid !== null) file(`sys/dev/block/${number}/dm/uuid`, uuid);
    for (const [name, at] of Object.entries(below)) file(`sys/dev/block/${number}/slaves/${name}/dev`, at);
  };
  const mounts = (...lines: readonly string[]): void => file('proc/self/mountinfo', lines.join('\n'));
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'station-root-'))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const at = (major: number, minor: number): Promise<DiskEncryption> =>
    linuxEncryption(device(major, minor), root);

  test('a partition as it is', async () => {
    disk('8:1', null);
    expect(await at(8, 1)).toBe('off');
  });
  test('LUKS, itself and below a volume group', async () => {
    disk('8:1', null);
    disk('254:0', 'CRYPT-LUKS2-0123456789abcdef-luks', { sda1: '8:1' });
    disk('254:1', 'LVM-abcdef', { 'dm-0': '254:0' });
    expect(await at(254, 0)).toBe('on');
    expect(await at(254, 1)).toBe('on');
  });
  test('a volume group of which one disk is not encrypted', async () => {
    disk('8:1', null);
    disk('8:17', null);
    disk('254:0', 'CRYPT-LUKS2-0123456789abcdef-luks', { sda1: '8:1' });
    disk('254:1', 'LVM-abcdef', { 'dm-0': '254:0', sdb1: '8:17' });
    expect(await at(254, 1)).toBe('off');
  });
  test('what lies upon itself, upon a file, or upon what is not there', async () => {
    disk('254:1', 'LVM-abcdef', { 'dm-1': '254:1' });
    expect(await at(254, 1)).toBe('unknown');
    disk('7:0', null);
    file('sys/dev/block/7:0/loop/backing_file', '/disk.img');
    expect(await at(7, 0)).toBe('unknown');
    disk('254:2', 'LVM-abcdef');
    mkdirSync(join(root, 'sys/dev/block/254:2/slaves/sdz1'), { recursive: true });
    expect(await at(254, 2)).toBe('unknown');
  });
  test('numbers as large as the kernel has', async () => {
    disk('259:1048575', null);
    // As glibc's `makedev` puts a minor number of more than eight bits.
    expect(await linuxEncryption(BigInt(259 * 256 + 255) + (4095n << 20n), root)).toBe('off');
  });
  test('a file system whose number is none of a disk', async () => {
    mounts('41 1 0:35 / /home rw - btrfs /dev/gone rw', '42 1 0:36 / /data rw - zfs pool/data rw');
    expect(await at(0, 36)).toBe('unknown');
    expect(await at(0, 37)).toBe('unknown');
    // Its disk is not there.
    await expect(at(0, 35)).rejects.toMatchObject({ code: 'ENOENT' });
  });
  test('files that are encrypted one by one', async () => {
    mounts('41 1 0:40 / /home/clerk rw - ecryptfs /home/.ecryptfs/clerk rw');
    expect(await at(0, 40)).toBe('on');
  });
});

test.runIf(process.platform === 'linux')('this computer is as its own tools say', async () => {
  const folder = tmpdir();
  const told = await encryptionOf(folder);
  const source = execFileSync('findmnt', ['-no', 'SOURCE', '--target', folder], { encoding: 'utf8' }).trim();
  const isDisk = source.startsWith('/dev/') && statSync(folder).dev > 255;
  const isLocked =
    isDisk && /\bcrypt\b/.test(execFileSync('lsblk', ['-sno', 'TYPE', source], { encoding: 'utf8' }));
  expect(told === 'on').toBe(isLocked);
});

test('a folder that is not there, and a system that nobody knows', async () => {
  expect(await encryptionOf(join(tmpdir(), 'station-nowhere'))).toBe('unknown');
  expect(await encryptionOf(tmpdir(), 'aix')).toBe('unknown');
});

test.each<[string, number, DiskEncryption]>([
  ['FileVault is On.\n', 0, 'on'],
  ['FileVault is Off.\n', 0, 'off'],
  ['FileVault is On.\nEncryption in progress: Percent completed = 34\n', 0, 'off'],
  ['FileVault is Off, but will be enabled after the next restart.\n', 0, 'off'],
  ['FileVault is On, but needs to be restarted to finish.\n', 0, 'off'],
  ['', 1, 'unknown'],
  ['Something else.\n', 0, 'unknown'],
])('macOS: %j (%i) is %s', async (stdout, code, expected) => {
  expect(await macEncryption(async () => ({ code, stdout, stderr: '', missing: false }))).toBe(expected);
});

describe('Windows', () => {
  test.each<[unknown, DiskEncryption]>([
    [1, 'on'],
    [0, 'off'],
    [2, 'off'],
    [3, 'off'],
    [4, 'off'],
    [5, 'off'],
    [6, 'unknown'],
    [null, 'unknown'],
    ['1', 'unknown'],
  ])('%j is %s', async (told, expected) => {
    const asked: unknown[] = [];
    const ask = async (question: unknown): Promise<unknown> => (asked.push(question), told);
    expect(await windowsEncryption(String.raw`d:\CHT\station`, ask)).toBe(expected);
    expect(asked).toEqual([{ ask: 'encryption', letter: 'd:' }]);
  });
  test('a folder of another computer has no letter', async () => {
    const ask = (): Promise<unknown> => Promise.reject(new Error('asked'));
    expect(await windowsEncryption(String.raw`\\server\share\station`, ask)).toBe('unknown');
  });
});

test('an answer holds for some minutes', async () => {
  let now = 0;
  const told: DiskEncryption[] = ['off', 'on'];
  const here = encryptionHere(
    async () => told.shift() ?? 'unknown',
    () => now,
  );
  expect(await here('/data')).toBe('off');
  now = 4 * 60_000;
  expect(await here('/data')).toBe('off');
  now = 6 * 60_000;
  expect(await here('/data')).toBe('on');
  expect(await here('/other')).toBe('unknown');
});

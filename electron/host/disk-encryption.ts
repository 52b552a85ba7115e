/**
 * Whether what lies in a folder is encrypted by the system: who takes the computer, or its disk, reads nothing without the
 * person's password. Linux is read from `/proc` and `/sys` (kernel: Documentation/ABI/testing/sysfs-block-dm; cryptsetup
 * begins the uuid of what it opens with `CRYPT-`), macOS asked by fdesetup(8), Windows by the shell's
 * `System.Volume.BitLockerProtection` (`build/windows-devices.ps1`). A disk that encrypts by itself shows nothing of it.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, win32 } from 'node:path';
import type { DiskEncryption } from '../../shared/health.ts';
import { SYSTEM_TIMERS } from '../../shared/timers.ts';
import { HelperProcess } from '../sources/helper-process.ts';
import { mountNumbered } from '../sources/real/mount-table.ts';
import { runProgram, type Run } from '../sources/real/run.ts';
import { windowsCommand } from '../sources/real/windows-command.ts';

/** A PowerShell takes its time to start on an old computer. */
const HELPER_MS = 20_000;
/** By its full path, so that no other program of that name is started. */
const FDESETUP = '/usr/bin/fdesetup';
/** Where macOS keeps what is not the system's own. */
const MAC_DATA = '/System/Volumes/Data';
/** Devices that lie upon each other; more is a circle. */
const DEEPEST = 16;

/** @param folder of this computer; it exists. @returns `unknown` wherever the system does not tell; never throws */
export async function encryptionOf(
  folder: string,
  system: NodeJS.Platform = process.platform,
): Promise<DiskEncryption> {
  try {
    if (system === 'linux') return await linuxEncryption((await stat(folder, { bigint: true })).dev);
    if (system === 'darwin') {
      // FileVault is the startup disk's.
      const [own, startup] = await Promise.all([stat(folder), stat(MAC_DATA)]);
      return own.dev === startup.dev ? await macEncryption() : 'unknown';
    }
    return system === 'win32' ? await windowsEncryption(folder) : 'unknown';
  } catch {
    return 'unknown';
  }
}

/**
 * @param device `st_dev` of a file; that of btrfs and others is none of a disk, and is looked up among the mounts
 * @param root where `/proc` and `/sys` are
 */
export async function linuxEncryption(device: bigint, root = '/'): Promise<DiskEncryption> {
  const number = numberOf(device);
  if (await isDisk(number, root)) return underneath(number, root, 0);
  const mount = await mountNumbered(number, join(root, 'proc/self/mountinfo'));
  if (mount === undefined) return 'unknown';
  // Files are encrypted one by one, above the disk.
  if (mount.fileSystem === 'ecryptfs') return 'on';
  if (!mount.device.startsWith('/dev/')) return 'unknown';
  const { rdev } = await stat(join(root, mount.device), { bigint: true });
  return (await isDisk(numberOf(rdev), root)) ? underneath(numberOf(rdev), root, 0) : 'unknown';
}

/** As the kernel's `MAJOR` and `MINOR` of a `dev_t` in 64 bits (glibc: sys/sysmacros.h). */
function numberOf(device: bigint): string {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}

function isDisk(number: string, root: string): Promise<boolean> {
  return isThere(join(root, 'sys/dev/block', number));
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Encrypted where it is so itself, or all that it lies upon is. */
async function underneath(number: string, root: string, depth: number): Promise<DiskEncryption> {
  if (depth > DEEPEST) return 'unknown';
  const device = join(root, 'sys/dev/block', number);
  const uuid = await readFile(join(device, 'dm/uuid'), 'utf8').catch(() => '');
  if (uuid.startsWith('CRYPT-')) return 'on';
  const names = await readdir(join(device, 'slaves')).catch(() => []);
  // A loop lies upon a file, of which nothing is said here.
  if (names.length === 0) return (await isThere(join(device, 'loop'))) ? 'unknown' : 'off';
  const found = new Set<DiskEncryption>();
  for (const name of names) {
    const below = await readFile(join(device, 'slaves', name, 'dev'), 'utf8').catch(() => '');
    found.add(below === '' ? 'unknown' : await underneath(below.trim(), root, depth + 1));
  }
  return found.has('off') ? 'off' : found.has('unknown') ? 'unknown' : 'on';
}

/** `fdesetup status`. While the disk is being encrypted, or before the restart that begins it, it is not. */
export async function macEncryption(run: Run = runProgram): Promise<DiskEncryption> {
  const { code, stdout } = await run(FDESETUP, ['status']);
  if (code !== 0) return 'unknown';
  const [first = '', ...more] = stdout.trim().split('\n');
  if (/^FileVault is Off\b/.test(first)) return 'off';
  if (!/^FileVault is On\b/.test(first)) return 'unknown';
  return first === 'FileVault is On.' && !more.some((line) => /in progress/i.test(line)) ? 'on' : 'off';
}

/** Asks the helper; the value of its answer. */
type Ask = (question: { readonly ask: 'encryption'; readonly letter: string }) => Promise<unknown>;

/** @param folder a path with a drive's letter */
export async function windowsEncryption(folder: string, ask: Ask = askHelper): Promise<DiskEncryption> {
  const { root } = win32.parse(win32.resolve(folder));
  const letter = /^([A-Z]:)/i.exec(root)?.[1];
  if (letter === undefined) return 'unknown';
  // 2 off, 3 being encrypted, 4 being decrypted, 5 suspended (its key lies open), 0 never; others are not known to us.
  const told = await ask({ ask: 'encryption', letter });
  if (told === 1) return 'on';
  return [0, 2, 3, 4, 5].some((number) => number === told) ? 'off' : 'unknown';
}

async function askHelper(question: Parameters<Ask>[0]): Promise<unknown> {
  const helper = new HelperProcess(windowsCommand(), SYSTEM_TIMERS);
  try {
    return await helper.ask(question, { timeoutMs: HELPER_MS });
  } finally {
    helper.close();
  }
}

/** For so long an answer holds: somebody who turned it on sees that soon, and no PowerShell is started for each file. */
const HOLDS_MS = 5 * 60_000;

/** The same, asked anew after some minutes only; what was "on" stays on until then. */
export function encryptionHere(
  look: (folder: string) => Promise<DiskEncryption> = encryptionOf,
  clock: () => number = () => performance.now(),
): (folder: string) => Promise<DiskEncryption> {
  const known = new Map<string, { readonly told: Promise<DiskEncryption>; readonly at: number }>();
  return (folder) => {
    const before = known.get(folder);
    if (before !== undefined && clock() - before.at < HOLDS_MS) return before.told;
    const told = look(folder);
    known.set(folder, { told, at: clock() });
    return told;
  };
}

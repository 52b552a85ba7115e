/** What Linux does to drives, by udisks: mounting read-only, unmounting, taking the power away. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { StationError } from '../../../shared/errors.ts';
import type { DriveFound, Mount, VolumeFound } from '../source.ts';
import { readMounts } from './mount-table.ts';
import type { Ran, Run } from './run.ts';

/** Nothing on a stick may run, act as a device, or change. */
const OPTIONS = 'ro,nosuid,nodev,noexec';
const QUIET = '--no-user-interaction';

/** @throws StationError `stick-not-opened`, `no-permission`, `stick-unreadable` */
export async function mountVolume(
  run: Run,
  volume: VolumeFound,
  mounts: () => Promise<readonly Mount[]> = readMounts,
): Promise<string> {
  const ran = await run('udisksctl', ['mount', '-b', volume.device, '-o', OPTIONS, QUIET]);
  // Whatever it says, the table tells where it is: it may have been mounted by others in the meantime.
  const mounted = (await mounts().catch(() => [])).find(({ device }) => device === volume.device);
  if (mounted !== undefined) return mounted.path;
  const said = /\bat (\/.*?)\.?\s*$/.exec(ran.stdout)?.[1];
  if (ran.code === 0 && said !== undefined) return said;
  if (ran.missing) throw new StationError('stick-not-opened');
  if (/NotAuthorized|not authorized/i.test(ran.stderr)) throw new StationError('no-permission');
  if (
    /wrong fs type|unknown filesystem|bad superblock|can't read superblock|structure needs cleaning/i.test(
      ran.stderr,
    )
  )
    throw new StationError('stick-unreadable');
  throw new StationError('stick-not-opened');
}

/** @throws StationError `eject-in-use` with the program that uses it, `eject-failed` */
export async function unmountVolume(run: Run, volume: VolumeFound): Promise<void> {
  for (const path of volume.mountPoints) {
    const ran = await run('udisksctl', ['unmount', '-b', volume.device, QUIET]);
    const last =
      ran.missing || /is not mounted|Object.*is not a/i.test(ran.stderr) ? await run('umount', [path]) : ran;
    if (last.code !== 0 && !/not mounted/i.test(last.stderr)) throw await whyNot(last, path);
  }
  if (volume.container === null) return;
  const ran = await run('udisksctl', ['lock', '-b', volume.container, QUIET]);
  if (ran.code !== 0 && !/is not unlocked|not.*unlocked/i.test(ran.stderr)) throw await whyNot(ran, null);
}

/** @throws StationError `eject-in-use`, `eject-failed` */
export async function powerOffDrive(run: Run, drive: DriveFound): Promise<void> {
  const ran = await run('udisksctl', ['power-off', '-b', drive.device, QUIET]);
  if (ran.code === 0) return;
  // A card in a slot, and a drive whose port cannot be switched, have no power to take: unmounted is all there is.
  if (
    ran.missing ||
    /NotSupported|not supported|No usb device|cannot be powered off|not possible/i.test(ran.stderr)
  )
    return;
  // It went away by itself.
  if (/Error looking up object|No such (?:file|device)/i.test(ran.stderr)) return;
  throw await whyNot(ran, null);
}

async function whyNot({ stderr, code }: Ran, path: string | null): Promise<StationError> {
  const cause = new Error(`the system's program ended with ${code}`);
  if (!/busy|in use/i.test(stderr)) return new StationError('eject-failed', undefined, cause);
  const holder = path === null ? null : await holderOf(path);
  return new StationError('eject-in-use', holder ?? undefined, cause);
}

/** The name of a program that has a file or a working folder under a path; of other people's programs Linux does not tell. */
export async function holderOf(path: string, proc = '/proc'): Promise<string | null> {
  const isInside = (target: string) => target === path || target.startsWith(`${path}/`);
  const pids = (await readdir(proc).catch((): string[] => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const fds = await readdir(`${proc}/${pid}/fd`).catch((): string[] => []);
    for (const link of [`${proc}/${pid}/cwd`, ...fds.map((fd) => `${proc}/${pid}/fd/${fd}`)]) {
      const target = await readlink(link).catch(() => '');
      if (isInside(target))
        return (await readFile(`${proc}/${pid}/comm`, 'utf8').catch(() => '')).trim() || null;
    }
  }
  return null;
}

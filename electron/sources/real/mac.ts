/** What macOS does to drives: it mounts sticks by itself; here they are only let go of. */
import { StationError } from '../../../shared/errors.ts';
import type { VolumeFound } from '../source.ts';
import type { Run } from './run.ts';

/** `diskutil` unmounts and takes the power away. @throws StationError `eject-in-use`, `eject-failed` */
export async function unmountOnMac(run: Run, volume: VolumeFound): Promise<void> {
  const { code, stderr, stdout } = await run('/usr/sbin/diskutil', [
    'unmount',
    volume.mountPoints[0] ?? volume.device,
  ]);
  if (code === 0) return;
  const said = `${stdout}\n${stderr}`;
  const holder = /dissented by PID \d+ \((?:.*\/)?([^/)]+)\)/i.exec(said)?.[1];
  if (/in use|dissented|busy/i.test(said)) throw new StationError('eject-in-use', holder);
  throw new StationError('eject-failed');
}

/** @throws StationError `eject-failed` */
export async function powerOffOnMac(run: Run, device: string): Promise<void> {
  const { code } = await run('/usr/sbin/diskutil', ['eject', device]);
  if (code !== 0) throw new StationError('eject-failed');
}

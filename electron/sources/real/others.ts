/** What macOS and Windows do to drives. Both mount sticks by themselves; here they are only let go of. */
import { StationError } from '../../../shared/errors.ts';
import type { VolumeFound } from '../source.ts';
import type { Run } from './run.ts';

/** `diskutil` unmounts and takes the power away. @throws StationError `eject-in-use`, `eject-failed` */
export async function unmountOnMac(run: Run, volume: VolumeFound): Promise<void> {
  const { code, stderr, stdout } = await run('diskutil', ['unmount', volume.mountPoints[0] ?? volume.device]);
  if (code === 0) return;
  const said = `${stdout}\n${stderr}`;
  const holder = /dissented by PID \d+ \((?:.*\/)?([^/)]+)\)/i.exec(said)?.[1];
  if (/in use|dissented|busy/i.test(said)) throw new StationError('eject-in-use', holder);
  throw new StationError('eject-failed');
}

/** @throws StationError `eject-failed` */
export async function powerOffOnMac(run: Run, device: string): Promise<void> {
  const { code } = await run('diskutil', ['eject', device]);
  if (code !== 0) throw new StationError('eject-failed');
}

/**
 * Windows lets go of a stick when its own "Eject" is asked for; it tells nothing, so the caller looks whether
 * the letter is gone. The letter goes in as an argument, never into the script.
 */
const EJECT =
  "$item = (New-Object -ComObject Shell.Application).Namespace(17).ParseName($args[0]); if ($item -eq $null) { exit 3 }; $item.InvokeVerb('Eject'); Start-Sleep -Seconds 3";

/** @param isStill whether the letter is still there @throws StationError `eject-in-use`, `eject-failed` */
export async function ejectOnWindows(
  run: Run,
  volume: VolumeFound,
  isStill: () => Promise<boolean>,
): Promise<void> {
  const letter = /^([A-Z]:)/i.exec(volume.mountPoints[0] ?? '')?.[1];
  if (letter === undefined) throw new StationError('eject-failed');
  const script = `& { ${EJECT} }`;
  const ran = await run('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', script, letter]);
  if (ran.code !== 0) throw new StationError('eject-failed');
  if (await isStill()) throw new StationError('eject-in-use');
}

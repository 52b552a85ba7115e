/**
 * How this computer installs a package of the station: as the program was installed here, so a newer version takes the place of
 * the one that runs and not one beside it.
 */
import { existsSync } from 'node:fs';
import { chmod, copyFile, open } from 'node:fs/promises';
import { removeHere, renameHere } from '../disk/own-disk.ts';
import { runProgram, type Run } from '../sources/real/run.ts';
import type { HandedOver, PackageKind } from '../../shared/updates.ts';

/** Where dpkg notes that it installed the station (dpkg(1)), and where rpm's database lies, now and before Fedora 36. */
const OF_DPKG = '/var/lib/dpkg/info/cht-aggregation-station.list';
const OF_RPM = ['/usr/lib/sysimage/rpm', '/var/lib/rpm'];

export interface InstalledProgram {
  readonly kind: PackageKind;
  /** The AppImage that runs. */
  readonly appImage: string | null;
}

/** What the program that runs was installed as; `null`: nothing that could be told. */
export function installedProgram(
  system: NodeJS.Platform = process.platform,
  appImage = process.env['APPIMAGE'] ?? '',
  exists: (path: string) => boolean = existsSync,
): InstalledProgram | null {
  if (system === 'win32') return { kind: 'exe', appImage: null };
  if (system === 'darwin') return { kind: 'dmg', appImage: null };
  if (system !== 'linux') return null;
  if (appImage !== '') return { kind: 'AppImage', appImage };
  if (exists(OF_DPKG)) return { kind: 'deb', appImage: null };
  return OF_RPM.some(exists) ? { kind: 'rpm', appImage: null } : null;
}

export interface InstallerCalls {
  /** Opens a file as if a person had, and throws where that did not work. */
  readonly open: (file: string) => Promise<void>;
  readonly run?: Run;
}

/**
 * @param file a package of the kind that the program was installed as
 * @throws Error where it did not come to that; then the version that runs is as it was
 */
export async function installPackage(
  { kind, appImage }: InstalledProgram,
  file: string,
  { open: openFile, run = runProgram }: InstallerCalls,
): Promise<HandedOver> {
  if (kind === 'exe' || kind === 'dmg') {
    await openFile(file);
    return 'opened';
  }
  if (appImage !== null) await replaceProgram(appImage, file);
  else if (kind === 'deb') await asAdministrator(run, ['/usr/bin/dpkg', '--install', file]);
  else await asAdministrator(run, ['/usr/bin/rpm', '--upgrade', file]);
  return 'installed';
}

/** The system asks for the password of an administrator, and takes as long as the person takes. */
async function asAdministrator(run: Run, command: readonly string[]): Promise<void> {
  const { code } = await run('pkexec', ['--disable-internal-agent', ...command], 0);
  if (code !== 0) throw new Error(`the system's installer ended with ${code ?? 'no code'}`);
}

/** Either the old program or the new one lies there, whole, whenever it is interrupted. */
async function replaceProgram(program: string, file: string): Promise<void> {
  const next = `${program}.new`;
  try {
    await copyFile(file, next);
    await chmod(next, 0o755);
    const handle = await open(next, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renameHere(next, program);
  } catch (error) {
    await removeHere(next).catch(() => {});
    throw error;
  }
}

/**
 * Gets the virtual machine ready: Debian's packages, a kernel, the first file system. Run by hand it says
 * whether the rig can run here: exit 0 it can, 3 it cannot, with the reason in one line.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const RIG = fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, '');
/** Outside version control, and kept from run to run: the kernel is 70 MB. */
export const CACHE = fileURLToPath(new URL('../../node_modules/.cache/hardware', import.meta.url));
export const KERNEL = join(CACHE, 'kernel');
export const INITRAMFS = join(CACHE, 'initramfs.cpio');

/** Debian's package, and a program of it that tells that it is there. */
const NEEDED: Readonly<Record<string, string>> = {
  'qemu-system-x86': '/usr/bin/qemu-system-x86_64',
  'busybox-static': '/bin/busybox',
  cpio: '/usr/bin/cpio',
  mtools: '/usr/bin/mcopy',
  dosfstools: '/sbin/mkfs.vfat',
  exfatprogs: '/sbin/mkfs.exfat',
  fdisk: '/sbin/sfdisk',
  kmod: '/sbin/modprobe',
  udev: '/lib/systemd/systemd-udevd',
  udisks2: '/usr/libexec/udisks2/udisksd',
  polkitd: '/usr/lib/polkit-1/polkitd',
  dbus: '/usr/bin/dbus-daemon',
  'umtp-responder': '/usr/bin/umtprd',
};

/** What the first file system needs to reach the host's files; everything else is loaded from there. */
const FIRST_MODULES = ['virtio_pci', '9pnet_virtio', '9p', 'overlay'];

const minutes = (count: number): number => count * 60_000;

/** Of a desktop; only its own tests need them. */
const DESKTOP: Readonly<Record<string, string>> = {
  'gvfs-backends': '/usr/libexec/gvfsd-mtp',
  'gvfs-fuse': '/usr/libexec/gvfsd-fuse',
  'libglib2.0-bin': '/usr/bin/gio',
};

/**
 * Why the rig cannot run on this machine, or `null` once everything is there.
 * @param desktop the phone's mount of a desktop is wanted as well
 */
export function prepare({ desktop = false } = {}): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'it needs Linux on x86-64';
  if (/\s/.test(RIG + CACHE)) return 'the path of this folder has a space in it';
  try {
    mkdirSync(CACHE, { recursive: true });
    return installPackages(desktop ? { ...NEEDED, ...DESKTOP } : NEEDED) ?? fetchKernel() ?? packInitramfs();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function installPackages(needed: Readonly<Record<string, string>>): string | null {
  const missing = missingOf(needed);
  if (missing.length === 0) return null;
  if (!existsSync('/usr/bin/apt-get'))
    return `these are missing, and this is not Debian: ${missing.join(' ')}`;
  if (process.getuid?.() !== 0)
    return `these are missing, and only root may install them: ${missing.join(' ')}`;
  console.error(`Installing ${missing.join(' ')}`);
  const options = ['-qq', '-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=1'];
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const updated = run('apt-get', ['update', ...options], { timeout: minutes(1), env });
  const failed =
    updated ??
    run('apt-get', ['install', '-y', '--no-install-recommends', ...options, ...missing], {
      timeout: minutes(3),
      env,
    });
  if (failed !== null) return `the packages cannot be installed: ${failed}`;
  const still = missingOf(needed);
  return still.length === 0 ? null : `these are installed, and not where they should be: ${still.join(' ')}`;
}

function missingOf(needed: Readonly<Record<string, string>>): string[] {
  return Object.keys(needed).filter((name) => !existsSync(needed[name] ?? ''));
}

/** Debian's kernel is unpacked and never installed: how this machine starts stays as it is. */
function fetchKernel(): string | null {
  const done = join(KERNEL, '.complete');
  if (existsSync(done)) return null;
  const meta = output('apt-cache', ['depends', 'linux-image-amd64']);
  // The kernel for clouds has no USB.
  const name = /Depends: (linux-image-\d[^\s]*)/.exec(meta)?.[1];
  if (name === undefined) return 'no kernel package is known here';
  for (const file of readdirSync(CACHE)) if (file.endsWith('.deb')) rmSync(join(CACHE, file));
  const failed = run('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', name], {
    cwd: CACHE,
    timeout: minutes(3),
  });
  const file = readdirSync(CACHE).find((entry) => entry.endsWith('.deb'));
  if (failed !== null || file === undefined)
    return `the kernel cannot be fetched: ${failed ?? 'nothing came'}`;
  rmSync(KERNEL, { recursive: true, force: true });
  const unpacked =
    run('dpkg-deb', ['-x', join(CACHE, file), KERNEL], { timeout: minutes(2) }) ??
    run('/sbin/depmod', ['-b', KERNEL, name.replace('linux-image-', '')], { timeout: minutes(2) });
  if (unpacked !== null) return `the kernel cannot be unpacked: ${unpacked}`;
  rmSync(join(CACHE, file));
  writeFileSync(done, '');
  return null;
}

function packInitramfs(): string | null {
  const root = join(CACHE, 'initramfs');
  rmSync(root, { recursive: true, force: true });
  for (const folder of ['bin', 'modules', 'proc', 'sys', 'dev', 'lower', 'layer', 'new'])
    mkdirSync(join(root, folder), { recursive: true });
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
  for (const name of ['sh', 'mount', 'insmod', 'mkdir', 'switch_root', 'cat', 'echo'])
    symlinkSync('busybox', join(root, 'bin', name));
  const version = readdirSync(join(KERNEL, 'lib/modules'))[0] ?? '';
  const order: string[] = [];
  for (const module of FIRST_MODULES) {
    const files = output('/sbin/modprobe', ['-d', KERNEL, '-S', version, '--show-depends', module]);
    for (const [, file = ''] of files.matchAll(/^insmod (\S+)/gm)) {
      if (order.includes(basename(file))) continue;
      copyFileSync(file, join(root, 'modules', basename(file)));
      order.push(basename(file));
    }
  }
  if (order.length === 0) return 'the kernel has no modules';
  writeFileSync(join(root, 'modules/order'), `${order.join('\n')}\n`);
  copyFileSync(join(RIG, 'guest/init'), join(root, 'init'));
  const pack = `find . | cpio -o -H newc --quiet > '${INITRAMFS}'`;
  return run('sh', ['-c', `chmod +x init && ${pack}`], { cwd: root, timeout: minutes(1) });
}

/** Runs a program to its end. @returns what went wrong, or `null` */
export function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; timeout?: number; env?: Record<string, string> } = {},
): string | null {
  const { env = {}, ...others } = options;
  const done = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: minutes(1),
    env: { ...process.env, MTOOLS_SKIP_CHECK: '1', ...env },
    ...others,
  });
  if (done.status === 0) return null;
  const said = `${done.error?.message ?? ''} ${done.stderr ?? ''}`.trim().split('\n').at(-1) ?? '';
  return `${program}: ${said === '' ? `ended with ${done.status ?? done.signal}` : said}`;
}

function output(program: string, args: readonly string[]): string {
  return spawnSync(program, args, { encoding: 'utf8', timeout: minutes(1) }).stdout ?? '';
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const reason = prepare();
  console.error(reason === null ? 'The virtual hardware is ready.' : `No virtual hardware here: ${reason}.`);
  process.exitCode = reason === null ? 0 : 3;
}

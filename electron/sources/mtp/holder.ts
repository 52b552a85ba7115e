/** Which program on this computer holds a USB device. Linux only: elsewhere nobody may ask. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Programs that take phones, by the name of their process, as people know them. */
const KNOWN: Readonly<Record<string, string>> = {
  'gvfsd-mtp': 'Files (gvfs)',
  'gvfsd-gphoto2': 'Files (gvfs)',
  'gvfs-mtp-volume-monitor': 'Files (gvfs)',
  kiod5: 'Dolphin (KDE)',
  kiod6: 'Dolphin (KDE)',
  jmtpfs: 'jmtpfs',
  'simple-mtpfs': 'simple-mtpfs',
  'go-mtpfs': 'go-mtpfs',
  'aft-mtp-mount': 'Android File Transfer',
};

/**
 * The name of another program that has the device open, or `null` where that cannot be known: a process of
 * another person does not show its files.
 * @param device as in `/dev/bus/usb/BUS/DEVICE`
 * @param processes where the processes are told of: `/proc`
 */
export async function holderOf(device: string, processes = '/proc'): Promise<string | null> {
  const ids = (await list(processes)).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const names: string[] = [];
  for (const id of ids) {
    const files = join(processes, id, 'fd');
    for (const file of await list(files)) {
      const target = await readlink(join(files, file)).catch(() => '');
      if (target !== device) continue;
      names.push(await nameOf(join(processes, id)));
      break;
    }
  }
  // The one that is known is the likelier answer where several are at it.
  const known = names.find((name) => KNOWN[name] !== undefined);
  return known === undefined ? (names.find((name) => name !== '') ?? null) : (KNOWN[known] ?? null);
}

/** The kernel cuts a process's own name at 15 characters, so that of its file comes first. */
async function nameOf(folder: string): Promise<string> {
  const program = await readlink(join(folder, 'exe')).catch(() => '');
  const name = program.split('/').at(-1) ?? '';
  if (KNOWN[name] !== undefined) return name;
  const own = (await readFile(join(folder, 'comm'), 'utf8').catch(() => '')).trim();
  return (own === '' ? name : own).replace(/[^\w .+-]/g, '_').slice(0, 60);
}

async function list(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** Which program on this computer holds a phone. Linux only: elsewhere nobody may ask. */
import { holderOf } from '../real/linux.ts';

/** Programs that take phones, by the name of their process (the kernel cuts it at 15 characters), as people know them. */
const KNOWN: Readonly<Record<string, string>> = {
  'gvfsd-mtp': 'Files',
  'gvfsd-gphoto2': 'Files',
  'gvfs-mtp-volume': 'Files',
  kiod5: 'Dolphin',
  kiod6: 'Dolphin',
  'aft-mtp-mount': 'Android File Transfer',
};

/**
 * The name of the program that has the device open, or `null` where that cannot be known: a process of
 * another person does not show its files.
 * @param node the device, as in `/dev/bus/usb/BUS/DEVICE`
 * @param processes the folder that describes all processes: `/proc`
 */
export async function phoneHolder(node: string, processes: string): Promise<string | null> {
  const name = await holderOf(node, processes);
  return name === null ? null : (KNOWN[name] ?? name);
}

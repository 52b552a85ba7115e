/** What Linux tells of USB devices without anyone opening them. */
import { constants } from 'node:fs';
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface UsbFacts {
  readonly serial: string | null;
  readonly manufacturer: string;
  readonly product: string;
  /** `bus-port.port`. */
  readonly port: string;
  /** The names of its interfaces, by their number. */
  readonly interfaceNames: ReadonlyMap<number, string>;
}

const TEXT_LENGTH = 200;

/** The device's node, by which it is opened. */
export function usbNode(bus: number, address: number, root = '/dev/bus/usb'): string {
  return join(root, String(bus).padStart(3, '0'), String(address).padStart(3, '0'));
}

/** @returns `null` where the system does not tell (no Linux, or the device has gone) */
export async function factsOf(
  bus: number,
  address: number,
  root = '/sys/bus/usb/devices',
): Promise<UsbFacts | null> {
  const entries = await readdir(root).catch(() => []);
  for (const port of entries) {
    if (!/^\d+-[\d.]+$/.test(port)) continue;
    const text = (name: string) => textIn(join(root, port, name));
    if ((await text('busnum')) !== String(bus) || (await text('devnum')) !== String(address)) continue;
    const interfaceNames = new Map<number, string>();
    for (const entry of entries) {
      if (!entry.startsWith(`${port}:`)) continue;
      const number = Number.parseInt(await textIn(join(root, entry, 'bInterfaceNumber')), 16);
      if (!Number.isNaN(number)) interfaceNames.set(number, await textIn(join(root, entry, 'interface')));
    }
    const [serial, manufacturer, product] = [
      await text('serial'),
      await text('manufacturer'),
      await text('product'),
    ];
    return { serial: serial === '' ? null : serial, manufacturer, product, port, interfaceNames };
  }
  return null;
}

/** Whether this person may open a device. Where there is no such file, opening it will tell. */
export async function mayOpen(node: string): Promise<boolean> {
  try {
    await access(node, constants.R_OK | constants.W_OK);
    return true;
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    return code !== 'EACCES' && code !== 'EPERM';
  }
}

/** The device chose this text; what is no printable character in it is left out. */
async function textIn(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim()
    .slice(0, TEXT_LENGTH);
}

/**
 * Whether udev lets the person at this computer open phones. The folders, and that a file in an earlier one stands for
 * those of its name in later ones, are udev(7)'s; a file that is empty, or leads to /dev/null, takes the rule away.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PhoneRule } from '../../shared/surroundings.ts';

const NAME = '70-cht-aggregation-station.rules';
const FOLDERS = [
  'etc/udev/rules.d',
  'run/udev/rules.d',
  'usr/local/lib/udev/rules.d',
  'usr/lib/udev/rules.d',
  'lib/udev/rules.d',
] as const;

/** @param root where the system's folders are. Never throws: what cannot be read is not there. */
export async function phoneRule(system: NodeJS.Platform = process.platform, root = '/'): Promise<PhoneRule> {
  if (system !== 'linux') return 'not-needed';
  for (const folder of FOLDERS) {
    const text = await readFile(join(root, folder, NAME), 'utf8').catch(() => null);
    if (text !== null) return text.trim() === '' ? 'missing' : 'there';
  }
  return 'missing';
}

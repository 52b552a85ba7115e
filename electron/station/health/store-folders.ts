/** Where the store of the replica lies, and where those lie that were set aside. */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isShared } from '../../replica/names.ts';
import type { Core } from '../core.ts';

/** The folder of the replica; `null`: it is not this station's alone, and whoever runs it looks after it. */
export function storeFolder(core: Pick<Core, 'options'>): string | null {
  const name = core.options.replica ?? join(core.options.dataDir, 'replica');
  return isShared(name) ? null : name;
}

/** Where stores lie that were set aside, the newest first. */
export async function storesAside(core: Pick<Core, 'options'>): Promise<string[]> {
  const folder = storeFolder(core);
  if (folder === null) return [];
  const base = `${basename(folder)}-damaged-`;
  const number = (name: string): number => Number(name.slice(base.length));
  const names = await readdir(dirname(folder)).catch(() => []);
  return names
    .filter((name) => name.startsWith(base) && /^\d+$/.test(name.slice(base.length)))
    .sort((a, b) => number(b) - number(a))
    .map((name) => join(dirname(folder), name));
}

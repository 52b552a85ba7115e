/**
 * A phone that the desktop has mounted as a folder (gvfs), because it was there first: the same folders of it as over
 * MTP, and no others. A phone holds tens of thousands of files, and each costs a question over the cable.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StationError } from '../../../shared/errors.ts';
import { Listing } from '../listing.ts';
import type { FileAccess, SourceFile } from '../source.ts';
import { holdsFiles, isWanted } from './phone-folders.ts';

/**
 * @param root the desktop's folder for the phone; in it lies one for each storage
 * @param filesOf the files under a path of this computer
 */
export function mountedPhone(root: string, filesOf: (path: string) => FileAccess): FileAccess {
  const everything = filesOf(root);
  return {
    list: async (limits, signal) => {
      const found = new Listing<SourceFile>(limits.files);
      for (const folder of await foldersOf(root)) {
        const inside = await filesOf(join(root, folder)).list(limits, signal);
        const under = (name: string) => `${folder}/${name}`;
        for (const one of inside.files) found.add({ ...one, file: under(one.file), name: under(one.name) });
        for (const { name, code } of inside.missed) found.miss(name === '' ? folder : under(name), code);
      }
      return found.done();
    },
    open: (file) => everything.open(file),
    close: () => everything.close(),
  };
}

/** The folders that may hold dumps, from the root, with `/`. @throws StationError `source-gone`, `phone-locked` */
async function foldersOf(root: string): Promise<string[]> {
  const storages = await readdir(root).catch((error: unknown) => {
    throw new StationError('source-gone', undefined, error);
  });
  if (storages.length === 0) throw new StationError('phone-locked');
  const found: string[] = [];
  const look = async (storage: string, path: readonly string[]): Promise<void> => {
    if (holdsFiles(path)) {
      found.push([storage, ...path].join('/'));
      return;
    }
    for (const name of await readdir(join(root, storage, ...path)).catch((): string[] => []))
      if (isWanted([...path, name])) await look(storage, [...path, name]);
  };
  for (const storage of storages) await look(storage, []);
  return found;
}

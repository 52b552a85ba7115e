/**
 * The files of several volumes of one stick as those of one. Volumes may be added while it is open: a second one is mounted
 * later than the first, an encrypted one when somebody unlocks it.
 */
import { StationError } from '../../shared/errors.ts';
import type { FileAccess, FileList } from './source.ts';

export interface Part {
  readonly name: string;
  readonly files: FileAccess;
}

/** @param isNamed files stand under the name of their volume */
export function joinedFiles(parts: readonly Part[], isNamed: () => boolean = () => true): FileAccess {
  const under = (part: string, name: string) => (isNamed() ? `${part}/${name}` : name);
  return {
    list: async (limits, signal, soFar) => {
      let all: FileList = { files: [], missed: [] };
      for (const [at, { name, files }] of parts.entries()) {
        const before = all;
        const and = (found: FileList): FileList => ({
          files: [
            ...before.files,
            ...found.files.map((one) => ({ ...one, file: `${at}/${one.file}`, name: under(name, one.name) })),
          ],
          missed: [
            ...before.missed,
            ...found.missed.map((one) => ({ ...one, name: one.name === '' ? name : under(name, one.name) })),
          ],
        });
        all = and(await files.list(limits, signal, soFar && ((found) => soFar(and(found)))));
      }
      return all;
    },
    open: (file) => {
      const [at = '', ...rest] = file.split('/');
      const part = parts[Number(at)];
      if (part === undefined) return Promise.reject(new StationError('source-gone'));
      return part.files.open(rest.join('/'));
    },
    close: async () => {
      await Promise.all(parts.map(({ files }) => files.close()));
    },
  };
}

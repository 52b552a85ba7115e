/** The files of several volumes of one stick as those of one: each under the name of its volume. */
import { StationError } from '../../shared/errors.ts';
import type { Missed } from './listing.ts';
import type { FileAccess, SourceFile } from './source.ts';

export interface Part {
  readonly name: string;
  readonly files: FileAccess;
}

export function joinedFiles(parts: readonly Part[]): FileAccess {
  const [only, ...others] = parts;
  if (only !== undefined && others.length === 0) return only.files;
  return {
    list: async (limits, signal) => {
      const all: SourceFile[] = [];
      const missed: Missed[] = [];
      for (const [at, { name, files }] of parts.entries()) {
        const found = await files.list(limits, signal);
        all.push(
          ...found.files.map((one) => ({ ...one, file: `${at}/${one.file}`, name: `${name}/${one.name}` })),
        );
        missed.push(
          ...found.missed.map((one) => ({ ...one, name: one.name === '' ? name : `${name}/${one.name}` })),
        );
      }
      return { files: all, missed };
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

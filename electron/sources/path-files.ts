/** The files of a folder that the system shows: a mounted stick, a watched folder, the desktop's mount of a phone. */
import { realpath, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { StationError } from '../../shared/errors.ts';
import { asReadError, asReadingError } from '../../shared/read-errors.ts';
import { openPlain } from '../disk/plain-file.ts';
import { findFiles, type FileStat, type FoundFile } from './files.ts';
import type { Found } from './listing.ts';
import type { FileAccess, FileList, OpenFile } from './source.ts';

/** `file` of a `SourceFile` is its name: the path from the top, with `/`. */
export function pathFiles(root: string): FileAccess {
  const handles = new Set<FileHandle>();
  let closed = false;
  return {
    list: async (limits, signal, soFar) =>
      listOf(await findFiles(root, limits, signal, soFar && ((found) => soFar(listOf(found))))),
    open: async (file) => {
      const handle = await openInside(root, file);
      if (closed) {
        await handle.close();
        throw new StationError('source-gone');
      }
      handles.add(handle);
      return openFile(handle, join(root, file), () => handles.delete(handle));
    },
    close: async () => {
      closed = true;
      await Promise.all([...handles].map((handle) => handle.close().catch(() => undefined)));
      handles.clear();
    },
  };
}

function listOf({ files, missed }: Found<FoundFile>): FileList {
  return {
    files: files.map(({ name, bytes, modifiedMs }) => ({ file: name, name, bytes, modifiedMs })),
    missed,
  };
}

/** A link anywhere on the way would lead out of the stick. @throws StationError `link-skipped`, `source-gone`, `not-readable` */
async function openInside(root: string, file: string): Promise<FileHandle> {
  try {
    const [top, folder] = await Promise.all([realpath(root), realpath(dirname(join(root, file)))]);
    const parts = file.split('/').slice(0, -1);
    if (folder !== [top.endsWith(sep) ? top.slice(0, -1) : top, ...parts].join(sep))
      throw new StationError('link-skipped');
    return await openPlain(join(root, file));
  } catch (error) {
    throw asReadError(error);
  }
}

function openFile(handle: FileHandle, path: string, closed: () => void): OpenFile {
  return {
    stat: async (): Promise<FileStat> => {
      try {
        const info = await stat(path);
        return { bytes: info.size, modifiedMs: info.mtimeMs };
      } catch (error) {
        throw asReadError(error);
      }
    },
    read: async (offset, length) => {
      try {
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, offset);
        return buffer.subarray(0, bytesRead);
      } catch (error) {
        throw asReadingError(error);
      }
    },
    close: async () => {
      closed();
      await handle.close().catch(() => undefined);
    },
  };
}

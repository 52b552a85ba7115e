/**
 * Reads an asar archive: a header that says where each file lies, then the files one after the other. The
 * header is JSON behind four little-endian numbers of Chromium's "pickle"; the second is the length of what
 * stands before the first file, the fourth that of the JSON.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface ArchivedFile {
  readonly path: string;
  readonly size: number;
  /** It lies beside the archive, as a file that the system can load. */
  readonly unpacked: boolean;
  /** `null` for a file that the running program would not check. */
  readonly hash: string | null;
  readonly offset: number;
}

interface Entry {
  readonly files?: Readonly<Record<string, Entry>>;
  readonly size?: number;
  readonly offset?: string;
  readonly unpacked?: boolean;
  readonly integrity?: { readonly hash: string };
}

/** Every file of the archive, with `/` between folders. */
export function listArchive(archive: string): ArchivedFile[] {
  const bytes = readFileSync(archive);
  const start = 8 + bytes.readUInt32LE(4);
  const header = JSON.parse(bytes.toString('utf8', 16, 16 + bytes.readUInt32LE(12))) as Entry;
  const walk = (entry: Entry, path: string): ArchivedFile[] =>
    entry.files === undefined
      ? [
          {
            path,
            size: entry.size ?? 0,
            unpacked: entry.unpacked === true,
            hash: entry.integrity?.hash ?? null,
            offset: start + Number(entry.offset ?? 0),
          },
        ]
      : Object.entries(entry.files).flatMap(([name, inner]) =>
          walk(inner, path === '' ? name : `${path}/${name}`),
        );
  return walk(header, '');
}

/** Writes the whole program, packed and unpacked files, into a folder where plain Node can run it. */
export function extractArchive(archive: string, folder: string): void {
  const bytes = readFileSync(archive);
  for (const { path, size, offset, unpacked } of listArchive(archive)) {
    if (unpacked) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes.subarray(offset, offset + size));
  }
  if (existsSync(`${archive}.unpacked`)) cpSync(`${archive}.unpacked`, folder, { recursive: true });
}

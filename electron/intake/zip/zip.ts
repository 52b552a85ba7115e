/** A zip file: each file in it is to be copied, recognised and read as one that lies beside others in a folder. */
import { open } from 'node:fs/promises';
import { StationError } from '../../../shared/errors.ts';
import type { Limits } from '../../../shared/limits.ts';
import type { StopSignal } from '../../../shared/stopping.ts';
import type { FileToCopy } from '../file-to-copy.ts';
import { AGE_HEADER, halvesOf } from '../formats/bundle.ts';
import { isZip } from '../formats/no-dump.ts';
import { SNIFFED } from '../sniff.ts';
import { asZipError, openDirectory, readDirectory, type Directory, type ZipEntry } from './directory.ts';
import { gzipBytes, gzipFile, headOf, storedGzipFile, unpackedFile, type Range } from './entry-files.ts';
import { ZipReader } from './zip-reader.ts';

export { gzipBytes };
export type { ZipEntry };

export interface OpenZip extends Directory {
  /** The first bytes of an entry, unpacked; empty where they are damaged. */
  head(entry: ZipEntry): Promise<Uint8Array>;
  /** @throws StationError why it cannot be used: `encrypted`, `bad-zip`, `packed-in-packed`, `unpacks-too-much` */
  open(entry: ZipEntry): Promise<FileToCopy>;
  /** Closes the zip file. */
  close(): Promise<void>;
}

const GZIP = Buffer.from([0x1f, 0x8b]);

/**
 * @param file closed in the end, also where it cannot be opened
 * @throws StationError `bad-zip`, `encrypted`, `cancelled`, or what reading the file throws
 */
export async function openZip(file: FileToCopy, limits: Limits, signal?: StopSignal): Promise<OpenZip> {
  try {
    const { bytes } = await file.stat();
    const reader = new ZipReader(file);
    const zip = await openDirectory(reader, bytes);
    const directory = await readDirectory(zip, reader, limits, signal);
    const names = new Set(directory.entries.map(({ name }) => name));

    const rangeOf = async ({ number, name, at, packed, modifiedMs, refused }: ZipEntry): Promise<Range> => {
      if (refused !== null) throw new StationError(refused);
      try {
        const header = await zip.readLocalFileHeaderPromise(
          // Only these two are asked for; what else the directory said of it need not be held.
          { relativeOffsetOfLocalHeader: at, compressedSize: packed } as Parameters<
            typeof zip.readLocalFileHeaderPromise
          >[0],
          { minimal: true },
        );
        return { file, from: header.fileDataStart, length: packed, modifiedMs };
      } catch (error) {
        throw asZipError(reader, error instanceof Error ? error : new Error(`${number} ${name}`));
      }
    };
    const isPacked = ({ method }: ZipEntry): boolean => method === 'deflated';
    const head = async (entry: ZipEntry): Promise<Uint8Array> =>
      headOf(await rangeOf(entry), isPacked(entry), SNIFFED);
    /** Both halves of a sealed bundle are read as they are, and so is what is packed already. */
    const isUnpacked = ({ name, bytes: size }: ZipEntry, first: Buffer): boolean => {
      const { sealed, envelope } = halvesOf(name);
      const isHalf = name === envelope && names.has(sealed) && size <= limits.bundleEnvelopeBytes;
      return isHalf || first.subarray(0, GZIP.length).equals(GZIP) || isSealed(first);
    };

    return {
      ...directory,
      head,
      open: async (entry) => {
        const range = await rangeOf(entry);
        const first = Buffer.from(await headOf(range, isPacked(entry), SNIFFED));
        if (isZip(first)) throw new StationError('packed-in-packed');
        if (!isUnpacked(entry, first))
          return isPacked(entry)
            ? gzipFile(range, entry.crc32, entry.bytes)
            : storedGzipFile(range, entry.crc32);
        const isBomb =
          entry.bytes > limits.unpackedRatioFrom && entry.bytes > limits.unpackedRatio * range.length;
        if (isBomb) throw new StationError('unpacks-too-much');
        const hasOwn = first.subarray(0, GZIP.length).equals(GZIP);
        return unpackedFile(range, {
          isPacked: isPacked(entry),
          bytes: entry.bytes,
          crc32: hasOwn ? null : entry.crc32,
        });
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function isSealed(head: Buffer): boolean {
  return head.toString('latin1', 0, AGE_HEADER.length) === AGE_HEADER;
}

/** Whether a file of this computer begins as a zip does. */
export async function isZipFile(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return isZip(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/**
 * Copies a sealed bundle: two files that are one thing. Its identity is the sealed half and what the small half says
 * of it, because the same records may be signed again, and both may be wanted by the server (docs/cht.md §7).
 */
import { StationError } from '../../shared/errors.ts';
import { LIMITS } from '../../shared/limits.ts';
import { asReadError } from '../../shared/read-errors.ts';
import { onOwnDisk } from '../../shared/write-errors.ts';
import { copyDump, type Copied, type CopyOptions } from './copy.ts';
import type { FileToCopy } from './file-to-copy.ts';
import { identityAfter } from './formats/bundle.ts';
import { replaceFile, syncFolder } from '../disk/own-disk.ts';

/**
 * The copy of the small half lies beside that of the sealed half, under the name by which the reader of bundles finds
 * it. Both files are closed in the end.
 * @param folder where copies are kept (made by the caller)
 * @throws StationError `bundle-half` where the small half is none; otherwise as `copyDump` does
 */
export async function copyBundle(
  sealed: FileToCopy,
  envelope: FileToCopy,
  folder: string,
  options: CopyOptions = {},
): Promise<Copied> {
  let half: Uint8Array;
  let after: Uint8Array;
  try {
    half = await readSmall(envelope);
    after = identityAfter(half);
  } catch (error) {
    await sealed.close();
    throw asReadError(error);
  } finally {
    await envelope.close();
  }
  const copied = await copyDump(sealed, folder, { ...options, identityAfter: after });
  await onOwnDisk(replaceFile(`${copied.file}.json`, half));
  await onOwnDisk(syncFolder(folder));
  return copied;
}

async function readSmall(file: FileToCopy): Promise<Uint8Array> {
  const { bytes } = await file.stat();
  if (bytes > LIMITS.bundleEnvelopeBytes) throw new StationError('bundle-half');
  const parts: Uint8Array[] = [];
  let have = 0;
  while (have < bytes) {
    const part = await file.read(have, bytes - have);
    if (part.length === 0) throw new StationError('file-changed');
    parts.push(part);
    have += part.length;
  }
  return Buffer.concat(parts);
}

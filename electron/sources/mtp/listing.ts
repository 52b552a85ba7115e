/** The files of a phone that may be dumps, and names that may be shown. */
import { StationError } from '../../../shared/errors.ts';
import { TOP } from './codes.ts';
import { isFailure } from './failure.ts';
import { holdsFiles, isWanted } from './phone-folders.ts';
import type { MtpPhone, StorageInfo } from './mtp-phone.ts';

export interface PhoneFile {
  readonly handle: number;
  /** Storage, folders and name, safe to show. Two files of a folder may have one name; handles differ. */
  readonly path: readonly string[];
  /** In bytes; `null`: more than 4 GiB, and the phone cannot say how much. */
  readonly bytes: number | null;
  /** Milliseconds since 1970, or `null` where the phone does not say. */
  readonly modifiedMs: number | null;
}

export interface ListingLimits {
  /** Entries looked at, folders counted. */
  readonly files: number;
  /** Folders inside each other. */
  readonly depth: number;
}

/**
 * What lies in the folders where dumps may lie. Hidden entries are passed over, and so is what vanishes
 * meanwhile. A folder that claims to lie in itself is looked into once.
 * @throws MtpError, StationError `too-many-files`, `cancelled`
 */
export async function listPhone(
  phone: MtpPhone,
  storages: readonly StorageInfo[],
  limits: ListingLimits,
  signal?: AbortSignal,
): Promise<PhoneFile[]> {
  const found: PhoneFile[] = [];
  let looked = 0;
  for (const [at, storage] of storages.entries()) {
    const seen = new Set<number>([TOP]);
    const root = safeName(storage.name, `${at + 1}`);
    const look = async (parent: number, path: readonly string[]): Promise<void> => {
      for (const handle of await handlesOf(phone, storage.id, parent)) {
        if (signal?.aborted === true) throw new StationError('cancelled');
        if (seen.has(handle)) continue;
        seen.add(handle);
        if (looked >= limits.files) throw new StationError('too-many-files', String(limits.files));
        looked += 1;
        const info = await infoOf(phone, handle);
        if (info === null || info.name.startsWith('.')) continue;
        const inside = [...path, info.name];
        if (info.isFolder) {
          if (path.length < limits.depth && isWanted(inside)) await look(handle, inside);
        } else if (holdsFiles(path)) {
          const safe = [root, ...inside.map((name) => safeName(name, String(handle)))];
          found.push({ handle, path: safe, bytes: info.bytes, modifiedMs: info.modifiedMs });
        }
      }
    };
    await look(TOP, []);
  }
  return found;
}

/** A folder that the phone does not let anyone look into is empty to us. */
async function handlesOf(phone: MtpPhone, storage: number, parent: number): Promise<number[]> {
  try {
    return await phone.handles(storage, parent);
  } catch (error) {
    if (isFailure(error, 'refused')) return [];
    throw error;
  }
}

/** `null`: gone, or the phone will not tell. */
async function infoOf(phone: MtpPhone, handle: number) {
  try {
    return await phone.objectInfo(handle);
  } catch (error) {
    if (isFailure(error, 'refused')) return null;
    throw error;
  }
}

/** Characters of a name that are shown at most; a phone's own limit is 254. */
const NAME_LENGTH = 200;
/** Control characters, what separates folders anywhere, and what turns the direction of text around. */
const UNSAFE = /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069/\\:]/gu;

/** A name to show and to tell files apart by; it never becomes part of a path on this computer. */
export function safeName(name: string, instead: string): string {
  const safe = Array.from(name.replace(UNSAFE, '_')).slice(0, NAME_LENGTH).join('').trim();
  return safe === '' || /^\.+$/.test(safe) ? `_${instead}` : safe;
}

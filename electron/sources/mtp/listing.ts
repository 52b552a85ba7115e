/** The files of a phone that may be dumps, and names that may be shown. */
import { type ErrorCode, StationError } from '../../../shared/errors.ts';
import { Listing, type Found } from '../listing.ts';
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
 * meanwhile. A folder that claims to lie in itself is looked into once. What the phone does not let anyone look into,
 * or lies too deep, is named.
 * @throws MtpError, StationError `cancelled`
 */
export async function listPhone(
  phone: MtpPhone,
  storages: readonly StorageInfo[],
  limits: ListingLimits,
  signal?: AbortSignal,
): Promise<Found<PhoneFile>> {
  const found = new Listing<PhoneFile>(limits.files);
  let looked = 0;
  for (const [at, storage] of storages.entries()) {
    const seen = new Set<number>([TOP]);
    const root = safeName(storage.name, `${at + 1}`);
    const missed = (path: readonly string[], code: ErrorCode): void =>
      found.miss([root, ...path.map((name) => safeName(name, '?'))].join('/'), code);
    const look = async (parent: number, path: readonly string[]): Promise<void> => {
      for (const handle of await handlesOf(phone, storage.id, parent, () => missed(path, 'not-readable'))) {
        if (signal?.aborted === true) throw new StationError('cancelled');
        if (seen.has(handle)) continue;
        seen.add(handle);
        if (looked >= limits.files) {
          found.cut();
          return;
        }
        looked += 1;
        const info = await infoOf(phone, handle);
        if (info === null || info.name.startsWith('.')) continue;
        const inside = [...path, info.name];
        if (info.isFolder) {
          if (!isWanted(inside)) continue;
          if (path.length < limits.depth) await look(handle, inside);
          else missed(inside, 'folder-too-deep');
        } else if (holdsFiles(path)) {
          const safe = [root, ...inside.map((name) => safeName(name, String(handle)))];
          found.add({ handle, path: safe, bytes: info.bytes, modifiedMs: info.modifiedMs });
        }
      }
    };
    await look(TOP, []);
  }
  return found.done();
}

/** A folder that the phone does not let anyone look into is empty to us. */
async function handlesOf(
  phone: MtpPhone,
  storage: number,
  parent: number,
  onRefused: () => void,
): Promise<number[]> {
  try {
    return await phone.handles(storage, parent);
  } catch (error) {
    if (!isFailure(error, 'refused')) throw error;
    onRefused();
    return [];
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

/**
 * Sources as a person sees them. A source is plugged in now, or was chosen by hand; what is gone is no source.
 * Everything a device can be in is in this closed list; the sentence of a code is in `errors.ts`, that of a
 * state in the window's words.
 */
import type { DumpFormat } from './dump.ts';
import type { ErrorCode } from './errors.ts';
import type { SealedBundle } from './intake.ts';

/**
 * `drive`: a stick, a card or a disk; `mtp`, `adb`: a phone on a cable; `watched`: a folder that the
 * administrator had watched; `folder`, `file`: chosen or dropped by hand.
 */
export const SOURCE_KINDS = ['drive', 'mtp', 'adb', 'watched', 'folder', 'file'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** What keeps a device from being read, until the person does something about it. */
export const TROUBLES = [
  /** Plugged in, but the phone gives no files: it only charges, or "File transfer" was not chosen. */
  'phone-charging-only',
  /** Set to hand over photos only (PTP). */
  'phone-photos-only',
  'phone-locked',
  /** A question stands on the phone: "Allow access?", "Allow USB debugging?". */
  'phone-allow',
  /** The phone cannot hand over parts of files, so nothing can be read safely. */
  'phone-not-able',
  /** Another program holds the device; `by` names it. */
  'device-busy',
  /** The system does not let the station open it (on Linux: no udev rule). */
  'no-permission',
  /** It does not respond any more. */
  'device-stuck',
  /** An encrypted stick that nobody has unlocked yet. */
  'stick-locked',
  /** The file system is unknown to this computer, or damaged. */
  'stick-unreadable',
  /** Neither the system nor the station could mount it. */
  'stick-not-opened',
  /** A watched folder that is not there (any more). */
  'folder-gone',
  'not-readable',
  'too-many-files',
  'link-skipped',
] as const satisfies readonly ErrorCode[];
export type Trouble = (typeof TROUBLES)[number];

/** For these the station looks again by itself for some minutes: the person acts on the phone, not here. */
export const SELF_HEALING: ReadonlySet<ErrorCode> = new Set<Trouble>([
  'phone-charging-only',
  'phone-photos-only',
  'phone-locked',
  'phone-allow',
  'device-busy',
  'stick-locked',
]);

export type SourceState =
  /** Seen, but the system is still finding out what it is. */
  | { readonly kind: 'arriving' }
  /** A stick that the station is having mounted, read-only. */
  | { readonly kind: 'mounting' }
  /** Its files are being listed. */
  | { readonly kind: 'looking' }
  | { readonly kind: 'ready' }
  /** Readable, and no dump on it. */
  | { readonly kind: 'empty' }
  /** It cannot be used; `by`: the program that holds it. */
  | { readonly kind: 'problem'; readonly code: ErrorCode; readonly by?: string }
  /** Handles are being closed, it is being unmounted. Not safe yet. */
  | { readonly kind: 'ejecting' }
  /** Unmounted and without power: it may be unplugged now. */
  | { readonly kind: 'safe' };

/** A place dumps come from, as the window sees it: an id, never a path. */
export interface SourceInfo {
  readonly source: string;
  readonly kind: SourceKind;
  /** What is written on it: label, model. Empty where it says nothing. */
  readonly name: string;
  readonly state: SourceState;
  readonly dumps: readonly DumpOnSource[];
  /** Files that look like dumps and cannot be used. */
  readonly unusable: readonly { readonly name: string; readonly code: ErrorCode }[];
  /** It can be made safe to unplug. */
  readonly canEject: boolean;
  /** A file of it is being copied now, or waits for its turn. */
  readonly inUse: boolean;
}

/** A file on a source that looks like a dump. */
export interface DumpOnSource {
  readonly file: string;
  readonly name: string;
  readonly bytes: number;
  readonly modifiedAt: string;
  readonly format: DumpFormat;
  /** This very file (name, size and time) has been taken before. */
  readonly taken: boolean;
  /** Of a sealed bundle: who made it, as far as it says, and its number. */
  readonly bundle?: SealedBundle & { readonly user: string | null; readonly device: string | null };
  /** Absent where nobody looked: a sealed bundle, a zip of several files, one file among thousands. */
  readonly glimpse?: Glimpse;
}

/**
 * What a dump says of itself before it is imported, by its beginning and its end: claims of whoever wrote it, and
 * estimates. For a person to read; nothing is decided by it. Each text is fit for one line, and what is not said is absent.
 */
export interface Glimpse {
  readonly user?: string;
  /** Where the user stands: in what the dump says of itself, in its first records, or only in the name of the file. */
  readonly userFrom?: 'dump' | 'records' | 'file-name';
  readonly device?: string;
  /** The host of the server that the phone syncs with, or what stands in its place. */
  readonly server?: string;
  /** ISO 8601, by the clock of the phone. */
  readonly exportedAt?: string;
  readonly records?: GlimpsedRecords;
  /** It does not end as a whole one of its format does. */
  readonly cut?: true;
}

export interface GlimpsedRecords {
  readonly count: number;
  /** All of it was seen; its own end says so; or reckoned from its size and its first records, to two digits. */
  readonly how: 'counted' | 'said' | 'estimated';
}

/** A device that was pulled out in the middle: the rest comes when it is plugged in again. */
export interface PartialCopy {
  readonly id: string;
  /** The name of the device. */
  readonly source: string;
  readonly kind: SourceKind;
  readonly file: string;
  readonly bytes: number;
  /** Bytes that are safe on this computer. */
  readonly copied: number;
}

/** How the device layer itself is: it lives in a process of its own, which may end. */
export type DeviceLayer =
  | { readonly kind: 'off' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'running' }
  /** It ended and is being started again. Files and folders chosen by hand work meanwhile. */
  | { readonly kind: 'restarting' }
  /** This computer does not tell what is plugged in; `what` is blind. */
  | { readonly kind: 'blind'; readonly what: readonly ('drives' | 'phones')[] };

/** A folder that is watched, as its settings show it: its name, never its path. */
export interface WatchedFolderInfo {
  readonly folder: string;
  readonly name: string;
}

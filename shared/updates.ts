/**
 * A newer version of the program on a stick: a package as `npm run package` makes it, and beside it a signed note that says
 * which version it is, for which computers, and what is different in it.
 */
import type { ErrorCode } from './errors.ts';
import type { Language } from './languages.ts';

/** What an installer may be; each is the ending of its file. */
export const PACKAGE_KINDS = ['deb', 'rpm', 'AppImage', 'exe', 'dmg'] as const;
export type PackageKind = (typeof PACKAGE_KINDS)[number];

/** How the note of a package is called: the package's own name, and this. */
const NOTE_ENDING = '.update.json';

/** By the name of a file or its path: whether it may be the note of a package. */
export function isNoteName(name: string): boolean {
  return name.toLowerCase().endsWith(NOTE_ENDING);
}

export function noteNameOf(packageName: string): string {
  return `${packageName}${NOTE_ENDING}`;
}

/** What a note says to people. Only of a note whose signature is right. */
export interface NewVersion {
  /** As in `1.2.0`. */
  readonly version: string;
  /** The day on which it was signed, YYYY-MM-DD. */
  readonly date: string;
  /** What is different in it, in a few sentences. */
  readonly changes: Readonly<Record<Language, string>>;
  /** Of the package. */
  readonly bytes: number;
}

/** A note on something that is plugged in. */
export interface FoundVersion {
  readonly source: string;
  readonly sourceName: string;
  /** Unique within the source. */
  readonly file: string;
  /** The note's own name, cleaned. */
  readonly name: string;
  /** `null`: it is not ours, or that could not be found out, so nothing of what it says is shown. */
  readonly says: NewVersion | null;
  /** Why it cannot be used; `null`: it can. */
  readonly problem: ErrorCode | null;
}

export interface UpdateState {
  /** Of the program that runs. */
  readonly version: string;
  /** Whether this program can be given a newer version by a stick: installed, and built with the key for it. */
  readonly accepts: boolean;
  /** The usable ones first, the newest of them at the top. */
  readonly found: readonly FoundVersion[];
  /** Copied to this computer, whole, and ready to be installed. */
  readonly ready: NewVersion | null;
}

/** `installed`: the next start is the new version. `opened`: the system's own installer is open, and a person goes on there. */
export type HandedOver = 'installed' | 'opened';

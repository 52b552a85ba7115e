/** Backups of the station, as the window shows and sets them. */
import type { MayKeepLogins } from './surroundings.ts';
import type { ErrorCode } from './errors.ts';

export interface BackupState {
  /** The folder or stick that was chosen for them; `null`: none was. */
  readonly place: string | null;
  /** Whether it is there now. */
  readonly isThere: boolean;
  /** It is on the disk that the station itself lies on, and is lost with it. */
  readonly onOwnDisk: boolean;
  /** When the last one was made that is whole, ISO 8601; `null`: none was. */
  readonly at: string | null;
  /** One is made after each day, without anybody asking. */
  readonly daily: boolean;
  /** Whether this computer can keep the passphrase; without it nobody but a person makes one. */
  readonly mayKeep: MayKeepLogins;
  /** Why the last one that was due by itself was not made; it is tried again. */
  readonly waits: ErrorCode | null;
}

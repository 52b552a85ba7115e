/** How the station is: what the window's page and `station doctor` show alike. */
import type { AuditAction } from './audit.ts';
import type { ErrorCode } from './errors.ts';

/** What came of putting the history back. */
export interface LedgerRestored {
  /** When the last thing happened that the backup tells of; `null`: there was none, and only the safe copies were taken in. */
  readonly backup: string | null;
  readonly at: string;
  /** The name of the damaged one in the data folder; `null`: it was gone. */
  readonly aside: string | null;
  /** Nothing was done after the backup, so nothing is missing. */
  readonly complete: boolean;
  /**
   * What was done after the backup, as far as the damaged one can still be read and its chain of entries proves it. There
   * may have been more.
   */
  readonly lost: readonly { readonly what: AuditAction; readonly count: number }[];
  /** Approvals that wait to be given again, because a later decision about the same record may be lost. */
  readonly reopened: number;
}

/** What a repair did at once, and the jobs that do the rest. */
export interface HealthRepair {
  readonly restored: LedgerRestored | null;
  readonly jobs: readonly string[];
}

/** Whether the system encrypts the disk; `unknown`: it does not tell. */
export type DiskEncryption = 'on' | 'off' | 'unknown';

/** What an administrator asks of the computer before it takes in health records. */
export interface DiskRules {
  /** Nothing is taken in while the disk is not known to be encrypted. */
  readonly encryption: (typeof ENCRYPTION_RULES)[number];
}

/** Asked for by itself: some systems take seconds to tell. */
export interface DiskProtection {
  /** Of all that the station's records lie on; what is on another computer does not count. */
  readonly encryption: DiskEncryption;
  /** An administrator asks for it, and it is not known to be on: nothing is taken in. */
  readonly refuses: boolean;
}

export const ENCRYPTION_RULES = ['shown', 'required'] as const;

export interface Health {
  readonly disk: {
    /** Bytes that the station may still use; `null`: the system does not tell. */
    readonly free: number | null;
    /** So little that the next import may not fit. */
    readonly tight: boolean;
  };
  /** The store of records. */
  readonly store: {
    /**
     * `restoring`: it is being written anew; `incomplete`: content is gone; `closed`: it cannot be opened, `error` says
     * why; `shared`: others look after it.
     */
    readonly state: 'good' | 'restoring' | 'incomplete' | 'closed' | 'shared';
    readonly error: ErrorCode | null;
    /** Records whose content is gone, and the imports that brought them, to be brought again. */
    readonly gone: number;
    readonly goneFrom: readonly {
      readonly dump: string;
      readonly name: string;
      readonly records: number;
    }[];
    /** Under these names the damaged store lies beside the whole one, in the data folder, as long as something is missing. */
    readonly aside: readonly string[];
    /** When one that had ended the program at several starts was last set aside unread, ISO 8601; `null`: never. */
    readonly gaveUp: string | null;
  };
  /** The history: who brought, decided and sent what. */
  readonly ledger: {
    /** `full`: the disk has no room to write to it; `unwritable`: the station has no right to. */
    readonly state: 'good' | 'damaged' | 'gone' | 'full' | 'unwritable';
    /** It was put back from a backup. */
    readonly restored: LedgerRestored | null;
    /** When damaged indexes of it were written anew, ISO 8601; nothing is lost with an index. `null`: never. */
    readonly mended: string | null;
  };
  /** Whole backups of the history, the newest first. */
  readonly backups: readonly { readonly at: string; readonly bytes: number }[];
  /** The safe copies of exports. */
  readonly copies: {
    readonly kept: number;
    /** They lie there, and the history does not know them. */
    readonly unknown: number;
    /** The history knows them, and they are not there. */
    readonly missing: readonly { readonly dump: string; readonly name: string }[];
    /** Reading them ended the program twice; until somebody reads them again or dismisses them. */
    readonly givenUp: readonly { readonly dump: string; readonly name: string }[];
  };
}

/** What is told of a history that is not good, and what whatever would change it is refused with. */
export const LEDGER_TROUBLES = {
  damaged: 'ledger-damaged',
  gone: 'ledger-gone',
  full: 'disk-full',
  unwritable: 'data-not-writable',
} as const satisfies Record<Exclude<Health['ledger']['state'], 'good'>, ErrorCode>;

/** Whether there is nothing for a person to do. */
export function isWell({ disk, store, ledger, copies }: Health): boolean {
  return (
    !disk.tight &&
    (store.state === 'good' || store.state === 'shared') &&
    ledger.state === 'good' &&
    copies.unknown === 0 &&
    copies.missing.length === 0 &&
    copies.givenUp.length === 0
  );
}

/** Whether a repair would do something: what was given up waits for a person's decision, and the disk is the system's. */
export function isRepairable(health: Health): boolean {
  const disk = { ...health.disk, tight: false };
  return !isWell({ ...health, disk, copies: { ...health.copies, givenUp: [] } });
}

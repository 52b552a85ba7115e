/** What every handler of the station works with. The station owns all state; this is where it is. */
import type { JoinOutcome } from '../../shared/change-facts.ts';
import type { Events, EventName } from '../../shared/contract.ts';
import type { Timers } from '../../shared/timers.ts';
import type { Database } from '../ledger/database.ts';
import type { StationOptions } from '../station-api.ts';
import type { SignInThrottle } from '../upload/sign-in-throttle.ts';
import type { ReplicaWorker } from '../workers/replica/client.ts';
import type { FirstRestore } from './backup/first-restore.ts';
import type { Jobs } from './jobs.ts';
import type { Desk } from './people/desk.ts';

/**
 * What is known of joins, by `keyOf` of joins.ts. A revision never changes, so neither does what comes of three of them;
 * `overlaps` stands for whatever is left to a person, also where a body is not here.
 */
export type KnownJoins = Map<string, JoinOutcome | 'overlaps'>;

export interface Core {
  readonly db: Database;
  readonly replica: ReplicaWorker;
  readonly jobs: Jobs;
  readonly options: StationOptions;
  readonly folders: {
    readonly dumps: string;
    /** Safe copies of the revisions that the station made itself. */
    readonly made: string;
    /** Backups of the ledger. */
    readonly backups: string;
    readonly incoming: string;
    /** Beginnings of dumps whose device was pulled out. */
    readonly parts: string;
    /** Phones that are read directly: what was read so far. */
    readonly phones: string;
    /** Return parcels, named by their sha256. */
    readonly parcels: string;
    /** A newer version of the program that is ready to be installed, or nothing. */
    readonly updates: string;
  };
  /** In whose name what happens now is written down: it is another one for each request and each job. */
  readonly person: string;
  /** Who sits before the station. */
  readonly desk: Desk;
  /** A backup that becomes this station, at its first start. */
  readonly firstRestore: FirstRestore;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** What is waited for and measured. */
  readonly timers: Timers;
  /** ISO 8601. */
  readonly now: () => string;
  /** One line for the log: codes and counts, never names, field values, passwords or cookies. */
  readonly log: (line: string) => void;
  readonly tell: <Name extends EventName>(name: Name, event: Events[Name]) => void;
  readonly changed: (...what: Events['changed']['what']) => void;
  readonly fetch: typeof fetch;
  /** What comes of joining a change with the server's version, as far as it was found out since the start. */
  readonly joins: KnownJoins;
  /** Something that the replica must hold is not in it: it is looked through, and written anew where that is needed. */
  readonly storeDamaged: () => void;
  /** One for all people who sign in from here. */
  readonly throttle: SignInThrottle;
}

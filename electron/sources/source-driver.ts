/** What differs between a stick, a phone and a folder, and what each is given: a `TrackedSource` works with it. */
import type { DevicePace } from '../../shared/device-pace.ts';
import type { SourceKind, SourceState } from '../../shared/sources.ts';
import type { Timers } from '../../shared/timers.ts';
import type { FindLimits } from './files.ts';
import type { FileAccess } from './source.ts';

/** What the state machine and its driver need of their surroundings. */
export interface Surroundings {
  readonly pace: DevicePace;
  readonly limits: FindLimits;
  readonly timers: Timers;
  /** A source has changed. */
  readonly changed: () => void;
  /** Asks the system again what is plugged in, and waits for its answer. */
  readonly lookAgain: () => Promise<void>;
  readonly log: (line: string) => void;
}

/** Thrown by a driver that has to wait for the system: no trouble yet. */
export class NotYet extends Error {}

/** How the files of one source are reached, and how it is let go of. */
export interface SourceDriver {
  readonly kind: SourceKind;
  readonly name: string;
  readonly identity: string | null;
  readonly canEject: boolean;
  readonly portable: boolean;
  /** Opens the files. `say` tells a step on the way. @throws NotYet, StationError a trouble */
  open(signal: AbortSignal, say: (state: SourceState) => void): Promise<FileAccess>;
  /** While it is open: opens what has become reachable since. Never throws. */
  openMore?(): Promise<void>;
  /** Unmounts and powers off, once nothing of ours is open any more. @throws StationError */
  release(): Promise<void>;
}

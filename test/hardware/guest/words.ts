/** What the bench asks the agent in the guest, and what the agent tells by itself. */
import type { SourceFile } from '../../../electron/sources/source.ts';
import type { DocumentCounts } from '../../../shared/intake.ts';
import type { SourceState } from '../../../shared/sources.ts';

/** A device as the station's device layer tells of it. */
export interface SourceSeen {
  readonly source: string;
  readonly kind: string;
  readonly name: string;
  readonly state: SourceState;
  /** Empty unless it is ready or empty. */
  readonly files: readonly SourceFile[];
}

export interface Taken {
  /** The code of the failure, or `null`. */
  readonly failed: string | null;
  /** sha256 of what was copied. */
  readonly dump: string | null;
  /** How much was copied after the first piece: more than a piece where it went on. */
  readonly first: number;
  readonly copySeconds: number;
  /** Of the intake into the replica. */
  readonly documents: DocumentCounts | null;
  readonly takeSeconds: number;
}

export interface Answers {
  /** Runs a shell command in the guest. */
  shell(params: { command: string }): Promise<string>;
  sources(params: Record<string, never>): Promise<readonly SourceSeen[]>;
  /** Copies a file of a source to the station's disk and takes it into the replica. */
  take(params: { source: string; file: string }): Promise<Taken>;
  /** `null`: it may be unplugged; else the code of the failure. */
  eject(params: { source: string }): Promise<string | null>;
}

export type Told =
  | { readonly tells: 'ready' }
  /** What is plugged in, or its state, has changed. */
  | { readonly tells: 'sources' }
  /** Bytes of the file that is being copied. */
  | { readonly tells: 'progress'; readonly bytes: number };

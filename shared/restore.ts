/** Restoring a station from a backup at its first start, as the window shows it. It names no person and no folder. */
import type { ErrorCode } from './errors.ts';

export interface RestoreState {
  /** The system's own dialog asks for the file; where there is none, a person types its path. */
  readonly canChoose: boolean;
  /** The backup that was chosen; `null`: none yet. */
  readonly file: {
    /** Without the folder in which it lies. */
    readonly name: string;
    /** As it lies there, sealed. */
    readonly bytes: number;
    /** The date that the file itself has, ISO 8601; a copy may have a later one. */
    readonly dated: string;
  } | null;
  readonly progress: RestoreProgress;
}

export type RestoreProgress =
  | { readonly kind: 'idle' }
  /** The passphrase is tried. */
  | { readonly kind: 'opening' }
  /** In bytes of what is in the backup. */
  | { readonly kind: 'writing'; readonly done: number; readonly total: number }
  /** History and store of records are looked through. */
  | { readonly kind: 'checking' }
  /** All of it was right, and takes its place. It cannot be stopped any more. */
  | { readonly kind: 'moving' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly code: ErrorCode };

export type RunningRestore = Exclude<RestoreProgress, { readonly kind: 'idle' | 'stopped' | 'failed' }>;

/** What goes on now; `null`: nothing does. */
export function runningOf({ progress }: Pick<RestoreState, 'progress'>): RunningRestore | null {
  const { kind } = progress;
  return kind === 'idle' || kind === 'stopped' || kind === 'failed' ? null : progress;
}

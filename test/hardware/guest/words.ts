/** What the bench asks the agent in the guest, and what the agent tells by itself. */
import type { PhoneFound, SourceFile } from '../../../electron/sources/source.ts';

export interface ReadResult {
  readonly bytes: number;
  readonly sha256: string;
  readonly seconds: number;
  /** The code of the failure that ended the reading; `null`: it came to the end. */
  readonly failed: string | null;
}

export interface Answers {
  /** Runs a shell command in the guest. */
  shell(params: { command: string }): Promise<string>;
  /** What the MTP transport sees. */
  phones(params: Record<string, never>): Promise<readonly PhoneFound[]>;
  /** The files of a phone, or the code of the trouble. */
  listPhone(params: { key: string }): Promise<{ files: readonly SourceFile[]; trouble: string | null }>;
  /** Reads a file of the phone that was listed last. */
  readPhone(params: { file: string }): Promise<ReadResult>;
  closePhone(params: Record<string, never>): Promise<void>;
  /** Asks the station in the guest, as the window would. */
  station(params: { name: string; params: unknown }): Promise<unknown>;
}

export type Told =
  | { readonly tells: 'ready' }
  /** Something was plugged in or pulled out. */
  | { readonly tells: 'hint' }
  /** Bytes of the file that is being read. */
  | { readonly tells: 'progress'; readonly bytes: number };

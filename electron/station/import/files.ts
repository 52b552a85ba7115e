/** The files of an intake, wherever they lie. */
import { type ErrorCode, StationError } from '../../../shared/errors.ts';
import type { ResumeKey } from '../../intake/copy.ts';
import { openLocal, type FileToCopy } from '../../intake/file-to-copy.ts';
import { halvesOf } from '../../intake/formats/bundle.ts';
import { recognise } from '../../intake/formats/recognise.ts';
import type { FoundFile } from '../../sources/files.ts';
import type { Missed } from '../../sources/listing.ts';

export interface FileToTake {
  /** The name the file had on its source. */
  readonly name: string;
  readonly source: string;
  readonly modifiedMs: number;
  /** It lies in the station's own folder under this path and is removed when it was taken. */
  readonly ours: string | null;
  /** The dump, and of a sealed bundle its other half. @throws StationError */
  open(): Promise<{ readonly dump: FileToCopy; readonly envelope: (() => Promise<FileToCopy>) | null }>;
  /** It is known already that it cannot be used, and why: nothing is copied, and that is said with the rest. */
  readonly refused?: ErrorCode;
  /** It is packed; without that, its name says so or not. */
  readonly isPacked?: boolean;
  /** For a device that can be recognised again: what is copied is kept when it is pulled out, … */
  readonly resume?: ResumeKey;
  /** … and what was not begun is remembered. */
  keep?(): Promise<void>;
}

/** A file or folder that could not be looked at. */
export function missedFile({ name, code }: Missed, source: string): FileToTake {
  const open = () => Promise.reject(new StationError(code));
  return { name, source, modifiedMs: 0, ours: null, open, refused: code };
}

/** A file that this computer's own file system shows. */
export function localFile(file: FoundFile, source: string, ours: boolean): FileToTake {
  return {
    name: file.name,
    source,
    modifiedMs: file.modifiedMs,
    ours: ours ? file.path : null,
    open: async () => {
      const recognised = await recognise(file.path).catch(asUnknown);
      const halves = recognised?.format === 'cht-bundle' ? halvesOf(file.path) : null;
      const dump = await openLocal(halves?.sealed ?? file.path);
      return { dump, envelope: halves === null ? null : () => openLocal(halves.envelope) };
    },
  };
}

export interface Typed {
  readonly user?: string | undefined;
  readonly device?: string | undefined;
}

/** A file that no reader knows is copied all the same: its problem is said, and its bytes are kept. */
function asUnknown(error: unknown): null {
  if (error instanceof StationError) return null;
  throw error;
}

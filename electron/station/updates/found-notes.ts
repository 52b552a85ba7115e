/** The notes of packages on one drive, read within bounds and checked as far as that goes without copying a package. */
import type { KeyObject } from 'node:crypto';
import { StationError } from '../../../shared/errors.ts';
import { withoutDisguise } from '../../../shared/labels.ts';
import { isNoteName, type FoundVersion, type NewVersion } from '../../../shared/updates.ts';
import type { FileToCopy } from '../../intake/file-to-copy.ts';
import type { SourceFile } from '../../sources/source.ts';
import { NOTE_LIMITS, readNote, type UpdateNote } from '../../updates/note.ts';
import { isNewer } from '../../updates/version.ts';
import { endsLooking } from '../sources/recognise.ts';

/** So many notes of one drive are read; a stick for a district has one for each kind of computer. */
const MOST_NOTES = 16;

export interface FoundNote {
  readonly file: SourceFile;
  readonly problem: FoundVersion['problem'];
  /** `null`: it is not ours, or could not be read. */
  readonly note: UpdateNote | null;
  readonly signed: Uint8Array;
  /** The package beside it. */
  readonly package: SourceFile | null;
}

export interface LookAtNotes {
  readonly keys: ReadonlyMap<string, KeyObject>;
  readonly open: (file: string) => Promise<FileToCopy>;
  /** Why a version that is rightly signed cannot be used here. */
  readonly problemOf: (note: UpdateNote) => FoundVersion['problem'];
}

/** @param files all of the drive. @throws StationError what ends the looking at a drive (`endsLooking`) */
export async function notesOn(files: readonly SourceFile[], by: LookAtNotes): Promise<FoundNote[]> {
  const notes: FoundNote[] = [];
  for (const file of files.filter(({ name }) => isNoteName(name)).slice(0, MOST_NOTES))
    notes.push(await readOne(file, files, by));
  return notes;
}

async function readOne(
  file: SourceFile,
  files: readonly SourceFile[],
  { keys, open, problemOf }: LookAtNotes,
): Promise<FoundNote> {
  try {
    const signed = await bytesOf(file, open);
    const note = readNote(signed, keys);
    const wanted = file.name.slice(0, file.name.lastIndexOf('/') + 1) + note.file;
    const beside = files.find(({ name }) => name === wanted);
    return {
      file,
      note,
      signed,
      package: beside ?? null,
      problem: problemOf(note) ?? problemOfPackage(note, beside),
    };
  } catch (error) {
    if (!(error instanceof StationError) || endsLooking(error.code)) throw error;
    return { file, note: null, signed: new Uint8Array(), package: null, problem: error.code };
  }
}

async function bytesOf(file: SourceFile, open: LookAtNotes['open']): Promise<Uint8Array> {
  if (file.bytes > NOTE_LIMITS.file) throw new StationError('update-unreadable');
  const opened = await open(file.file);
  try {
    // One more than there may be: what grew meanwhile is refused too.
    const parts: Uint8Array[] = [];
    for (let have = 0; have <= NOTE_LIMITS.file;) {
      const part = await opened.read(have, NOTE_LIMITS.file + 1 - have);
      if (part.length === 0) break;
      parts.push(part);
      have += part.length;
    }
    return Buffer.concat(parts);
  } finally {
    await opened.close();
  }
}

function problemOfPackage({ bytes }: UpdateNote, beside: SourceFile | undefined): FoundVersion['problem'] {
  if (beside === undefined) return 'update-no-package';
  if (beside.bytes < bytes) return 'update-cut-off';
  return beside.bytes > bytes ? 'update-damaged' : null;
}

/** What a note says to people, without signs that are not seen or turn the writing. */
export function newVersion({ version, date, changes, bytes }: UpdateNote): NewVersion {
  const { en, fr, sw } = changes;
  return {
    version,
    date,
    bytes,
    changes: { en: withoutDisguise(en), fr: withoutDisguise(fr), sw: withoutDisguise(sw) },
  };
}

/** For sorting. */
export function newestUsableFirst(one: FoundVersion, other: FoundVersion): number {
  const isUsable = Number(other.problem === null) - Number(one.problem === null);
  if (isUsable !== 0 || one.says === null || other.says === null) return isUsable;
  if (isNewer(one.says.version, other.says.version)) return -1;
  return isNewer(other.says.version, one.says.version) ? 1 : 0;
}

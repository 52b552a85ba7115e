/** What the files of a chosen folder are: looked into once, and again only where a file has changed. */
import { hasDumpName } from '../../../shared/dump-names.ts';
import { type ErrorCode, StationError } from '../../../shared/errors.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { openLocal } from '../../intake/file-to-copy.ts';
import { recognise } from '../../intake/formats/recognise.ts';
import { sniff, SNIFFED } from '../../intake/sniff.ts';
import type { FoundFile } from '../../sources/files.ts';
import { foundDump, glimpseOnce, isSaid, type FoundDump, type Glimpses } from './recognise.ts';
import { lookIntoZip } from './zips.ts';

export type Looked =
  | { readonly kind: 'dump'; readonly dump: FoundDump }
  | { readonly kind: 'unusable'; readonly code: ErrorCode }
  /** No dump, and nobody takes it for one. */
  | null;

export class LookedFiles {
  readonly #seen = new Map<string, Looked>();
  readonly #folder: string;
  readonly #glimpses: Glimpses = { left: LIMITS.glimpses, pieces: true };

  /** @param folder of the station's own, for what is looked at */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** It was looked at before and has not changed. */
  isKnown(file: FoundFile, isChosen: boolean): boolean {
    return this.#seen.has(keyOf(file, isChosen));
  }

  /** @param isChosen a person chose this very file, so that what is wrong with it is said in any case */
  async lookAt(file: FoundFile, isChosen: boolean): Promise<Looked> {
    const key = keyOf(file, isChosen);
    const before = this.#seen.get(key);
    if (before !== undefined) return before;
    const looked = await lookInto(file, isChosen, this.#folder, this.#glimpses);
    if (looked?.kind !== 'unusable' || !MAY_END.has(looked.code)) this.#seen.set(key, looked);
    return looked;
  }
}

/** What could not be read may be readable the next time, and a bundle is whole when its other half has come. */
const MAY_END: ReadonlySet<ErrorCode> = new Set([
  'not-readable',
  'source-gone',
  'bad-sector',
  'disk-full',
  'bundle-half',
  'internal',
]);

function keyOf({ name, bytes, modifiedMs }: FoundFile, isChosen: boolean): string {
  return JSON.stringify([name, bytes, modifiedMs, isChosen]);
}

async function lookInto(
  file: FoundFile,
  isChosen: boolean,
  folder: string,
  glimpses: Glimpses,
): Promise<Looked> {
  let isLikeADump = isChosen || hasDumpName(file.name);
  try {
    const head = await headOf(file);
    const seen = sniff(head);
    isLikeADump ||= seen === 'dump';
    if (!isLikeADump && seen === 'no') return null;
    const recognised = await recognise(file.path);
    if (recognised.isEnvelope === true) return null;
    const open = () => openLocal(file.path);
    const said = await glimpseOnce(file.path, recognised, file, glimpses, open);
    const dump = foundDump({ ...file, file: file.name }, recognised, said);
    const found = await lookIntoZip(dump, isLikeADump, open, folder);
    if (found === null) return null;
    return 'code' in found ? { kind: 'unusable', code: found.code } : { kind: 'dump', dump: found };
  } catch (error) {
    if (!(error instanceof StationError)) throw error;
    return isLikeADump || isSaid(error.code) ? { kind: 'unusable', code: error.code } : null;
  }
}

async function headOf({ path, bytes }: FoundFile): Promise<Uint8Array> {
  const opened = await openLocal(path);
  try {
    return await opened.read(0, Math.min(SNIFFED, bytes));
  } finally {
    await opened.close();
  }
}

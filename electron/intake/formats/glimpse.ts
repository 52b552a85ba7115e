/**
 * What a dump says of itself before it is imported: whose it is, from which phone, made when, about how many records. Its
 * beginning is read by the reader of its format, within bounds; of the rest what a full export says in its last line, or a few
 * samples. All of it is a claim of whoever wrote the file, or an estimate: for a person to read, and never to decide by.
 */
import type { DumpClaims, DumpItem, DumpRecord } from '../../../shared/dump.ts';
import { cleanText } from '../../../shared/labels.ts';
import { LIMITS, type Limits } from '../../../shared/limits.ts';
import type { Glimpse, GlimpsedRecords } from '../../../shared/sources.ts';
import { isUserName } from '../../../shared/user-names.ts';
import { settingsOfRecord, userOfWork } from '../facts.ts';
import { claimsWithName } from './claims.ts';
import { dumpBytes } from './dump-bytes.ts';
import { isFields } from './fields.ts';
import { READERS } from './formats.ts';
import type { DumpReader } from './reader.ts';
import { reckonRecords, samplesOf, type Piece } from './reckon.ts';
import type { RecognisedDump } from './recognise.ts';
import { openStored, type StoredFile } from './stored-file.ts';

export interface GlimpsedFile {
  /** As it is called on its source. */
  readonly name: string;
  /** Its whole size, which may be more than is here. */
  readonly bytes: number;
  /** What stands at `piecesOf` it; none where nobody looked. */
  readonly pieces: readonly Uint8Array[];
}

/** What of a file is worth reading beside its beginning: the end of a full export, samples of others. */
export function piecesOf({ format, compressed, encoding }: RecognisedDump, bytes: number): readonly Piece[] {
  if (bytes <= LIMITS.glimpseBytes || compressed || encoding !== 'utf-8') return [];
  switch (format) {
    case 'station':
      return [{ offset: bytes - LIMITS.glimpseEndBytes, length: LIMITS.glimpseEndBytes }];
    case 'cht-bundle':
    case 'zip':
    // Its documents have no revisions by which they could be told in a sample.
    case 'cht-android-300':
      return [];
    default:
      return samplesOf(bytes);
  }
}

/**
 * A glimpse at a file that was recognised; `null` where it holds no records of its own.
 * @param path the file, or only its beginning
 * @throws StationError when the file cannot be read
 */
export async function glimpse(
  path: string,
  recognised: RecognisedDump,
  { name, bytes, pieces }: GlimpsedFile,
): Promise<Glimpse | null> {
  if (recognised.format === 'cht-bundle' || recognised.format === 'zip') return null;
  const { layout, header, encoding, skip } = recognised;
  const reader = READERS[recognised.format](BOUNDED, encoding === 'utf-8' ? skip : 0, layout, header);
  const file = await openStored(path);
  try {
    const begun = await readBeginning(file, recognised, reader, bytes);
    const [end] = recognised.format === 'station' && !begun.isOver ? pieces : [];
    const tail = end === undefined ? {} : tailOf(end);
    const records = recordsOf(begun, bytes, tail.documents, pieces);
    return {
      ...spoken(claimsWithName(reader.claims(), name, LIMITS), begun.users),
      ...(records === undefined ? {} : { records }),
      ...(begun.isCut || tail.isCut === true ? { cut: true } : {}),
    };
  } finally {
    await file.handle.close();
  }
}

/** Nothing in the beginning can need more than the beginning. */
const BOUNDED: Limits = {
  ...LIMITS,
  blockBytes: LIMITS.glimpseBlockBytes,
  unpackedBytes: LIMITS.glimpseBytes,
  recordBytes: LIMITS.glimpseBytes,
  searchBytes: LIMITS.glimpseBytes,
};

interface Beginning {
  /** Records, unreadable ones too. */
  items: number;
  /** Whom their user settings and tasks name; more than one is as good as none. */
  readonly users: Set<string>;
  /** All of the file was read. */
  isOver: boolean;
  isCut: boolean;
}

async function readBeginning(
  file: StoredFile,
  recognised: RecognisedDump,
  reader: DumpReader,
  whole: number,
): Promise<Beginning> {
  const begun: Beginning = { items: 0, users: new Set(), isOver: false, isCut: false };
  const bytes = dumpBytes(file, recognised, BOUNDED);
  try {
    for (;;) {
      const step = await bytes.next();
      if (step.done === true) {
        // The end of what is here is the end of the file, and not of the beginning that was asked for.
        if (file.size !== whole || step.value === 'too-many-records') return begun;
        for (const item of reader.end()) add(begun, item);
        begun.isOver = step.value === 'whole';
        begun.isCut = step.value !== 'whole' || reader.flags().includes('cut-off');
        return begun;
      }
      for (const item of reader.read(step.value.bytes)) {
        add(begun, item);
        if (begun.items >= LIMITS.glimpseItems) return begun;
      }
    }
  } finally {
    await bytes.return('whole');
  }
}

function add(begun: Beginning, item: DumpItem): void {
  if (item.kind === 'record' || item.ordinal !== undefined) begun.items += 1;
  if (item.kind !== 'record') return;
  const user = userNamedBy(item);
  if (user !== undefined && begun.users.size < 2) begun.users.add(user);
}

/** As after the import: the phone of a person holds the settings and the tasks of that person. */
function userNamedBy(record: DumpRecord): string | undefined {
  return settingsOfRecord(record)?.user ?? userOfWork(record);
}

/** No record is shorter: `{"_id":"a"}`. */
const SHORTEST = 11;

function recordsOf(
  begun: Beginning,
  bytes: number,
  said: number | undefined,
  pieces: readonly Uint8Array[],
): GlimpsedRecords | undefined {
  if (begun.isCut) return undefined;
  if (begun.isOver) return { count: begun.items, how: 'counted' };
  if (said !== undefined && said * SHORTEST <= bytes) return { count: said, how: 'said' };
  const reckoned = reckonRecords(pieces, bytes);
  return reckoned === undefined ? undefined : { count: reckoned, how: 'estimated' };
}

/** A full export ends with a line that counts its documents. */
function tailOf(end: Uint8Array): { readonly documents?: number; readonly isCut?: true } {
  const text = Buffer.from(end).toString('latin1').replace(PADDING, '');
  // Nothing but a hole: that is no word about the end.
  if (text === '') return {};
  const line = parse(text.slice(text.lastIndexOf('\n') + 1));
  const said = isFields(line) ? line['end'] : undefined;
  if (!isFields(said)) return { isCut: true };
  const { docs } = said;
  return Number.isSafeInteger(docs) && (docs as number) >= 0 ? { documents: docs as number } : {};
}

const PADDING = /[\s\0]+$/;

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The claims as a person reads them. A name that no user of CHT can have is no claim about anybody. */
function spoken(claims: DumpClaims, users: ReadonlySet<string>): Omit<Glimpse, 'records' | 'cut'> {
  const { user, proposedUser, device, server, exportedAt } = claims;
  const [named] = users.size === 1 ? users : [];
  const whose =
    user !== undefined && isUserName(user)
      ? ({ user, userFrom: 'dump' } as const)
      : named !== undefined && isUserName(named)
        ? ({ user: named, userFrom: 'records' } as const)
        : proposedUser !== undefined
          ? ({ user: proposedUser, userFrom: 'file-name' } as const)
          : {};
  const time = exportedAt === undefined ? NaN : Date.parse(exportedAt);
  return {
    ...whose,
    ...textIn('device', device),
    ...textIn('server', server === undefined ? undefined : hostOf(server)),
    ...(Number.isNaN(time) ? {} : { exportedAt: new Date(time).toISOString() }),
  };
}

function textIn<Key extends string>(key: Key, text: string | undefined): { readonly [K in Key]?: string } {
  const clean = cleanText(text ?? '');
  return clean === '' ? {} : ({ [key]: clean } as { readonly [K in Key]: string });
}

function hostOf(server: string): string {
  return URL.canParse(server) ? new URL(server).host : server;
}

/**
 * What a dump says of itself before it is imported: whose it is, from which phone, made when, about how many records. Its
 * beginning is read by the reader of its format, within bounds; of its end only what a full export says there. All of it is
 * a claim of whoever wrote the file, or an estimate: for a person to read, and never to decide by.
 */
import { promisify } from 'node:util';
import { constants, gunzip } from 'node:zlib';
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
import type { RecognisedDump } from './recognise.ts';
import { openStored, type StoredFile } from './stored-file.ts';

export interface GlimpsedFile {
  /** As it is called on its source. */
  readonly name: string;
  /** Its whole size, which may be more than is here. */
  readonly bytes: number;
  /** The last bytes of it (`LIMITS.glimpseEndBytes`); `null` where nobody looked. */
  readonly end: Uint8Array | null;
}

/** Whether the end of such a file says anything. */
export function saysAtItsEnd({ format, compressed }: RecognisedDump): boolean {
  return format === 'station' && !compressed;
}

/**
 * A glimpse at a file that was recognised; `null` where it holds no records of its own.
 * @param path the file, or only its beginning
 * @throws StationError when the file cannot be read
 */
export async function glimpse(
  path: string,
  recognised: RecognisedDump,
  { name, bytes, end }: GlimpsedFile,
): Promise<Glimpse | null> {
  if (recognised.format === 'cht-bundle' || recognised.format === 'zip') return null;
  const { layout, header, encoding, skip } = recognised;
  const reader = READERS[recognised.format](BOUNDED, encoding === 'utf-8' ? skip : 0, layout, header);
  const file = await openStored(path);
  try {
    const begun = await readBeginning(file, recognised, reader, bytes);
    const tail = end !== null && !begun.isOver && saysAtItsEnd(recognised) ? tailOf(end) : {};
    const records = recordsOf(begun, bytes * (await ratioOf(file, recognised, begun)), tail.documents);
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
  /** Those that could be read, and their bytes. */
  records: number;
  recordBytes: number;
  /** Whom their user settings and tasks name; more than one is as good as none. */
  readonly users: Set<string>;
  /** Bytes that were read, unpacked and as they are stored. */
  unpacked: number;
  stored: number;
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
  const begun: Beginning = {
    items: 0,
    records: 0,
    recordBytes: 0,
    users: new Set(),
    unpacked: 0,
    stored: 0,
    isOver: false,
    isCut: false,
  };
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
      begun.unpacked += step.value.bytes.length;
      begun.stored = step.value.stored;
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
  begun.records += 1;
  begun.recordBytes += item.bytes;
  const user = userNamedBy(item);
  if (user !== undefined && begun.users.size < 2) begun.users.add(user);
}

/** As after the import: the phone of a person holds the settings and the tasks of that person. */
function userNamedBy(record: DumpRecord): string | undefined {
  return settingsOfRecord(record)?.user ?? userOfWork(record);
}

/**
 * So many bytes are read for one that is stored. What a stream says it has used runs ahead of what it gives, so that of a
 * packed file one block is unpacked by itself. 0: not known.
 */
async function ratioOf(file: StoredFile, { compressed }: RecognisedDump, begun: Beginning): Promise<number> {
  if (!compressed) return begun.unpacked / Math.max(1, begun.stored);
  const block = Buffer.alloc(LIMITS.glimpseBlockBytes);
  const { bytesRead } = await file.handle.read(block, 0, block.length, 0);
  try {
    const unpacked = await unpack(block.subarray(0, bytesRead), { finishFlush: constants.Z_SYNC_FLUSH });
    return unpacked.length / Math.max(1, bytesRead);
  } catch {
    return 0;
  }
}

/** Of one block this is at most a thousand times as much. */
const unpack = promisify(gunzip);

/** Fewer say nothing about the size of the others. */
const ENOUGH = 5;
/** No record is shorter: `{"_id":"a"}`. */
const SHORTEST = 11;

function recordsOf(begun: Beginning, total: number, said: number | undefined): GlimpsedRecords | undefined {
  if (begun.isOver && !begun.isCut) return { count: begun.items, how: 'counted' };
  if (begun.isOver || begun.isCut) return undefined;
  if (said !== undefined && said * SHORTEST <= total) return { count: said, how: 'said' };
  if (begun.records < ENOUGH) return undefined;
  // Between two records stands a comma or a line end.
  const reckoned = total / (begun.recordBytes / begun.records + 1);
  // What was seen is there; a number that has no end in sight is none.
  return reckoned < begun.records || reckoned > LIMITS.records
    ? undefined
    : { count: Number(Math.round(reckoned).toPrecision(2)), how: 'estimated' };
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

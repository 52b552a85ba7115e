/** Dumps for tests: small documents, and each format made from them, with the place where each record ends. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DumpFormat, DumpItem, DumpProblem, DumpRecord } from '../../shared/dump.ts';
import { LIMITS, type Limits } from '../../shared/limits.ts';
import { READERS } from '../../electron/intake/formats/formats.ts';
import { openDump, type OpenOptions } from '../../electron/intake/formats/open.ts';
import { recogniseHead } from '../../electron/intake/formats/recognise.ts';

export type Json = Record<string, unknown>;

export function md5(bytes: Uint8Array | string): string {
  return `md5-${createHash('md5').update(bytes).digest('base64')}`;
}

/** A revision of the given generation, from a readable name. */
export function rev(generation: number, name: string): string {
  return `${generation}-${createHash('md5').update(name).digest('hex')}`;
}

/** A full history down to generation 1, newest first. */
export function history(generation: number, name: string): string[] {
  return Array.from({ length: generation }, (_, age) => rev(generation - age, `${name}${generation - age}`));
}

export function revisions(lineage: readonly string[]): { start: number; ids: string[] } {
  return { start: lineage.length, ids: lineage.map((one) => one.slice(one.indexOf('-') + 1)) };
}

export function attachment(bytes: Uint8Array | string, type = 'image/jpeg'): Json {
  const data = Buffer.from(bytes);
  return { content_type: type, revpos: 1, digest: md5(data), data: data.toString('base64') };
}

/** A document with its whole history, as a database writes it. */
export function doc(id: string, more: Json = {}, generation = 1): Json {
  const lineage = history(generation, id);
  return { _id: id, _rev: lineage[0], _revisions: revisions(lineage), type: 'data_record', ...more };
}

export function without(document: Json, ...keys: readonly string[]): Json {
  return Object.fromEntries(Object.entries(document).filter(([key]) => !keys.includes(key)));
}

/** Odd in every way that is allowed: escapes, other scripts, braces in texts, a photo, a deletion. */
export const DOCUMENTS: readonly Json[] = [
  doc('a', {
    note: 'says "hello" \\ and }{][,: \\" \n\t',
    deep: { list: [[], {}, [{ x: [1, 2.5e-3, null, true] }]] },
  }),
  doc('b', { name: 'Ünï→漢字🙂', 'key "with" }': 'v', empty: '' }, 3),
  doc('c', { note: 'y'.repeat(200), _attachments: { 'user-file/photo': attachment('p'.repeat(300)) } }, 2),
  doc('d', { _deleted: true, reason: 'moved' }, 4),
  doc('a', { note: 'another leaf of a' }, 2),
];

/** A made dump: its bytes, and for each record the offset after its last byte. */
export interface Made {
  readonly bytes: Buffer;
  readonly ends: readonly number[];
  /** How many bytes a proper file of this kind needs at least. */
  readonly complete: number;
}

/** Puts pieces together; a piece given as `[text]` is a record. */
export function made(pieces: readonly (string | readonly [string])[], tail = ''): Made {
  const ends: number[] = [];
  let text = '';
  for (const piece of pieces) {
    text += typeof piece === 'string' ? piece : piece[0];
    if (typeof piece !== 'string') ends.push(Buffer.byteLength(text));
  }
  return { bytes: Buffer.from(text + tail), ends, complete: Buffer.byteLength(text) };
}

/** Documents (or rows) as the elements of an array. */
export function elements(
  open: string,
  values: readonly unknown[],
  close: string,
  between = ',',
  write: (value: unknown) => string = JSON.stringify,
): Made {
  return made([
    open,
    ...values.flatMap((value, at) => [...(at === 0 ? [] : [between]), [write(value)] as const]),
    close,
  ]);
}

export function lines(values: readonly unknown[], newline = '\n', first: readonly string[] = []): Made {
  return made(
    [
      ...first.map((line) => line + newline),
      ...values.flatMap((value, at) => [...(at === 0 ? [] : [newline]), [JSON.stringify(value)] as const]),
    ],
    newline,
  );
}

export const row = (document: Json): Json => ({
  id: document['_id'],
  key: document['_id'],
  value: { rev: document['_rev'], ...(document['_deleted'] === true ? { deleted: true } : {}) },
  doc: document,
});

export const change = (document: Json, at = 0): Json => ({
  seq: `${at + 1}-g1AAAA`,
  id: document['_id'],
  changes: [{ rev: document['_rev'] }],
  ...(document['_deleted'] === true ? { deleted: true } : {}),
  doc: document,
});

const noHistory = (document: Json) => without(document, '_revisions');
/** As Android's JSON writer escapes. */
export const android = (value: unknown): string => JSON.stringify(value).replaceAll('/', '\\/');

export const MANIFEST = {
  format: 'station',
  version: 1,
  user: 'chw_1',
  userContactId: 'contact-1',
  facilityId: 'place-1',
  device: 'device-1',
  app: { cht: '4.21.0', android: '1.5.2', pouchdb: '9.0.0' },
  server: 'https://cht.example.org',
  database: 'medic-user-chw_1',
  exportedAt: '2026-01-02T03:04:05Z',
  since: 0,
  lastReplicatedSeq: 17,
};

/** A dump of our own format. `entries`: documents, or lines that stand as they are. */
export function station(
  documents: readonly Json[],
  between: (document: Json) => readonly Json[] = () => [],
): Made {
  const pieces: (string | readonly [string])[] = [`${JSON.stringify(MANIFEST)}\n`];
  let attachments = 0;
  for (const document of documents) {
    const following = between(document).map((line) => JSON.stringify({ attachment: line }));
    pieces.push([[JSON.stringify({ doc: document }), ...following].join('\n')], '\n');
    attachments += Object.keys((document['_attachments'] as Json | undefined) ?? {}).length;
  }
  const before = pieces.map((piece) => (typeof piece === 'string' ? piece : piece[0])).join('');
  return made([...pieces, endLine(before, documents.length, attachments)], '\n');
}

export function endLine(before: string | Uint8Array, docs: number, attachments: number): string {
  const sha256 = createHash('sha256').update(before).digest('hex');
  return JSON.stringify({ end: { docs, attachments, bytes: Buffer.byteLength(before), sha256 } });
}

const REPLICATION_HEADER = JSON.stringify({
  version: '1.2.9',
  db_type: 'leveldb',
  start_time: '2026-01-01T00:00:00.000Z',
  db_info: { doc_count: 5, update_seq: 5, db_name: 'medic-user-chw' },
});
const BACKUP_HEADER = JSON.stringify({ name: '@cloudant/couchbackup', version: '2.11.12', mode: 'full' });

/** Every format, made from the same documents. `expected`: what a reader has to give of each. */
export interface Sample {
  readonly name: string;
  readonly format: DumpFormat;
  readonly make: (documents: readonly Json[]) => Made;
  /** A cut between two records cannot be seen. */
  readonly open: boolean;
  readonly expected: (document: Json) => Json;
}

const whole = (document: Json) => document;

export const SAMPLES: readonly Sample[] = [
  { name: 'station', format: 'station', make: (all) => station(all), open: false, expected: whole },
  {
    name: 'all-docs',
    format: 'all-docs',
    make: (all) => elements('{"total_rows":5,"offset":0,"rows":[', all.map(noHistory).map(row), ']}'),
    open: false,
    expected: noHistory,
  },
  {
    name: 'all-docs of CouchDB',
    format: 'all-docs',
    make: (all) =>
      elements('{"total_rows":5,"offset":0,"rows":[\r\n', all.map(noHistory).map(row), '\r\n]}', ',\r\n'),
    open: false,
    expected: noHistory,
  },
  {
    name: 'docs in an object',
    format: 'docs',
    make: (all) => elements('{"new_edits":false,"docs":[', all, ']}'),
    open: false,
    expected: whole,
  },
  {
    name: 'bare array',
    format: 'docs',
    make: (all) => elements('[', all, ']'),
    open: false,
    expected: whole,
  },
  {
    name: 'docs, indented',
    format: 'docs',
    make: (all) =>
      elements('{\n  "docs": [\n', all, '\n  ]\n}', ',\n    ', (value) => JSON.stringify(value, null, 2)),
    open: false,
    expected: whole,
  },
  {
    name: 'wrapped-docs',
    format: 'wrapped-docs',
    make: (all) => elements('{"docs":[', all.map(noHistory).map(row), ']}'),
    open: false,
    expected: noHistory,
  },
  {
    name: 'cht-android-300',
    format: 'cht-android-300',
    make: (all) =>
      elements(
        '{"docs":[',
        all.map((one) => without(one, '_rev', '_revisions')),
        ']}',
        ',',
        android,
      ),
    open: false,
    expected: (document) => without(document, '_rev', '_revisions'),
  },
  { name: 'ndjson', format: 'ndjson', make: (all) => lines(all), open: true, expected: whole },
  { name: 'ndjson, CRLF', format: 'ndjson', make: (all) => lines(all, '\r\n'), open: true, expected: whole },
  {
    name: 'changes',
    format: 'changes',
    make: (all) =>
      elements(
        '{"results":[\n',
        all.map(noHistory).map(change),
        '\n],\n"last_seq":"5-g1","pending":0}',
        ',\n',
      ),
    open: false,
    expected: noHistory,
  },
  {
    name: 'changes, continuous',
    format: 'changes',
    make: (all) => lines(all.map(noHistory).map(change), '\n'),
    open: true,
    expected: noHistory,
  },
  {
    name: 'replication-stream',
    format: 'replication-stream',
    make: (all) => inLines([REPLICATION_HEADER], all, '{"docs":[', ']}', '\n{"seq":5}'),
    open: true,
    expected: whole,
  },
  {
    name: 'couchbackup',
    format: 'couchbackup',
    make: (all) => inLines([BACKUP_HEADER], all, '[', ']', ''),
    open: true,
    expected: whole,
  },
  {
    name: 'couchbackup without header',
    format: 'couchbackup',
    make: (all) => inLines([], all, '[', ']', ''),
    open: true,
    expected: whole,
  },
];

/** Two documents a line. */
function inLines(
  first: readonly string[],
  all: readonly Json[],
  open: string,
  close: string,
  after: string,
): Made {
  const pieces: (string | readonly [string])[] = first.map((line) => `${line}\n`);
  for (let at = 0; at < all.length; at += 2) {
    const some = all
      .slice(at, at + 2)
      .flatMap((one, index) => [...(index === 0 ? [] : [',']), [JSON.stringify(one)] as const]);
    pieces.push(...(at === 0 ? [] : ['\n']), open, ...some, close, after);
  }
  return made(pieces, '\n');
}

/** What a record says, put back together as a document: to compare with what went in. */
export function asDocument(record: DumpRecord): Json {
  const attachments = Object.entries(record.attachments).map(
    ([name, { content_type, data, revpos, digest }]) => [
      name,
      {
        content_type,
        ...(revpos === undefined ? {} : { revpos }),
        digest,
        data: Buffer.from(data).toString('base64'),
      },
    ],
  );
  return {
    _id: record.id,
    ...(record.rev === undefined ? {} : { _rev: record.rev }),
    ...(record.history === undefined ? {} : { _revisions: revisions(record.history) }),
    ...(record.deleted ? { _deleted: true } : {}),
    ...(attachments.length === 0 ? {} : { _attachments: Object.fromEntries(attachments) as Json }),
    ...record.body,
  };
}

export const recordsOf = (items: readonly DumpItem[]): DumpRecord[] =>
  items.filter((item) => item.kind === 'record');
export const problemsOf = (items: readonly DumpItem[]): DumpProblem[] =>
  items.filter((item) => item.kind === 'problem');
export const codesOf = (items: readonly DumpItem[]): string[] => problemsOf(items).map(({ code }) => code);

/** Reads bytes without a file: quick enough to do it thousands of times. */
export function readBytes(
  bytes: Buffer,
  options: { chunk?: number; limits?: Partial<Limits> } = {},
): DumpItem[] {
  const limits: Limits = { ...LIMITS, ...options.limits };
  const found = recogniseHead(bytes.subarray(0, limits.recogniseBytes));
  if (found === 'bundle-envelope' || found.format === 'cht-bundle') throw new Error('a sealed bundle');
  const reader = READERS[found.format](limits, found.skip, found.layout);
  const items: DumpItem[] = [];
  const chunk = options.chunk ?? bytes.length;
  for (let at = found.skip; at < bytes.length; at += chunk) {
    // A copy, overwritten afterwards: a reader that keeps a view of the chunk would show.
    const part = Buffer.from(bytes.subarray(at, at + chunk));
    items.push(...reader.read(part));
    part.fill(0x21);
  }
  items.push(...reader.end());
  return items;
}

/** A folder for files of a test; call `remove` afterwards. */
export function folderForFiles(): {
  put: (name: string, bytes: Uint8Array | string) => string;
  path: string;
  remove: () => void;
} {
  const path = mkdtempSync(join(tmpdir(), 'station-intake-'));
  const put = (name: string, bytes: Uint8Array | string) => {
    const file = join(path, name);
    writeFileSync(file, bytes);
    return file;
  };
  return { put, path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Reads a whole file through the front door. */
export async function readFile(path: string, options: Partial<OpenOptions> = {}) {
  const dump = await openDump(path, { name: path, ...options });
  const chunks = [];
  for await (const chunk of dump.chunks) chunks.push(chunk);
  return {
    dump,
    chunks,
    items: chunks.flatMap(({ items }) => items),
    claims: dump.claims(),
    flags: dump.flags(),
  };
}

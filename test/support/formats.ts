/**
 * Every format of dumps, made from the same documents, with the place where each record ends: for tests of readers.
 * A whole dump to be imported is made by dumps.ts.
 */
import { createHash } from 'node:crypto';
import type { DumpFormat } from '../../shared/dump.ts';
import { attachment, document, without, type Json } from './documents.ts';

/** Odd in every way that is allowed: escapes, other scripts, braces in texts, a photo, a deletion. */
export const DOCUMENTS: readonly Json[] = [
  document('a', {
    type: 'data_record',
    note: 'says "hello" \\ and }{][,: \\" \n\t',
    deep: { list: [[], {}, [{ x: [1, 2.5e-3, null, true] }]] },
  }),
  document(
    'b',
    { type: 'data_record', name: 'Ünï→漢字🙂', 'key "with" }': 'v', empty: '' },
    { generations: 3 },
  ),
  document(
    'c',
    {
      type: 'data_record',
      note: 'y'.repeat(200),
      _attachments: { 'user-file/photo': attachment('p'.repeat(300)) },
    },
    { generations: 2 },
  ),
  document('d', { type: 'data_record', _deleted: true, reason: 'moved' }, { generations: 4 }),
  document('a', { type: 'data_record', note: 'another leaf of a' }, { generations: 2 }),
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

/** A row of `_all_docs`. */
export const allDocsRow = (one: Json): Json => ({
  id: one['_id'],
  key: one['_id'],
  value: { rev: one['_rev'], ...(one['_deleted'] === true ? { deleted: true } : {}) },
  doc: one,
});

/** A row of `_changes`. */
export const changesRow = (one: Json, at = 0): Json => ({
  seq: `${at + 1}-g1AAAA`,
  id: one['_id'],
  changes: [{ rev: one['_rev'] }],
  ...(one['_deleted'] === true ? { deleted: true } : {}),
  doc: one,
});

const noHistory = (one: Json) => without(one, '_revisions');

/** As Android's JSON writer escapes. */
export const androidJson = (value: unknown): string => JSON.stringify(value).replaceAll('/', '\\/');

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
export function madeStation(
  documents: readonly Json[],
  between: (one: Json) => readonly Json[] = () => [],
): Made {
  const pieces: (string | readonly [string])[] = [`${JSON.stringify(MANIFEST)}\n`];
  let attachments = 0;
  for (const one of documents) {
    const following = between(one).map((line) => JSON.stringify({ attachment: line }));
    pieces.push([[JSON.stringify({ doc: one }), ...following].join('\n')], '\n');
    attachments += Object.keys((one['_attachments'] as Json | undefined) ?? {}).length;
  }
  const before = pieces.map((piece) => (typeof piece === 'string' ? piece : piece[0])).join('');
  return made([...pieces, endLine(before, documents.length, attachments)], '\n');
}

export function endLine(before: string | Uint8Array, docs: number, attachments: number): string {
  const sha256 = createHash('sha256').update(before).digest('hex');
  return JSON.stringify({ end: { docs, attachments, bytes: Buffer.byteLength(before), sha256 } });
}

const replicationHeader = (documents: number) =>
  JSON.stringify({
    version: '1.2.9',
    db_type: 'leveldb',
    start_time: '2026-01-01T00:00:00.000Z',
    db_info: { doc_count: documents, update_seq: 5, db_name: 'medic-user-chw' },
  });

const BACKUP_HEADER = JSON.stringify({ name: '@cloudant/couchbackup', version: '2.11.12', mode: 'full' });

/** Every format, made from the same documents. `expected`: what a reader has to give of each. */
export interface Sample {
  readonly name: string;
  readonly format: DumpFormat;
  readonly make: (documents: readonly Json[]) => Made;
  /** A cut between two records cannot be seen. */
  readonly open: boolean;
  readonly expected: (one: Json) => Json;
}

const whole = (one: Json) => one;

export const SAMPLES: readonly Sample[] = [
  { name: 'station', format: 'station', make: (all) => madeStation(all), open: false, expected: whole },
  {
    name: 'all-docs',
    format: 'all-docs',
    make: (all) =>
      elements(`{"total_rows":${all.length},"offset":0,"rows":[`, all.map(noHistory).map(allDocsRow), ']}'),
    open: false,
    expected: noHistory,
  },
  {
    name: 'all-docs of CouchDB',
    format: 'all-docs',
    make: (all) =>
      elements(
        `{"total_rows":${all.length},"offset":0,"rows":[\r\n`,
        all.map(noHistory).map(allDocsRow),
        '\r\n]}',
        ',\r\n',
      ),
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
    make: (all) => elements('{"docs":[', all.map(noHistory).map(allDocsRow), ']}'),
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
        androidJson,
      ),
    open: false,
    expected: (one) => without(one, '_rev', '_revisions'),
  },
  { name: 'ndjson', format: 'ndjson', make: (all) => lines(all), open: true, expected: whole },
  { name: 'ndjson, CRLF', format: 'ndjson', make: (all) => lines(all, '\r\n'), open: true, expected: whole },
  {
    name: 'ndjson, indented',
    format: 'ndjson',
    make: (all) => elements('', all, '\n', '\n', (value) => JSON.stringify(value, null, 2)),
    open: true,
    expected: whole,
  },
  {
    name: 'ndjson, indented with tabs, with commas',
    format: 'ndjson',
    make: (all) => elements('', all, '\r\n', ',\r\n', (value) => JSON.stringify(value, null, '\t')),
    open: true,
    expected: whole,
  },
  {
    name: 'rows line by line, indented',
    format: 'ndjson',
    make: (all) =>
      elements('', all.map(noHistory).map(allDocsRow), '\n', '\n', (value) => JSON.stringify(value, null, 1)),
    open: true,
    expected: noHistory,
  },
  {
    name: 'bulk-get',
    format: 'bulk-get',
    make: (all) =>
      elements(
        '{"results":[',
        all.map((one) => ({ id: one['_id'], docs: [{ ok: one }] })),
        ']}',
      ),
    open: false,
    expected: whole,
  },
  {
    name: 'open_revs',
    format: 'bulk-get',
    make: (all) =>
      elements(
        '[',
        all.map((ok) => ({ ok })),
        ']',
      ),
    open: false,
    expected: whole,
  },
  {
    name: 'changes',
    format: 'changes',
    make: (all) =>
      elements(
        '{"results":[\n',
        all.map(noHistory).map(changesRow),
        '\n],\n"last_seq":"5-g1","pending":0}',
        ',\n',
      ),
    open: false,
    expected: noHistory,
  },
  {
    name: 'changes, continuous',
    format: 'changes',
    make: (all) => lines(all.map(noHistory).map(changesRow), '\n'),
    open: true,
    expected: noHistory,
  },
  {
    name: 'changes, continuous, indented',
    format: 'changes',
    make: (all) =>
      elements('', all.map(noHistory).map(changesRow), '\n', '\n', (value) => JSON.stringify(value, null, 2)),
    open: true,
    expected: noHistory,
  },
  {
    name: 'replication-stream',
    format: 'replication-stream',
    make: (all) => inLines([replicationHeader(all.length)], all, '{"docs":[', ']}', '\n{"seq":5}'),
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

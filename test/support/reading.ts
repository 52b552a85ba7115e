/** What the readers give of a dump, and what is in it. */
import type { DumpItem, DumpProblem, DumpRecord } from '../../shared/dump.ts';
import { LIMITS, type Limits } from '../../shared/limits.ts';
import { READERS } from '../../electron/intake/formats/formats.ts';
import { openDump, type OpenOptions } from '../../electron/intake/formats/open.ts';
import { recogniseHead } from '../../electron/intake/formats/recognise.ts';
import type { Json } from './documents.ts';
import { revisions } from './revisions.ts';

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
  if (found === 'bundle-envelope' || found.format === 'cht-bundle' || found.format === 'zip')
    throw new Error('no records of its own');
  const reader = READERS[found.format](limits, found.skip, found.layout, found.header);
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

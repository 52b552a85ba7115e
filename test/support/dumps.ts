/** Whole dumps from readable documents, one function a format: for tests that import them. */
import { createHash } from 'node:crypto';
import { without, type Json } from './documents.ts';
import { allDocsRow, androidJson, endLine, MANIFEST } from './formats.ts';

/** Without `server`, so that it fits whatever server a test has; a field given as `undefined` is left out. */
export function stationDump(documents: readonly Json[], manifest: Json = {}): Buffer {
  const first = { ...without(MANIFEST, 'server'), user: 'chw1', userContactId: 'hc1-chw1', ...manifest };
  const before = [first, ...documents.map((doc) => ({ doc }))]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
  const attachments = documents.flatMap((doc) =>
    Object.keys((doc['_attachments'] as Json | undefined) ?? {}),
  );
  return Buffer.from(`${before}${endLine(before, documents.length, attachments.length)}\n`);
}

/** `{"docs":[…]}` with histories. */
export function docsDump(documents: readonly Json[]): Buffer {
  return Buffer.from(JSON.stringify({ docs: documents }));
}

/** What `allDocs` gives: no histories. */
export function allDocsDump(documents: readonly Json[]): Buffer {
  const rows = documents.map((doc) => allDocsRow(without(doc, '_revisions')));
  return Buffer.from(JSON.stringify({ total_rows: rows.length, offset: 0, rows }));
}

export function ndjsonDump(documents: readonly Json[]): Buffer {
  return Buffer.from(documents.map((doc) => `${JSON.stringify(doc)}\n`).join(''));
}

/** The file of cht-android #300: documents without any revision. */
export function androidDump(documents: readonly Json[]): Buffer {
  return Buffer.from(androidJson({ docs: documents.map((doc) => without(doc, '_rev', '_revisions')) }));
}

/** CHT's own sealed bundle: the sealed half, which nobody here can open, and the envelope that says who made it. */
export function sealedBundle(said: {
  readonly user: string;
  readonly device: string;
  readonly number: number;
  /** What the envelope says beside that, or instead of it. */
  readonly more?: Readonly<Record<string, unknown>>;
  readonly signature?: string;
}): {
  readonly sealed: Buffer;
  readonly envelope: Buffer;
} {
  const header = 'age-encryption.org/v1\n-> X25519 abc\ndef\n--- mac-of-the-header\n';
  const envelope = {
    user: said.user,
    device_id: said.device,
    bundle_seq: said.number,
    payload_header_sha256: createHash('sha256').update(header).digest('base64'),
    ...said.more,
  };
  const half = {
    envelope: Buffer.from(JSON.stringify(envelope)).toString('base64'),
    signature: said.signature ?? 'c2lnbmVk',
  };
  return {
    sealed: Buffer.from(`${header}sealed ${said.number}`),
    envelope: Buffer.from(JSON.stringify(half)),
  };
}

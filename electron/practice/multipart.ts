/** Reads a `multipart/related` document: the JSON first, then the bytes of its attachments in its order. */
import { couchError, isObject } from './http.ts';

function bytesBetween(body: Buffer, boundary: string): Buffer[] {
  const mark = Buffer.from(`--${boundary}`);
  const parts: Buffer[] = [];
  let from = body.indexOf(mark);
  while (from >= 0) {
    const start = from + mark.length;
    if (body.subarray(start, start + 2).toString() === '--') break;
    const next = body.indexOf(Buffer.concat([Buffer.from('\r\n'), mark]), start);
    if (next < 0) throw couchError(400, 'bad_request', 'Unfinished multipart body');
    parts.push(body.subarray(start, next));
    from = next + 2;
  }
  return parts;
}

function withoutHeaders(part: Buffer): Buffer {
  const end = part.indexOf('\r\n\r\n');
  return end < 0 ? Buffer.alloc(0) : part.subarray(end + 4);
}

/** The document with the bytes of each `follows` attachment in `data`. Throws 400 where they do not match. */
export function multipartDoc(contentType: string, body: Buffer): Record<string, unknown> {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (!boundary) throw couchError(400, 'bad_request', 'multipart/related without a boundary');
  const [first, ...rest] = bytesBetween(body, boundary).map(withoutHeaders);
  let doc: unknown;
  try {
    doc = JSON.parse(first?.toString('utf8') ?? '');
  } catch {
    throw couchError(400, 'bad_request', 'invalid UTF-8 JSON');
  }
  if (!isObject(doc)) throw couchError(400, 'bad_request', 'Document must be a JSON object');
  const attachments = isObject(doc._attachments) ? doc._attachments : {};
  const filled: Record<string, unknown> = {};
  for (const [name, attachment] of Object.entries(attachments)) {
    if (!isObject(attachment) || attachment.follows !== true) {
      filled[name] = attachment;
      continue;
    }
    const data = rest.shift();
    if (!data || (typeof attachment.length === 'number' && attachment.length !== data.length)) {
      throw couchError(400, 'bad_request', `The bytes of attachment ${name} do not match its length`);
    }
    filled[name] = { ...attachment, data };
  }
  return Object.keys(attachments).length === 0 ? doc : { ...doc, _attachments: filled };
}

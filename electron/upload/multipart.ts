/**
 * A document as `multipart/related`: the way for one whose attachments would pass the server's limit as
 * base64 (`PUT /medic/ID?new_edits=false`; CHT 5.2 takes it from nobody, docs/cht-exchanges.md §5). The bytes follow
 * the JSON in the order of its names.
 */
import { randomUUID } from 'node:crypto';
import { isObject } from './http.ts';

export interface Multipart {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** `document`: with its attachments inline as base64. */
export function multipartOf(document: Readonly<Record<string, unknown>>): Multipart {
  const boundary = randomUUID();
  const attachments: Record<string, unknown> = {};
  const parts: Buffer[] = [];
  const given = isObject(document['_attachments']) ? document['_attachments'] : {};
  for (const [name, attachment] of Object.entries(given)) {
    if (!isObject(attachment) || typeof attachment['data'] !== 'string') continue;
    const { data, ...rest } = attachment;
    const bytes = Buffer.from(data, 'base64');
    attachments[name] = { ...rest, follows: true, length: bytes.length };
    parts.push(bytes);
  }
  const json = Buffer.from(JSON.stringify({ ...document, _attachments: attachments }));
  const body: Buffer[] = [Buffer.from(`--${boundary}\r\nContent-Type: application/json\r\n\r\n`), json];
  for (const bytes of parts) body.push(Buffer.from(`\r\n--${boundary}\r\n\r\n`), bytes);
  body.push(Buffer.from(`\r\n--${boundary}--`));
  return { contentType: `multipart/related; boundary="${boundary}"`, body: Buffer.concat(body) };
}

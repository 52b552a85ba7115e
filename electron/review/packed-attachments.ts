/**
 * Attachments as a server describes them. Text, JSON, XML and JavaScript are packed there, and the digest that it names is
 * that of the packed bytes: it never equals a phone's. Such attachments are compared by digests of their own bytes.
 */
import { hash } from 'node:crypto';
import { isCompressible } from '../../shared/content.ts';
import { isObject, textAt } from '../../shared/untrusted.ts';

type Document = Readonly<Record<string, unknown>>;

function filesOf(document: Document): Readonly<Record<string, unknown>> {
  return isObject(document['_attachments']) ? document['_attachments'] : {};
}

/** A digest of it says nothing about the digest of the plain bytes. */
export function hasPacked(document: Document): boolean {
  return Object.values(filesOf(document)).some((file) => isCompressible(textAt(file, 'content_type') ?? ''));
}

/**
 * The same document with digests of the attachments' own bytes, and stubs in place of the bytes; `null` where the bytes of
 * a packed one are not in it.
 */
export function withOwnDigests(document: Document): Record<string, unknown> | null {
  const attachments: Record<string, unknown> = {};
  for (const [name, file] of Object.entries(filesOf(document))) {
    const data = textAt(file, 'data');
    if (!isObject(file) || (data === undefined && isCompressible(textAt(file, 'content_type') ?? '')))
      return null;
    if (data === undefined) attachments[name] = file;
    else {
      const { data: _, ...stub } = file;
      const bytes = Buffer.from(data, 'base64');
      attachments[name] = {
        ...stub,
        stub: true,
        length: bytes.length,
        digest: `md5-${hash('md5', bytes, 'base64')}`,
      };
    }
  }
  return { ...document, _attachments: attachments };
}

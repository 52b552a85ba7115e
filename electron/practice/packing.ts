/**
 * CouchDB packs attachments of types that are worth it (gzip, level 8; `compressible_types` in its default.ini), and the
 * digest it names is that of the packed bytes. PouchDB keeps them as they come. This turns one into the other.
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Attachment } from './pouch.ts';

const COMPRESSIBLE = /^(text\/.*|application\/(javascript|json|xml))(\s*;.*)?$/i;

const md5 = (bytes: Uint8Array) => `md5-${createHash('md5').update(bytes).digest('base64')}`;

export interface Packing {
  /** The attachment as PouchDB takes it; what its bytes are packed to is remembered. */
  take(attachment: Attachment): Attachment;
  /** Sets the digest that CouchDB would show. */
  show(attachment: Attachment): void;
}

export function createPacking(): Packing {
  const packed = new Map<string, string>();
  const plain = new Map<string, string>();
  const isPacked = ({ content_type: type }: Attachment) => type !== undefined && COMPRESSIBLE.test(type);
  return {
    take(attachment) {
      if (!isPacked(attachment)) return attachment;
      const { data, digest } = attachment;
      if (data === undefined) {
        const own = digest === undefined ? undefined : plain.get(digest);
        return own === undefined ? attachment : { ...attachment, digest: own };
      }
      const bytes = typeof data === 'string' ? Buffer.from(data, 'base64') : data;
      const [before, after] = [md5(bytes), md5(gzipSync(bytes, { level: 8 }))];
      packed.set(before, after);
      plain.set(after, before);
      return attachment;
    },
    show(attachment) {
      if (attachment.digest === undefined || !isPacked(attachment)) return;
      attachment.digest = packed.get(attachment.digest) ?? attachment.digest;
    },
  };
}

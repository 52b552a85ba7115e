/** The digest behind content comparison and made revisions: the first half of a sha256. */
import { createHash } from 'node:crypto';

/** 32 lower-case hexadecimal characters. Not md5: two different documents must never be made to look equal. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

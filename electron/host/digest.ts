/** The digest behind content comparison and made revisions: the first half of a sha256. */
import { hash } from 'node:crypto';

/** 32 lower-case hexadecimal characters. Not md5: two different documents must never be made to look equal. */
export function digest(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 32);
}

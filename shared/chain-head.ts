/**
 * The head of the history's chain as it stands on paper: sixteen signs, eighty bits of the hash of its last entry. Whoever
 * has one shows later that nothing up to that entry was changed or taken off; nobody finds another history with the same.
 */
import { SIGNS, signsTyped } from './signs.ts';

const LENGTH = 16;

/** @param hash sha256 in hexadecimal digits @returns `XXXX-XXXX-XXXX-XXXX` */
export function headCode(hash: string): string {
  let bits = BigInt(`0x${hash.slice(0, (LENGTH * 5) / 4)}`);
  const signs: string[] = [];
  for (let at = 0; at < LENGTH; at += 1) {
    signs.unshift(SIGNS[Number(bits & 31n)] ?? '');
    bits >>= 5n;
  }
  return signs.join('').match(/.{4}/g)?.join('-') ?? '';
}

/** Whether this is the hash, or the code of it as it was copied from paper. */
export function isHead(typed: string, hash: string): boolean {
  return typed.trim().toLowerCase() === hash || signsTyped(typed) === signsTyped(headCode(hash));
}

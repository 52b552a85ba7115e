/**
 * The head of the history's chain as it stands on paper: sixteen signs, eighty bits of the hash of its last entry. Whoever
 * has one shows later that nothing up to that entry was changed or taken off; nobody finds another history with the same.
 */
import { SIGNS, signsOfBytes, signsTyped } from './signs.ts';

const LENGTH = 16;
const HEX_DIGITS = (LENGTH * 5) / 4;

/** @param hash sha256 in hexadecimal digits @returns `XXXX-XXXX-XXXX-XXXX` */
export function headCode(hash: string): string {
  const bytes = hash.match(/../g)?.map((byte) => Number.parseInt(byte, 16)) ?? [];
  return signsOfBytes(Uint8Array.from(bytes), LENGTH).match(/.{4}/g)?.join('-') ?? '';
}

/** What the hash begins with that was typed whole, or as its code from paper, in hexadecimal digits; `null`: it is neither. */
export function hashBeginning(typed: string): string | null {
  const whole = typed.trim().toLowerCase();
  if (/^[0-9a-f]{64}$/.test(whole)) return whole;
  const signs = signsTyped(typed).split('');
  if (signs.length !== LENGTH || signs.some((sign) => !SIGNS.includes(sign))) return null;
  const bits = signs.reduce((sum, sign) => sum * 32n + BigInt(SIGNS.indexOf(sign)), 0n);
  return bits.toString(16).padStart(HEX_DIGITS, '0');
}

/** Signs that are not taken for each other when they are read out or copied by hand (Crockford's base 32), five bits each. */
export const SIGNS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** What a person typed, as it was meant: small letters, blanks, dashes and letters that look like digits are put right. */
export function signsTyped(typed: string): string {
  return typed
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}]/gu, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
}

/** The first `length` signs of some bytes, five bits each. */
export function signsOfBytes(bytes: Uint8Array, length: number): string {
  let signs = '';
  for (let at = 0; at < length; at += 1) {
    const [byte, bit] = [Math.floor((at * 5) / 8), (at * 5) % 8];
    const two = ((bytes[byte] ?? 0) << 8) | (bytes[byte + 1] ?? 0);
    signs += SIGNS[(two >> (11 - bit)) & 31] ?? '';
  }
  return signs;
}

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

import type { TFunction, i18n } from 'i18next';
import { refusalInWords, type RecordSize } from '../../shared/record-size.ts';
import { languageFor } from '../../shared/languages.ts';

/** Why a change has its class: in the person's language where the station worked it out, else in the server's own word. */
export function reasonText(
  t: TFunction,
  words: i18n,
  reason: string | null,
  size?: RecordSize,
): string | null {
  if (reason === null) return null;
  if (words.exists(`reason.${reason}`)) return t(`reason.${reason}` as 'reason.no-history');
  return refusalInWords(
    { reason, ...(size === undefined ? {} : { size }) },
    languageFor(null, [words.language]),
  );
}

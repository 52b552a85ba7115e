/** How large a record is on its way to the server, and why: what a health worker and an administrator can act on. */
import type { Language } from './languages.ts';
import { phrases, reasonInWords } from './words/index.ts';
import { cleanText } from './labels.ts';

export interface RecordSize {
  /** Of the whole record as it is sent: JSON with the attachments as base64. */
  readonly bytes: number;
  /** The largest attachment, by its own bytes; `null`: it has none. */
  readonly largest: { readonly name: string; readonly bytes: number } | null;
}

/** A refusal in words, with the size of a record that is too large. */
export function refusalInWords(
  { reason, size }: { readonly reason: string; readonly size?: RecordSize | null },
  language: Language = 'en',
): string {
  const why = reasonInWords(reason, language);
  if (size == null || reason !== 'too-large-for-server') return why;
  return `${why} ${sizeInWords(size, language)}`;
}

function sizeInWords({ bytes, largest }: RecordSize, language: Language): string {
  const say = phrases('lists', language);
  const whole = say('recordSize', { size: megabytes(bytes, language) });
  if (largest === null) return whole;
  const values = { name: cleanText(largest.name), size: megabytes(largest.bytes, language) };
  return `${whole} ${say('largestAttachment', values)}`;
}

function megabytes(bytes: number, language: Language): string {
  const format = { style: 'unit', unit: 'megabyte', unitDisplay: 'short', maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(language, format).format(bytes / 1_000_000);
}

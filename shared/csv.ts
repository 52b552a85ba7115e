/** Comma-separated values (RFC 4180) that a spreadsheet opens as text, and as clean as on the screen. */
import { withoutDisguise } from './labels.ts';

/** Rows with the same columns; the first line names them. Lines end with CR LF. */
export function csvOf(
  columns: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const clean = withoutDisguise(value).replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
  // A spreadsheet would run a formula that came out of a record; some also take the wide signs of East Asian writing.
  const text = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/u.test(clean) ? `'${clean}` : clean;
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

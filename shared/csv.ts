/** Comma-separated values (RFC 4180) that a spreadsheet opens as text, and as clean as on the screen. */
import { withoutDisguise } from './labels.ts';

/** Rows with the same columns; the first line names them. Lines end with CR LF. */
export function csvOf(
  columns: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** Signs with which a formula begins; some spreadsheets also take the wide ones of East Asian writing. */
const BEGINS = '[=+\\-@\\uff1d\\uff0b\\uff0d\\uff20]';
const FORMULA = new RegExp(`^\\s*${BEGINS}`, 'u');
/** Where a comma separates decimals, a spreadsheet takes the semicolon for the end of a cell, quoted or not. */
const AFTER_SEMICOLON = new RegExp(`([;|]\\s*)(?=${BEGINS})`, 'gu');

/** Every cell is quoted; none is run as a formula, whatever came out of a record. */
function cell(value: string | number | null): string {
  if (typeof value === 'number') return `"${value}"`;
  const clean = withoutDisguise(value ?? '')
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replaceAll(AFTER_SEMICOLON, "$1'");
  const text = FORMULA.test(clean) ? `'${clean}` : clean;
  return `"${text.replaceAll('"', '""')}"`;
}

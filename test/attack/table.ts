/** The table of docs/security.md as a person reads it: what is expected comes from the page, not from the program. */
import { readFileSync } from 'node:fs';
import { CHECKS, type RequestName } from '../../shared/contract.ts';

const PAGE = new URL('../../docs/security.md', import.meta.url);

/** Every request of the contract: a new one is tried by itself. */
export const REQUESTS = Object.keys(CHECKS) as RequestName[];

export const COLUMNS = ['administrator', 'clerk', 'service', 'signed out, locked', 'nobody set up'] as const;
export type Column = (typeof COLUMNS)[number];

/** Its lines, in their order: the name of the request, and what stands under each column. */
export function table(): ReadonlyMap<string, Readonly<Record<Column, string>>> {
  const page = readFileSync(PAGE, 'utf8');
  const [, from = ''] = page.split('<!-- permissions -->');
  const [lines = ''] = from.split('<!-- permissions end -->');
  const [head = [], , ...rows] = lines
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const at = (column: Column): number => head.indexOf(column);
  return new Map(
    rows.map((row) => [
      (row[1] ?? '').replaceAll('`', ''),
      Object.fromEntries(COLUMNS.map((column) => [column, row[at(column)] ?? ''])) as Record<Column, string>,
    ]),
  );
}

/** What may be asked by whom, in the order of the contract. Everything else is to be refused. */
export function allowedTo(column: Column): RequestName[] {
  const rows = table();
  return REQUESTS.filter((name) => (rows.get(name)?.[column] ?? '').startsWith('yes'));
}

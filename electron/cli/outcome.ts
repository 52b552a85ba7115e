/** How a command ends and what it prints. */
import type { Command } from './command-table.ts';
import { give } from './out.ts';

export const DONE = 0;
export const NEEDS_ATTENTION = 3;

/** Rows are asked for in pages, so that a list of any length passes. */
export const PAGE = 1000;

/** Every row of a list that comes in pages. */
export async function every<Row>(
  page: (offset: number) => Promise<{ readonly rows: readonly Row[] }>,
): Promise<Row[]> {
  const all: Row[] = [];
  for (;;) {
    const { rows } = await page(all.length);
    all.push(...rows);
    if (rows.length < PAGE) return all;
  }
}

/** One JSON object on stdout for scripts, words for people otherwise. */
export function print(command: Command, value: unknown, words: () => void): void {
  if (command.json) give(`${JSON.stringify(value)}\n`);
  else words();
}

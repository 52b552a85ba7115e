/** How a command ends and what it prints. */
import type { Command } from './command-table.ts';

export const DONE = 0;
export const NEEDS_ATTENTION = 3;

/** Rows are asked for in pages, so that a list of any length passes. */
export const PAGE = 1000;

/** One JSON object on stdout for scripts, words for people otherwise. */
export function print(command: Command, value: unknown, words: () => void): void {
  if (command.json) process.stdout.write(`${JSON.stringify(value)}\n`);
  else words();
}

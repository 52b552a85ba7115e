/** Secrets from standard input, one a line, in the order in which they are needed: the person's PIN, then a server's password. */
import { readFileSync } from 'node:fs';

let lines: string[] | null = null;

/** The next line; empty where there is none. */
export function lineOfInput(): string {
  lines ??= readFileSync(0, 'utf8').split(/\r?\n/);
  return lines.shift() ?? '';
}

/**
 * The two ways out of the command line; nothing else writes (a test looks). What a terminal shows is clean: a name out of a
 * dump, or a word of a server, must not move its cursor, set its title or turn its writing round. What goes into a file or
 * another program is as it is.
 */
import { clean } from './say.ts';

/** For people, on standard error. Lines end as `text` says. */
export function tell(text: string): void {
  process.stderr.write(clean(text));
}

/** For scripts, on standard output. */
export function give(text: string): void {
  process.stdout.write(process.stdout.isTTY ? clean(text) : text);
}

/** A line that takes the place of the one before; empty takes it away. Only where a person looks. */
export function tellInPlace(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${clean(line)}`);
}

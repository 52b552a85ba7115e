/** Words for people, on stderr: stdout is kept for what scripts read. */
import type { Difference } from '../../shared/review.ts';

export function say(line: string): void {
  process.stderr.write(`${clean(line)}\n`);
}

/** What a dump or a server says is shown as text: no control character may steer the terminal. */
function clean(line: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return line.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '\ufffd');
}

/** Long cells are cut, but for those of the last column: a reason has to be read to its end. */
export function sayTable(rows: readonly Readonly<Record<string, unknown>>[]): void {
  if (rows.length === 0) return;
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => columns.map((column) => wordFor(row[column])));
  const widths = columns.map((column, at) =>
    Math.min(44, Math.max(column.length, ...cells.map((row) => (row[at] ?? '').length))),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) =>
        at === columns.length - 1 ? cell : cell.slice(0, widths[at]).padEnd(widths[at] ?? 0),
      )
      .join('  ')
      .trimEnd();
  for (const row of [columns, ...cells]) say(line(row));
}

export function sayDifference({ from, fields }: Difference): void {
  say(from === null ? 'Nothing to compare with.' : `Against ${from.rev} (${from.origin})`);
  for (const field of fields) {
    say(
      `${field.path.join('.')}: ${JSON.stringify(field.before) ?? '(none)'} -> ${JSON.stringify(field.after) ?? '(none)'}`,
    );
  }
}

function wordFor(value: unknown): string {
  if (value === undefined || value === null) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

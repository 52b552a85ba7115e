/** Linux's own table of what is mounted where: it knows what no list of drives does. */
import { readFile } from 'node:fs/promises';
import type { Mount } from '../source.ts';

const TABLE = '/proc/self/mountinfo';

export async function readMounts(path = TABLE): Promise<readonly Mount[]> {
  return parseMounts(await readFile(path, 'utf8'));
}

export function parseMounts(table: string): readonly Mount[] {
  return parseLines(table).map(({ mount }) => mount);
}

/** The mount whose files have this number, as `MAJOR:MINOR` of their `st_dev`; the last one lies upon the others. */
export async function mountNumbered(wanted: string, path = TABLE): Promise<Mount | undefined> {
  return parseLines(await readFile(path, 'utf8')).findLast(({ number }) => number === wanted)?.mount;
}

/** One mount a line, as proc(5) describes mountinfo; a line that is not like that is passed over. */
function parseLines(table: string): readonly { readonly number: string; readonly mount: Mount }[] {
  return table.split('\n').flatMap((line) => {
    const [before = '', after] = line.split(' - ', 2);
    const [, , number, , path, options] = before.split(' ');
    const [fileSystem, device] = after?.split(' ') ?? [];
    if (number === undefined || path === undefined || options === undefined) return [];
    if (fileSystem === undefined || device === undefined) return [];
    const readOnly = options.split(',').includes('ro');
    return [{ number, mount: { device: unescaped(device), path: unescaped(path), fileSystem, readOnly } }];
  });
}

/** Spaces, tabs, line ends and backslashes stand there as octal numbers. */
function unescaped(text: string): string {
  // Names of folders are bytes; the kernel gives them as they are, which is UTF-8 nearly everywhere.
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** Linux's own table of what is mounted where: it knows what no list of drives does. */
import { readFile } from 'node:fs/promises';
import type { Mount } from '../source.ts';

export async function readMounts(path = '/proc/self/mountinfo'): Promise<readonly Mount[]> {
  return parseMounts(await readFile(path, 'utf8'));
}

/** One mount a line, as proc(5) describes mountinfo; a line that is not like that is passed over. */
export function parseMounts(table: string): readonly Mount[] {
  return table.split('\n').flatMap((line): Mount[] => {
    const [before = '', after] = line.split(' - ', 2);
    const [, , , , path, options] = before.split(' ');
    const [fileSystem, device] = after?.split(' ') ?? [];
    if (path === undefined || options === undefined || fileSystem === undefined || device === undefined)
      return [];
    const readOnly = options.split(',').includes('ro');
    return [{ device: unescaped(device), path: unescaped(path), fileSystem, readOnly }];
  });
}

/** Spaces, tabs, line ends and backslashes stand there as octal numbers. */
function unescaped(text: string): string {
  // Names of folders are bytes; the kernel gives them as they are, which is UTF-8 nearly everywhere.
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

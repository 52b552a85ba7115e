/** What is opened and what is not, also as on a system that cannot refuse links itself. */
import { execFileSync } from 'node:child_process';
import { constants, linkSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPlain, type OpenCalls } from '../../electron/disk/plain-file.ts';
import { temporaryFolder } from '../support/folder.ts';

let temporary: ReturnType<typeof temporaryFolder>;
beforeEach(() => (temporary = temporaryFolder()));
afterEach(() => temporary.remove());

const here = (name: string) => join(temporary.path, name);

async function contentOf(path: string, calls?: OpenCalls): Promise<string> {
  try {
    const handle = await openPlain(path, calls);
    try {
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe.skipIf(process.platform === 'win32').each([
  ['as this system does', undefined],
  ['without O_NOFOLLOW', { noFollow: undefined, lstat }],
])('a file is opened %s', (_how, calls) => {
  it('and a link, a folder, a pipe and nothing are not', async () => {
    writeFileSync(here('secret'), 'secret');
    symlinkSync(here('secret'), here('link'));
    linkSync(here('secret'), here('other name'));
    mkdirSync(here('folder'));
    execFileSync('mkfifo', [here('pipe')]);
    expect(await contentOf(here('secret'), calls)).toBe('secret');
    expect(await contentOf(here('other name'), calls)).toBe('secret');
    expect(await contentOf(here('link'), calls)).toBe('link-skipped');
    expect(await contentOf(here('folder'), calls)).toBe('is-folder');
    expect(await contentOf(here('pipe'), calls)).toBe('not-a-file');
    expect(await contentOf(here('nothing'), calls)).toBe('source-gone');
  });

  it('and not a link that takes its place between the look and the opening', async () => {
    writeFileSync(here('secret'), 'secret');
    writeFileSync(here('dump'), 'dump');
    const swapping = (async (path: string, options: { bigint: true }) => {
      const seen = await lstat(path, options);
      renameSync(here('dump'), here('aside'));
      symlinkSync(here('secret'), here('dump'));
      return seen;
    }) as unknown as typeof lstat;
    const noFollow = calls === undefined ? constants.O_NOFOLLOW : calls.noFollow;
    expect(await contentOf(here('dump'), { noFollow, lstat: swapping })).toBe('link-skipped');
  });
});

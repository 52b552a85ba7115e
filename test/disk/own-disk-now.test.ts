/** What cannot wait, while somebody else has the file open, as Windows answers then. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownDiskNow, type OwnDiskNow } from '../../electron/disk/own-disk-now.ts';
import { temporaryFolder } from '../support/folder.ts';

let temporary: ReturnType<typeof temporaryFolder>;
/** What the system says while `left` is above 0, and so many times. */
let errno: string;
let left: number;
/** Milliseconds that were waited. */
let waited: number;

beforeEach(() => {
  temporary = temporaryFolder();
  errno = 'EPERM';
  left = 4;
  waited = 0;
});
afterEach(() => temporary.remove());

function held(): void {
  left -= 1;
  if (left >= 0) throw Object.assign(new Error(errno), { code: errno });
}

const disk = (system: NodeJS.Platform = 'win32'): OwnDiskNow =>
  ownDiskNow({
    system,
    pause: (ms) => (waited += ms),
    calls: {
      rename: (from, to) => {
        held();
        renameSync(from, to);
      },
      rm: (path, options) => {
        held();
        rmSync(path, options);
      },
    },
  });

const here = (name: string) => join(temporary.path, name);
function file(name: string, text = name): string {
  writeFileSync(here(name), text);
  return here(name);
}

describe('on Windows', () => {
  it.each(['EPERM', 'EACCES', 'EBUSY'])('what is held (%s) is renamed once it is not', (code) => {
    errno = code;
    disk().rename(file('new', 'new'), file('old'));
    expect(readdirSync(temporary.path)).toEqual(['old']);
    expect(readFileSync(here('old'), 'utf8')).toBe('new');
    expect(waited).toBeGreaterThan(0);
  });

  it('a replaced file is whole; a file and a folder that are held are removed once they are not', () => {
    disk().replaceFile(file('settings', 'old'), 'new');
    expect(readFileSync(here('settings'), 'utf8')).toBe('new');
    left = 2;
    disk().remove(here('settings'));
    disk().remove(here('settings'));
    expect(readdirSync(temporary.path)).toEqual([]);
    mkdirSync(here('folder'));
    file('folder/inside');
    errno = 'ENOTEMPTY';
    left = 2;
    disk().removeFolder(here('folder'));
    expect(existsSync(here('folder'))).toBe(false);
  });

  it('a refusal that stays is told within two seconds', () => {
    left = Infinity;
    expect(() => disk().rename(file('new'), here('old'))).toThrow('EPERM');
    expect(waited).toBeLessThan(2_000);
    expect(readdirSync(temporary.path)).toEqual(['new']);
  });

  it('what no patience helps is told at once', () => {
    errno = 'ENOSPC';
    expect(() => disk().remove(here('gone'))).toThrow('ENOSPC');
    expect(waited).toBe(0);
  });
});

it.each(['linux', 'darwin'] as const)('on %s every refusal is told at once', (system) => {
  expect(() => disk(system).remove(file('a'))).toThrow('EPERM');
  expect(waited).toBe(0);
});

it('this computer holds up the thread, and only where it has to', () => {
  const own = ownDiskNow({
    system: 'win32',
    calls: {
      rename: renameSync,
      rm: (path, options) => {
        held();
        rmSync(path, options);
      },
    },
  });
  own.remove(file('a'));
  expect(existsSync(here('a'))).toBe(false);
});

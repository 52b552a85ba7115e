/** Renaming and removing while somebody else has the file open, as Windows answers then. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownDisk, type DiskCalls, type OwnDisk } from '../../electron/disk/own-disk.ts';
import { temporaryFolder } from '../support/folder.ts';
import { ManualTimers } from '../support/manual-timers.ts';
import { soon } from '../support/soon.ts';

let temporary: ReturnType<typeof temporaryFolder>;
let timers: ManualTimers;
/** What the system says until `heldUntil`. */
let errno: string;
let heldUntil: number;
let tries: number;
/** When it was tried for the last time, as the timers count. */
let lastTry: number;

beforeEach(() => {
  temporary = temporaryFolder();
  timers = new ManualTimers();
  errno = 'EPERM';
  heldUntil = 2_000;
  tries = 0;
});
afterEach(() => temporary.remove());

function held(): Promise<void> {
  tries += 1;
  lastTry = timers.now();
  if (timers.now() >= heldUntil) return Promise.resolve();
  return Promise.reject(Object.assign(new Error(errno), { code: errno }));
}

const calls: DiskCalls = {
  rename: (from, to) => held().then(() => rename(from, to)),
  rm: (path, options) => held().then(() => rm(path, options)),
};

const disk = (system: NodeJS.Platform = 'win32'): OwnDisk => ownDisk({ system, timers, calls });
const here = (name: string) => join(temporary.path, name);

function file(name: string, text = name): string {
  writeFileSync(here(name), text);
  return here(name);
}

/** Lets time pass until the work ends. */
async function later<Value>(work: Promise<Value>): Promise<Value | string> {
  const seen: { end?: Value | string } = {};
  work.then(
    (value) => (seen.end = value ?? 'done'),
    (error: NodeJS.ErrnoException) => (seen.end = error.code ?? error.message),
  );
  while (seen.end === undefined) await timers.pass(500);
  return seen.end;
}

describe('on Windows', () => {
  it.each(['EPERM', 'EACCES', 'EBUSY'])(
    'a rename that %s fails for two seconds comes about',
    async (code) => {
      errno = code;
      file('new', 'new');
      expect(await later(disk().rename(here('new'), file('old')))).toBe('done');
      expect(readdirSync(temporary.path)).toEqual(['old']);
      expect(readFileSync(here('old'), 'utf8')).toBe('new');
      expect(tries).toBeGreaterThan(3);
      expect(lastTry).toBeGreaterThanOrEqual(2_000);
      expect(lastTry).toBeLessThan(3_000);
    },
  );

  it('a replaced file is the old one until it is the new one', async () => {
    file('settings', 'old');
    const replacing = disk().replaceFile(here('settings'), 'new');
    await soon(() => tries > 0).toBe(true);
    expect(readFileSync(here('settings'), 'utf8')).toBe('old');
    expect(await later(replacing)).toBe('done');
    expect(readFileSync(here('settings'), 'utf8')).toBe('new');
    expect(readdirSync(temporary.path)).toEqual(['settings']);
  });

  it('a file that is open is removed as soon as it is closed; a folder whose files are just going too', async () => {
    expect(await later(disk().remove(file('a.part')))).toBe('done');
    expect(existsSync(here('a.part'))).toBe(false);
    errno = 'ENOTEMPTY';
    heldUntil = timers.now() + 2_000;
    expect(await later(disk().removeFolder(temporary.path))).toBe('done');
    expect(existsSync(temporary.path)).toBe(false);
  });

  it('a refusal that stays is told after some seconds, and nothing is tried any more', async () => {
    heldUntil = Infinity;
    expect(await later(disk().rename(file('new'), here('old')))).toBe('EPERM');
    expect(lastTry).toBeGreaterThanOrEqual(10_000);
    expect(timers.pending).toEqual([]);
    expect(readdirSync(temporary.path)).toEqual(['new']);
  });

  it.each(['ENOENT', 'ENOSPC', 'EXDEV'])('%s is told at once', async (code) => {
    errno = code;
    await expect(disk().rename(here('new'), here('old'))).rejects.toMatchObject({ code });
    expect(tries).toBe(1);
  });
});

it.each(['linux', 'darwin'] as const)('on %s every refusal is told at once', async (system) => {
  await expect(disk(system).rename(here('new'), here('old'))).rejects.toMatchObject({ code: 'EPERM' });
  expect(tries).toBe(1);
  expect(timers.pending).toEqual([]);
});

it('a folder where a file was meant stays, with what is in it', async () => {
  heldUntil = 0;
  await expect(disk('linux').remove(temporary.path)).rejects.toMatchObject({ code: 'ERR_FS_EISDIR' });
  expect(existsSync(temporary.path)).toBe(true);
});

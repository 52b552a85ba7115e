/** Runs one of the system's own programs, with a time-out; never through a shell. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

export interface Ran {
  /** `null`: it could not be started, was killed, or took too long. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** There is no such program. */
  readonly missing: boolean;
}

export type Run = (program: string, args: readonly string[], ms?: number) => Promise<Ran>;

/** Words of programs are read here, so they have to be English. */
const ENV = { ...process.env, LC_ALL: 'C', LANGUAGE: '' };
const OUTPUT = 16 * 1024 * 1024;

/** Where a system keeps its own programs; the last is NixOS. What a person put into `PATH` is not asked. */
const FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/run/current-system/sw/bin'];

/** The program by its full path, so that no other one of that name is started; `null`: the system has none. */
export function systemProgram(name: string, folders: readonly string[] = FOLDERS): string | null {
  if (isAbsolute(name)) return name;
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

export const runProgram: Run = (program, args, ms = 20_000) =>
  new Promise((resolve) => {
    const path = systemProgram(program);
    if (path === null) {
      resolve({ code: null, stdout: '', stderr: '', missing: true });
      return;
    }
    const options = {
      timeout: ms,
      killSignal: 'SIGKILL',
      maxBuffer: OUTPUT,
      windowsHide: true,
      env: ENV,
    } as const;
    execFile(path, [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      resolve({ code, stdout, stderr, missing: error !== null && (error.code as unknown) === 'ENOENT' });
    });
  });

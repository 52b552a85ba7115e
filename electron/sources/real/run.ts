/** Runs one of the system's own programs, with a time-out; never through a shell. */
import { execFile } from 'node:child_process';

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

export const runProgram: Run = (program, args, ms = 20_000) =>
  new Promise((resolve) => {
    const options = {
      timeout: ms,
      killSignal: 'SIGKILL',
      maxBuffer: OUTPUT,
      windowsHide: true,
      env: ENV,
    } as const;
    execFile(program, [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      resolve({ code, stdout, stderr, missing: error !== null && (error.code as unknown) === 'ENOENT' });
    });
  });

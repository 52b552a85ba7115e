/**
 * The practice server as a process of its own, so that it can hold up or take down nothing of the station. Here for the
 * terminal, where it is `cli.ts practice`; the desktop program has a way of its own.
 */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import * as v from 'valibot';
import type { PracticeSetup } from '../station-api.ts';

const SAID = v.object({
  url: v.string(),
  users: v.array(v.object({ user: v.string(), password: v.string() })),
  devices: v.pipe(v.string(), v.minLength(1)),
  phone: v.object({
    path: v.pipe(v.string(), v.minLength(1)),
    user: v.string(),
    household: v.string(),
  }),
});

export interface PracticeProcess {
  readonly setup: PracticeSetup;
  readonly pid: number;
  /** Resolves when it has ended. */
  stop(): Promise<void>;
}

/**
 * Starts `node` with `args` and waits until it has said, as JSON on its standard output, where it serves.
 * Rejects when it ends before that.
 */
export function startPractice(node: string, args: readonly string[], cwd: string): Promise<PracticeProcess> {
  const child = spawn(node, args, { cwd, stdio: ['ignore', 'pipe', 'inherit', 'ipc'], windowsHide: true });
  const told = child.stdout as Readable;
  // However this program ends, the server it started ends with it: the cord between them ends in any case. On Windows a
  // signal is death without a last word, and the data of practice would stay behind.
  const end = (): void => {
    if (child.connected) child.disconnect();
    if (process.platform !== 'win32') child.kill();
  };
  process.once('exit', end);
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  const stop = () => {
    end();
    return gone;
  };
  return new Promise((resolve, reject) => {
    let said = '';
    const listen = (part: string) => {
      said += part;
      try {
        const announced = wholeObject(said);
        if (announced === null) return;
        const setup = readSetup(announced);
        child.off('exit', ended);
        resolve({ setup, pid: child.pid ?? 0, stop });
      } catch (error) {
        child.kill();
        reject(error instanceof Error ? error : new Error('the practice server made no sense'));
      }
      // What it says later is nobody's, but must be read: a full pipe would hold it up.
      told.off('data', listen).resume();
    };
    const ended = (code: number | null) => reject(new Error(`the practice server ended with code ${code}`));
    child.once('error', reject);
    child.once('exit', ended);
    told.setEncoding('utf8').on('data', listen);
  });
}

/** `null` while the object is not complete. */
function wholeObject(said: string): unknown {
  try {
    return JSON.parse(said);
  } catch {
    return null;
  }
}

/** What the station needs of what the practice server announced. Throws when it is something else. */
export function readSetup(announced: unknown): PracticeSetup {
  return v.parse(SAID, announced);
}

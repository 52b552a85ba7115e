/**
 * Practice mode of a development checkout: `cli.ts practice` runs as a process of its own, because the
 * practice server is part of the tests and is neither bundled nor packaged.
 */
import { spawn } from 'node:child_process';
import * as v from 'valibot';
import type { PracticeSetup } from '../station-api.ts';

const SAID = v.object({
  url: v.string(),
  users: v.array(v.object({ user: v.string(), password: v.string() })),
  devices: v.pipe(v.string(), v.minLength(1)),
});

export interface PracticeProcess {
  readonly setup: PracticeSetup;
  readonly pid: number;
  stop(): void;
}

/**
 * Starts `node` with `args` and waits until it has said, as JSON on its standard output, where it serves.
 * Rejects when it ends before that.
 */
export function startPractice(node: string, args: readonly string[], cwd: string): Promise<PracticeProcess> {
  const child = spawn(node, args, { cwd, stdio: ['pipe', 'pipe', 'inherit'], windowsHide: true });
  // However this program ends, the server it started ends with it.
  process.once('exit', () => child.kill());
  return new Promise((resolve, reject) => {
    let said = '';
    const listen = (part: string) => {
      said += part;
      try {
        const setup = readSetup(said);
        if (setup === null) return;
        child.off('exit', ended);
        resolve({ setup, pid: child.pid ?? 0, stop: () => child.kill() });
      } catch (error) {
        child.kill();
        reject(error instanceof Error ? error : new Error('the practice server made no sense'));
      }
      // What it says later is nobody's, but must be read: a full pipe would hold it up.
      child.stdout.off('data', listen).resume();
    };
    const ended = (code: number | null) => reject(new Error(`the practice server ended with code ${code}`));
    child.once('error', reject);
    child.once('exit', ended);
    child.stdout.setEncoding('utf8').on('data', listen);
  });
}

/** `null` while the object is not complete; throws when it is another one. */
function readSetup(said: string): PracticeSetup | null {
  let value: unknown;
  try {
    value = JSON.parse(said);
  } catch {
    return null;
  }
  return v.parse(SAID, value);
}

/** The practice process of the desktop program: a utility process, as its binary does not run as Node. */
import { utilityProcess } from 'electron';
import { readSetup, type PracticeProcess } from '../host/practice-process.ts';

/**
 * Starts the practice server and waits until it has said where it serves. Rejects when it ends before that.
 *
 * @param module the built `practice-process.js`
 * @param args passed on: `--port N` for a port that is asked for
 * @param folder everything of practice is written into this folder
 */
export function utilityPractice(
  module: string,
  args: readonly string[],
  folder: string,
): Promise<PracticeProcess> {
  // The folder for temporary files, under each of the names that a system looks for it.
  const env = { ...process.env, TMPDIR: folder, TEMP: folder, TMP: folder };
  const child = utilityProcess.fork(module, [...args], { serviceName: 'Practice', stdio: 'ignore', env });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  // Without a listener its failure would end the whole program; its exit follows.
  child.on('error', () => undefined);
  const stop = () => {
    child.kill();
    return gone;
  };
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the practice server ended with code ${code}`)));
    child.once('message', (said: unknown) => resolve({ setup: readSetup(said), pid: child.pid ?? 0, stop }));
  });
}

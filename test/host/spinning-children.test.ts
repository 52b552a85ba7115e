/** A station that is killed leaves nothing behind: also a child ends that never comes back to its event loop. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { soon } from '../support/soon.ts';
import { temporaryFolder } from '../support/folder.ts';

const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
/** The station's own devices, simulated, in a process of their own. */
const STATION = at('station-with-devices.ts');
const SPINNING = pathToFileURL(at('spinning.ts')).href;

let temporary: ReturnType<typeof temporaryFolder>;
/** Processes of the test; whatever happens, none of them outlives it. */
const pids: number[] = [];
beforeEach(() => {
  temporary = temporaryFolder();
});
afterEach(() => {
  for (const pid of pids.splice(0)) if (runs(pid)) process.kill(pid, 'SIGKILL');
  temporary.remove();
});

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

it.each(['start', 'message'])('a device process that spins from its %s on', async (when) => {
  const pidFile = join(temporary.path, 'pid');
  const station = spawn(process.execPath, [STATION, join(temporary.path, 'data')], {
    env: { ...process.env, NODE_OPTIONS: `--import=${SPINNING}`, SPIN: when, PID_FILE: pidFile },
    stdio: 'ignore',
  });
  pids.push(station.pid ?? 0);
  const written = (): number => (existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0);
  await soon(written).toBeGreaterThan(0);
  const child = written();
  pids.push(child);
  expect(runs(child)).toBe(true);
  station.kill('SIGKILL');
  await soon(() => runs(child)).toBe(false);
});

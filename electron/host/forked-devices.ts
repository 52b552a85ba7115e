/** The device process outside Electron: this program's own Node, forked. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DeviceChild, DeviceSetup } from '../station-api.ts';

/** What a person may have given to this program alone. */
const SECRETS = [
  'STATION_PASSWORD',
  'STATION_NEW_PASSWORD',
  'STATION_PIN',
  'STATION_NEW_PIN',
  'STATION_SECOND_PIN',
  'STATION_RECOVERY_CODE',
];

/** @param module `electron/device-worker.ts`, or the built file */
export function forkedDevices(module: URL = new URL('../device-worker.ts', import.meta.url)): DeviceSetup {
  return { start: () => startForked(module) };
}

function startForked(module: URL): DeviceChild {
  // Passwords are no business of whoever reads devices, nor of the programs of the system that it calls.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !SECRETS.includes(name)));
  const child = fork(fileURLToPath(module), [], {
    env,
    // Bytes of files cross as bytes, not as JSON.
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  // However this program ends, nobody goes on reading sticks for it.
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  let ended = false;
  const listeners: ((code: number | null) => void)[] = [];
  const end = (code: number | null): void => {
    if (ended) return;
    ended = true;
    process.off('exit', kill);
    for (const listener of listeners) listener(code);
  };
  child.once('exit', end);
  child.once('error', () => end(null));
  return {
    // It may have ended by now; that is told by its end.
    postMessage: (message) => void child.send(message as object, () => {}),
    on: (_event, listener) => child.on('message', listener as (message: unknown) => void),
    onEnd: (listener) => void listeners.push(listener),
    kill,
  };
}

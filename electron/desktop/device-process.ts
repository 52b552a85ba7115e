/** The device process of the desktop program: a utility process, since the program's binary does not run as Node. */
import { utilityProcess } from 'electron';
import type { DeviceSetup } from '../station-api.ts';

/** @param module the built `device-worker.js` */
export function utilityDevices(module: string): DeviceSetup {
  return {
    start: () => {
      const child = utilityProcess.fork(module, [], { serviceName: 'Devices', stdio: 'ignore' });
      return {
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a process, not a window
        postMessage: (message) => child.postMessage(message),
        on: (_event, listener) => child.on('message', listener as (message: unknown) => void),
        onEnd: (listener) => {
          child.once('exit', listener);
          // Without a listener a failure of the process (out of memory) would end the whole program; its exit follows.
          child.on('error', () => undefined);
        },
        kill: () => void child.kill(),
      };
    },
  };
}

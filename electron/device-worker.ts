/**
 * The device process: everything that speaks to sticks and phones happens here, since native modules and broken
 * devices may take a process with them. In the desktop program a utility process, elsewhere a forked one.
 */
import type { Port } from './workers/rpc.ts';
import { serveDevices } from './workers/devices/serve.ts';

/** Electron gives a utility process its port; nothing else does. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: { readonly data: unknown }) => void): unknown;
}

function portOf(): Port {
  const { parentPort: port } = process as unknown as { readonly parentPort?: ParentPort };
  if (port != null) {
    return {
      postMessage: (message) => port.postMessage(message),
      on: (_event, listener) => port.on('message', ({ data }) => listener(data as never)),
    };
  }
  // The station went away: nobody is left to read for.
  process.on('disconnect', () => process.exit(0));
  return {
    postMessage: (message) => void process.send?.(message),
    on: (_event, listener) => process.on('message', listener as (message: unknown) => void),
  };
}

const log = serveDevices(portOf());

// Unplugging a phone in the middle of a transfer makes libraries throw where nobody listens.
process.on('uncaughtException', (error) => {
  log(`device process: uncaught ${error.name}`);
  setTimeout(() => process.exit(71), 50);
});

// Such as a file of a device that nobody closed.
process.on('warning', (warning) => {
  const code = (warning as { code?: string }).code ?? '';
  log(`device process: warning ${warning.name} ${code}`.trimEnd());
});

/**
 * The device process: everything that speaks to sticks and phones happens here, since native modules and broken
 * devices may take a process with them. In the desktop program a utility process, elsewhere a forked one.
 */
import { serveDevices } from './workers/devices/serve.ts';
import { parentPort } from './workers/parent-port.ts';

const log = serveDevices(parentPort());

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

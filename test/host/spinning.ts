/**
 * Loaded into every process of a test: the device process spins there and never comes back to its event loop, from the
 * moment of its start (`SPIN=start`) or from the first question on (`SPIN=message`). It writes its number into `PID_FILE`.
 */
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

function spin(): never {
  writeFileSync(process.env['PID_FILE'] ?? '', String(process.pid));
  for (;;);
}

if (isMainThread && process.argv[1]?.endsWith('device-worker.ts')) {
  if (process.env['SPIN'] === 'message') process.once('message', spin);
  // Behind its own beginning, in the same turn of the event loop in which its modules were run.
  else queueMicrotask(() => setImmediate(spin));
}

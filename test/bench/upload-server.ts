/** The server of the upload bench, in a process of its own: as it is, and 100 ms away. Prints both addresses. */
import { startPracticeServer } from '../../electron/practice/server.ts';
import { startFaultProxy } from '../faults/proxy.ts';

const server = await startPracticeServer();
const far = await startFaultProxy({ target: server.url, everyRequestMs: 100 });
process.stdout.write(`${JSON.stringify({ near: server.url, far: far.url })}\n`);
process.once('SIGTERM', () => {
  void Promise.all([far.close(), server.close()]).then(() => process.exit(0));
});

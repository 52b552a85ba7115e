/**
 * The practice process of the desktop program: the practice server, its dumps and its simulated devices, in a utility
 * process beside the station. It says once where it serves, and serves until it is ended.
 */
import { startPractice } from './practice/start.ts';
import { parentPort } from './workers/parent-port.ts';

const at = process.argv.indexOf('--port');
const port = at === -1 ? 0 : Number(process.argv[at + 1]);
const { announcement } = await startPractice({ port });
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a process, not a window
parentPort().postMessage(announcement);

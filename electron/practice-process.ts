/**
 * The practice process of the desktop program: the practice server, its dumps and its simulated devices, in a utility
 * process beside the station. It says once where it serves, and serves until it is ended.
 */
import { CONFIGURATION_NAMES } from './practice/configurations/index.ts';
import { startPractice } from './practice/start.ts';
import { parentPort } from './workers/parent-port.ts';

function given(option: string): string | undefined {
  const at = process.argv.indexOf(option);
  return at === -1 ? undefined : process.argv[at + 1];
}

const port = Number(given('--port') ?? 0);
const configuration = CONFIGURATION_NAMES.find((name) => name === given('--configuration')) ?? 'default';
const { announcement } = await startPractice({ port, configuration });
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a process, not a window
parentPort().postMessage(announcement);

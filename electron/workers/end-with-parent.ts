/**
 * A child process ends with the one that started it. What the child hears by its event loop is not enough: a process that
 * spins, in JavaScript or in a system call of a broken device, hears nothing, and would go on for ever. So a thread of its
 * own looks, and ends the whole process from there.
 */
import { Worker } from 'node:worker_threads';

/** Milliseconds between two looks. */
const EVERY = 500;

/**
 * In plain JavaScript and in one piece: the thread must come up while nobody reads a file or answers for it. On Windows a
 * process keeps the number of its parent after the parent is gone, so the parent itself is asked for too.
 */
const WATCHER = `
  const { workerData: { parent, every } } = require('node:worker_threads');
  const isThere = () => {
    if (process.ppid !== parent) return false;
    try {
      process.kill(parent, 0);
      return true;
    } catch (error) {
      return error.code !== 'ESRCH';
    }
  };
  setInterval(() => isThere() || process.kill(process.pid, 'SIGKILL'), every);
`;

/** Begins to look. Nothing waits for it: the process may end by itself at any time. */
export function endWithParent(): void {
  const worker = new Worker(WATCHER, {
    eval: true,
    workerData: { parent: process.ppid, every: EVERY },
    // A few numbers; what this program was started with is not for it.
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
    execArgv: [],
    env: {},
  });
  // A computer that has no room for a thread has other worries.
  worker.on('error', () => {});
  worker.unref();
}

// One child process: it gets the signals that this one gets, and its end becomes this one's end. On Windows there are no
// signals to pass on: the console tells every program in it, and this one only waits for the child to end.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a program until it ends; resolves with the code to exit with (128 + number after a signal, as shells
 * count). `onStart` gets the running child.
 */
export function runChild(program, args, options, onStart) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', ...options });
    const forward = (signal) => {
      // A terminal sends Ctrl-C to the whole group: the child has it already, and twice would mean "at once".
      if (process.platform === 'win32' || (signal === 'SIGINT' && process.stdin.isTTY)) return;
      child.kill(signal);
    };
    for (const signal of SIGNALS) process.on(signal, forward);
    const done = () => {
      for (const signal of SIGNALS) process.off(signal, forward);
    };
    child.once('error', (error) => {
      done();
      reject(error);
    });
    child.once('close', (code, signal) => {
      done();
      resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
    });
    onStart?.(child);
  });
}

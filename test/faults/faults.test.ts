/** Five hundred random scripts of faults, in two processes; `npm run test:faults -- --scripts N --seed S` plays more. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const RUN = fileURLToPath(new URL('run.ts', import.meta.url));
const EACH = 250;
/** Ten scripts that take longer than this hang. How long all take together is the computer's business. */
const HANGS_MS = 8 * 60_000;
const LONGEST_MS = 70 * 60_000;

function play(scripts: number, seed: number): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [RUN, '--scripts', String(scripts), '--seed', String(seed)]);
    let output = '';
    const hangs = setTimeout(() => {
      output += 'It hangs: no script ended any more.';
      child.kill('SIGKILL');
    }, HANGS_MS);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        hangs.refresh();
        // Whoever watches this run hears that it goes on.
        if (/\b\d*[05]0 of/.test(text)) console.log(`seed ${seed}: ${text.trim()}`);
      });
    }
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(hangs);
      resolve({ code, output });
    });
  });
}

test(
  'accepted is what the server holds, and nothing is forgotten, whatever goes wrong',
  { timeout: LONGEST_MS },
  async () => {
    const runs = await Promise.all([play(EACH, 1), play(EACH, 1 + EACH)]);
    // What went wrong stands alone in the report, without the lines that say how far it came.
    const ends = runs.map(({ code, output }) => ({
      code,
      said: output.replace(/^\d+ of \d+ played\n/gm, ''),
    }));
    expect(ends).toEqual(runs.map(() => ({ code: 0, said: `${EACH} passed, 0 failed\n` })));
  },
);

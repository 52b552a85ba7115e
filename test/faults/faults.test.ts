/** Five hundred random scripts of faults, in two processes; `npm run test:faults -- --scripts N --seed S` plays more. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const RUN = fileURLToPath(new URL('run.ts', import.meta.url));
const EACH = 250;

function play(scripts: number, seed: number): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [RUN, '--scripts', String(scripts), '--seed', String(seed)]);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

test(
  'accepted is what the server holds, and nothing is forgotten, whatever goes wrong',
  { timeout: 300_000 },
  async () => {
    const runs = await Promise.all([play(EACH, 1), play(EACH, 1 + EACH)]);
    for (const { code, output } of runs) {
      expect(output).toContain(`${EACH} passed, 0 failed`);
      expect(code).toBe(0);
    }
  },
);

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needsBuild } from '../../build/run.mjs';

const ROOT = join(import.meta.dirname, '../..');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'station-run-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a script through `build/run.mjs`; `whileRunning` may send it a signal once it has said something. */
function run(
  script: string,
  args: readonly string[] = [],
  { stdin = '', signal }: { readonly stdin?: string; readonly signal?: NodeJS.Signals } = {},
): Promise<{ readonly code: number | null; readonly out: string }> {
  const file = join(folder, 'script.ts');
  writeFileSync(file, script);
  const child = spawn(process.execPath, [join(ROOT, 'build/run.mjs'), file, ...args], {
    cwd: ROOT,
    env: { ...process.env, INIT_CWD: folder },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(stdin);
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    if (out === '' && signal !== undefined) child.kill(signal);
    out += part;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out })));
}

describe('a script', () => {
  test.skipIf(process.platform === 'win32')('is started through a link to its folder too', async () => {
    const link = join(folder, 'link');
    symlinkSync(ROOT, link);
    const child = spawn(process.execPath, [join(link, 'build/run.mjs')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (part: string) => (said += part));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect({ code, said }).toEqual({ code: 2, said: expect.stringContaining('usage') });
  });

  test('runs as TypeScript on the installed Node, in the repository, told where the person stands', async () => {
    const { code, out } = await run(
      `
      const told: unknown = [process.version.split('.')[0], process.cwd(), process.env['INIT_CWD'], process.argv.slice(2)];
      console.log(JSON.stringify(told));
    `,
      ['--json', 'a b'],
    );
    expect(JSON.parse(out)).toEqual(['v24', ROOT, folder, ['--json', 'a b']]);
    expect(code).toBe(0);
  });

  test('ends with its own code', async () => {
    expect((await run('process.exitCode = 3;')).code).toBe(3);
  });

  test('reads what is piped in', async () => {
    const { out } = await run('for await (const part of process.stdin) process.stdout.write(part);', [], {
      stdin: 'a password\n',
    });
    expect(out).toBe('a password\n');
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('gets %s and may end in its own way', async (signal) => {
    const { code, out } = await run(
      `process.once('${signal}', () => { console.log('tidied'); process.exit(5); });
       console.log('ready'); setInterval(() => undefined, 1000);`,
      [],
      { signal },
    );
    expect(out).toBe('ready\ntidied\n');
    expect(code).toBe(5);
  });

  test('that dies of a signal is told apart from one that failed', async () => {
    const { code } = await run(`console.log('ready'); setInterval(() => undefined, 1000);`, [], {
      signal: 'SIGTERM',
    });
    expect(code).toBe(143);
  });
});

test('only the command that serves the window needs the window built', () => {
  expect(needsBuild('electron/cli.ts', ['serve', '--port', '1'])).toBe(true);
  expect(needsBuild('electron/cli.ts', ['import', 'x'])).toBe(false);
  expect(needsBuild('test/bench/run.ts', ['serve'])).toBe(false);
});

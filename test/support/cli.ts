/** The command line as a script runs it: a process of its own, its words, its exit code. */
import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../electron/cli.ts', import.meta.url));
/** Node keeps the stripped and compiled modules here: half of what a short command takes is that. */
const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/cli-tests', import.meta.url));

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** As whom it runs, where the test runs as root. */
  readonly uid?: number;
  /** Milliseconds after which the process is killed without a chance to tidy up. */
  readonly killAfter?: number;
  /** Called once it runs, with what kills it at any moment. */
  readonly started?: (kill: () => void) => void;
}

export interface CliResult {
  /** `null`: killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { INIT_CWD: _, STATION_DATA: __, STATION_PASSWORD: ___, ...env } = process.env;
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: options.cwd,
    env: { ...env, LC_ALL: 'C', NODE_COMPILE_CACHE: COMPILED, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.uid === undefined ? {} : { uid: options.uid }),
  });
  options.started?.(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => {
    // The command may end without reading what it is told.
  });
  child.stdin.end(options.input ?? '');
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (options.killAfter !== undefined) {
    await Promise.race([wait(options.killAfter), ended]);
    child.kill('SIGKILL');
  }
  return { code: await ended, stdout, stderr };
}

/** Runs a command with `--json`: exactly one JSON object on stdout, whatever comes of it. */
export async function runJson(
  args: readonly string[],
  options: CliOptions = {},
): Promise<{ code: number | null; value: Record<string, unknown>; stderr: string }> {
  const { code, stdout, stderr } = await runCli([...args, '--json'], options);
  if (!stdout.endsWith('\n') || stdout.trimEnd().includes('\n'))
    throw new Error(`not one line on stdout: ${JSON.stringify(stdout)}\n${stderr}`);
  return { code, value: JSON.parse(stdout) as Record<string, unknown>, stderr };
}

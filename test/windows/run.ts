/**
 * Runs the tests that concern Windows, and `npm start` in practice, with Windows' own Node under Wine:
 *
 *   npm run test:windows [-- FILE...]
 *
 * Exit 0: all passed but for what Wine cannot do (`known.ts`). Exit 3: it cannot run here, with the reason in one line.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startBrowser } from '../window/browser.ts';
import { knownAs } from './known.ts';
import { inside, NODE, OUT, prepare } from './prepare.ts';

const SUITES = ['shared', 'disk', 'intake', 'ledger', 'replica', 'station', 'upload', 'cli'];

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message?: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

interface Sum {
  passed: number;
  failed: number;
}

/** Output goes to files: the pipes of Linux are none that Windows' Node would take for its own under Wine. */
function windows(line: string, log: string): Promise<number | null> {
  const [program, ...args] = inside(`${line} > /out/${log} 2>&1 < /dev/null`);
  const child = spawn(program, args, { stdio: 'ignore' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}

/** One suite after the other, so that one that hangs takes no other along. */
async function suite(files: readonly string[], sum: Sum): Promise<void> {
  const report = join(OUT, 'report.json');
  rmSync(report, { force: true });
  const vitest = 'node_modules/vitest/vitest.mjs run --project unit --testTimeout=300000';
  const told = '--reporter=json --outputFile=Z:/out/report.json';
  await windows(`timeout 3000 ${NODE} ${vitest} ${told} ${files.join(' ')}`, 'vitest.log');
  if (!existsSync(report)) {
    sum.failed += 1;
    console.log(`FAILED: ${files.join(' ')} did not come to an end (${join(OUT, 'vitest.log')})`);
    return;
  }
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  for (const { name: file, status, message, assertionResults } of testResults) {
    const path = file.replaceAll('\\', '/');
    if (assertionResults.length === 0 && status === 'failed') {
      sum.failed += 1;
      console.log(`FAILED: ${path}: ${message ?? ''}`);
    }
    for (const { fullName, status: how } of assertionResults) {
      if (how === 'passed') sum.passed += 1;
      if (how !== 'failed') continue;
      const why = knownAs(path, fullName);
      if (why === null) sum.failed += 1;
      console.log(why === null ? `FAILED: ${path}: ${fullName}` : `not counted: ${fullName} (${why})`);
    }
  }
}

/** Practice as a clerk starts it, seen by a real Chromium of this machine. */
async function practice(sum: Sum): Promise<void> {
  const log = join(OUT, 'start.log');
  rmSync(log, { force: true });
  const ended = windows(`${NODE} build/start.mjs --practice --no-open`, 'start.log');
  const stop = new AbortController();
  void ended.then(() => stop.abort());
  let address: string | undefined;
  while (address === undefined && !stop.signal.aborted) {
    const said = existsSync(log) ? readFileSync(log, 'utf8') : '';
    address = /http:\/\/127\.0\.0\.1:\d+\/open\/[\w-]+(?=\s)/.exec(said)?.[0];
    if (address === undefined) await new Promise((resolve) => void setTimeout(resolve, 1000));
  }
  try {
    if (address === undefined) throw new Error(`it ended without an address (${log})`);
    const browser = await startBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(address);
      await page.getByText('Practice stick').first().waitFor({ timeout: 300_000 });
      sum.passed += 1;
    } finally {
      await browser.close();
    }
  } catch (error) {
    sum.failed += 1;
    console.log(`FAILED: npm start in practice: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    // All of Wine ends with its server.
    await windows('wineserver -k', 'end.log');
    await ended;
  }
}

const why = prepare();
if (why !== null) {
  console.log(`NOT RUN: the tests on Windows (${why}).`);
  process.exitCode = 3;
} else {
  const sum: Sum = { passed: 0, failed: 0 };
  const given = process.argv.slice(2);
  await practice(sum);
  if (given.length > 0) await suite(given, sum);
  else for (const name of SUITES) await suite([`test/${name}`], sum);
  console.log(`${sum.passed} passed, ${sum.failed} failed`);
  process.exitCode = sum.failed === 0 && sum.passed > 0 ? 0 : 1;
}

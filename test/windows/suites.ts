/** The station's own tests under Windows' Node. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { knownAs } from './known.ts';
import { NODE, OUT, ROOT, windows } from './prepare.ts';
import type { Tally } from './tally.ts';

/** Folders of `test/` that do what Windows may do otherwise. */
const FOLDERS = ['shared', 'disk', 'intake', 'ledger', 'replica', 'station', 'upload', 'cli'];

/** Runs, each of one folder with what lies in it itself: what hangs takes as little along as can be. */
export function suites(): (readonly string[])[] {
  return FOLDERS.flatMap((name) => filesBelow(join('test', name)));
}

function filesBelow(folder: string): (readonly string[])[] {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true });
  const below = entries
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => filesBelow(join(folder, name)));
  const files = entries
    .filter((entry) => entry.isFile() && /\.test\.tsx?$/.test(entry.name))
    .map(({ name }) => join(folder, name));
  return files.length === 0 ? below : [files, ...below];
}

/** What hangs on the system most: how files are renamed, removed and locked. */
export const SHORT = ['test/disk', 'test/intake/copy.test.ts', 'test/ledger/database.test.ts'];

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message?: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** Runs some files together. No time-out says that it is slow: under Wine everything is, only that it hangs. */
export async function runSuite(files: readonly string[], tally: Tally): Promise<void> {
  const report = join(OUT, 'report.json');
  rmSync(report, { force: true });
  const vitest =
    'node_modules/vitest/vitest.mjs run --project unit --testTimeout=2400000 --hookTimeout=1200000 --expect.poll.timeout=1800000';
  const told = '--reporter=default --reporter=json --outputFile.json=Z:/out/report.json';
  await windows(`timeout 10800 ${NODE} ${vitest} ${told} ${files.join(' ')}`, 'vitest.log');
  if (!existsSync(report)) {
    tally.fail(`${files.join(' ')} did not come to an end (${join(OUT, 'vitest.log')})`);
    return;
  }
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  for (const { name: file, status, message = '', assertionResults } of testResults) {
    const path = file.replaceAll('\\', '/');
    const failed = assertionResults.filter(({ status: how }) => how === 'failed');
    for (const { status: how } of assertionResults) if (how === 'passed') tally.pass();
    // What all of its tests need did not come about: then they are only left out.
    const whole = { fullName: message.split('\n')[0] ?? '', failureMessages: [message] };
    for (const { fullName, failureMessages } of status === 'failed' && failed.length === 0
      ? [whole]
      : failed) {
      const why = knownAs(path, fullName);
      if (why === null) tally.fail(`${path}: ${fullName}\n  ${failureMessages?.[0] ?? ''}`);
      else tally.note(`${fullName} (${why})`);
    }
  }
}

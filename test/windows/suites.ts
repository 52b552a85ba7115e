/** The station's own tests under Windows' Node. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { knownAs } from './known.ts';
import { NODE, OUT, windows } from './prepare.ts';
import type { Tally } from './tally.ts';

/** Folders of `test/` that do what Windows may do otherwise. */
export const SUITES = ['shared', 'disk', 'intake', 'ledger', 'replica', 'station', 'upload', 'cli'];

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

/** Runs one suite, so that one that hangs takes no other along. */
export async function runSuite(files: readonly string[], tally: Tally): Promise<void> {
  const report = join(OUT, 'report.json');
  rmSync(report, { force: true });
  const vitest = 'node_modules/vitest/vitest.mjs run --project unit --testTimeout=300000';
  const told = '--reporter=default --reporter=json --outputFile.json=Z:/out/report.json';
  await windows(`timeout 3000 ${NODE} ${vitest} ${told} ${files.join(' ')}`, 'vitest.log');
  if (!existsSync(report)) {
    tally.fail(`${files.join(' ')} did not come to an end (${join(OUT, 'vitest.log')})`);
    return;
  }
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  for (const { name: file, status, message, assertionResults } of testResults) {
    const path = file.replaceAll('\\', '/');
    if (assertionResults.length === 0 && status === 'failed') tally.fail(`${path}: ${message ?? ''}`);
    for (const { fullName, status: how, failureMessages } of assertionResults) {
      if (how === 'passed') tally.pass();
      if (how !== 'failed') continue;
      const why = knownAs(path, fullName);
      if (why === null) tally.fail(`${path}: ${fullName}\n  ${failureMessages?.[0] ?? ''}`);
      else tally.note(`${fullName} (${why})`);
    }
  }
}

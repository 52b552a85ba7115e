/**
 * Runs the tests that concern Windows, the whole job, and `npm start` in practice, with Windows' own Node under Wine:
 *
 *   npm run test:windows [-- FILE...]      all of it, or these files
 *   npm run test:windows -- --start        `npm start` and the job alone
 *   npm run test:windows -- --short        what CI has the time for
 *
 * Exit 0: all passed but for what Wine cannot do (`known.ts`). Exit 3: it cannot run here, with the reason in one line.
 */
import { doTheJob } from './clerk.ts';
import { endWindows, prepare } from './prepare.ts';
import { START, withStarted } from './start.ts';
import { runSuite, SHORT, suites } from './suites.ts';
import { Tally } from './tally.ts';

/** Each is run by itself. */
function suitesOf(given: readonly string[]): (readonly string[])[] {
  const files = given.filter((one) => !one.startsWith('--'));
  if (files.length > 0) return [files];
  if (given.includes('--short')) return [SHORT];
  return given.length > 0 ? [] : suites();
}

const why = prepare();
if (why !== null) {
  console.log(`NOT RUN: the tests on Windows (${why}).`);
  process.exitCode = 3;
} else {
  const tally = new Tally();
  // Whoever ends this ends Wine too: it would go on without anybody.
  process.once('SIGTERM', () => {
    console.log('Ended before its time.');
    void endWindows().finally(() => process.exit(143));
  });
  const given = process.argv.slice(2);
  const isShort = given.includes('--short');
  if (given.length === 0 || isShort || given.includes('--start')) {
    await tally.part('npm start in practice, and the whole job in its window', () =>
      withStarted(START, doTheJob),
    );
  }
  for (const suite of suitesOf(given)) await runSuite(suite, tally);
  process.exitCode = tally.close() ? 0 : 1;
}

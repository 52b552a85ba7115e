/**
 * Runs the tests that concern Windows, the whole job, and `npm start` in practice, with Windows' own Node under Wine:
 *
 *   npm run test:windows [-- FILE...]
 *
 * Exit 0: all passed but for what Wine cannot do (`known.ts`). Exit 3: it cannot run here, with the reason in one line.
 */
import { prepare } from './prepare.ts';
import { START, withStarted } from './start.ts';
import { runSuite, SUITES } from './suites.ts';
import { Tally } from './tally.ts';

const why = prepare();
if (why !== null) {
  console.log(`NOT RUN: the tests on Windows (${why}).`);
  process.exitCode = 3;
} else {
  const tally = new Tally();
  const given = process.argv.slice(2);
  if (given.length > 0) await runSuite(given, tally);
  else {
    await tally.part('npm start in practice', () =>
      withStarted(START, (page) => page.getByText('Practice stick').first().waitFor({ timeout: 300_000 })),
    );
    for (const name of SUITES) await runSuite([`test/${name}`], tally);
  }
  process.exitCode = tally.close() ? 0 : 1;
}

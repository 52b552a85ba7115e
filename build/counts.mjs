// How a test step is counted: from vitest's JSON report, never from its text.

/**
 * What one step adds to the sum. `report` is vitest's parsed JSON report, or `null` where it wrote none;
 * `code` is how the program ended. A step that ended badly never counts as all passed.
 */
export function countTests(report, code) {
  if (report === null) return { passed: 0, failed: 1, skipped: [] };
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const passed = tests.filter((test) => test.status === 'passed').length;
  const failedTests = tests.filter((test) => test.status === 'failed').length;
  // A file that could not even be loaded has no test that failed.
  const failedFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = failedTests + failedFiles;
  return {
    passed,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: tests.filter((test) => test.status !== 'passed' && test.status !== 'failed').map(named),
  };
}

/** With the reason, where the test left one in `meta.notRun`. */
function named({ fullName, meta }) {
  return meta?.notRun === undefined ? fullName : `${fullName} (${meta.notRun})`;
}

/** A step that is no set of tests counts as one. */
export function countStep(code) {
  return code === 0 ? { passed: 1, failed: 0, skipped: [] } : { passed: 0, failed: 1, skipped: [] };
}

/** How a step ended, as a word of the same width. A step of which nothing could be run did not fail, and did not pass. */
export function verdictOf({ passed, failed, skipped }) {
  if (failed > 0) return 'FAILED ';
  if (passed > 0) return 'ok     ';
  return skipped.length > 0 ? 'NOT RUN' : 'empty  ';
}

/** The closing line. */
export function closingLine(results) {
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  return `${sum('passed')} passed, ${sum('failed')} failed`;
}

import { describe, expect, test } from 'vitest';
import { closingLine, countStep, countTests, verdictOf } from '../../build/counts.mjs';

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((result, index) => ({ status: result, fullName: `test ${index}` })),
});
const report = (...testResults: object[]) => ({ testResults });

describe('a run of tests', () => {
  test('counts each test', () => {
    const counted = countTests(
      report(file('passed', 'passed', 'passed'), file('failed', 'failed', 'passed')),
      1,
    );
    expect(counted).toEqual({ passed: 3, failed: 1, skipped: [] });
  });

  test('names what was skipped and counts it as neither', () => {
    expect(countTests(report(file('passed', 'passed', 'skipped', 'todo', 'pending')), 0)).toEqual({
      passed: 1,
      failed: 0,
      skipped: ['test 1', 'test 2', 'test 3'],
    });
  });

  test('says why something was not run, and that a step of which nothing was run is not passed', () => {
    const one = { status: 'skipped', fullName: 'a stick', meta: { notRun: 'the guest did not boot' } };
    const counted = countTests(report({ status: 'passed', assertionResults: [one] }), 0);
    expect(counted).toEqual({ passed: 0, failed: 0, skipped: ['a stick (the guest did not boot)'] });
    expect(verdictOf(counted)).toBe('NOT RUN');
    expect(closingLine([counted])).toBe('0 passed, 0 failed');
  });

  test('has failed where a file could not be loaded', () => {
    expect(countTests(report(file('failed'), file('passed', 'passed')), 1)).toMatchObject({
      passed: 1,
      failed: 1,
    });
    expect(countTests(report(file('failed', 'passed')), 1)).toMatchObject({ passed: 1, failed: 1 });
  });

  test('has failed where it ended badly though no test did', () => {
    expect(countTests(report(file('passed', 'passed')), 1)).toMatchObject({ passed: 1, failed: 1 });
  });

  test('has failed where it wrote no report', () => {
    expect(countTests(null, 0)).toMatchObject({ passed: 0, failed: 1 });
  });
});

test('another step counts as one', () => {
  expect(countStep(0)).toMatchObject({ passed: 1, failed: 0 });
  expect(countStep(2)).toMatchObject({ passed: 0, failed: 1 });
});

test('the closing line adds all up', () => {
  expect(closingLine([countStep(0), countStep(1), { passed: 40, failed: 2, skipped: [] }])).toBe(
    '41 passed, 3 failed',
  );
});

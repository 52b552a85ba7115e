import { expect, test } from 'vitest';
import { closeQuestion } from '../../electron/desktop/close-question.ts';
import type { Job } from '../../shared/contract.ts';
import { job } from '../support/fake-station.ts';

test('nothing is asked when nothing is going on', () => {
  expect(closeQuestion([], 'en')).toBeNull();
  expect(closeQuestion([job({ end: { kind: 'failed', code: 'offline' } })], 'en')).toBeNull();
});

test('each kind of work says what stays and what waits', () => {
  const detail = (kind: Job['kind']) => closeQuestion([job({ kind, done: 12, total: 3400 })], 'en')?.detail;
  expect(detail('upload')).toBe(
    'Records are still being sent to the server. Those it has confirmed stay confirmed. (12 of 3,400) ' +
      'The others wait on this computer until you send again.',
  );
  expect(detail('intake')).toContain('the import continues where it stopped');
  expect(detail('dry-run')).toContain('Nothing is sent');
  expect(detail('compare')).toContain('Nothing is lost');
});

test('several sticks are one sentence, other work is another', () => {
  const jobs = [job({ kind: 'intake' }), job({ kind: 'intake', job: 'job-2' }), job({ kind: 'upload' })];
  expect(closeQuestion(jobs, 'en')?.detail.split('\n\n')).toHaveLength(2);
});

test('progress in bytes is no number for a person', () => {
  const question = closeQuestion([job({ kind: 'intake', unit: 'bytes', done: 5, total: 9_000_000 })], 'en');
  expect(question?.detail).not.toMatch(/\d/);
});

test('is asked in the language of the station', () => {
  expect(closeQuestion([job({})], 'fr')?.close).toBe('Fermer quand même');
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeFailure } from '../../electron/host/failures.ts';
import { StationError } from '../../shared/errors.ts';

function caught(work: () => unknown): unknown {
  try {
    work();
  } catch (failure) {
    return failure;
  }
  throw new Error('it did not fail');
}

test('a failure of the system keeps its code and loses its path', () => {
  const said = describeFailure(caught(() => readFileSync('/home/amina-diallo/phone.json')));
  expect(said).toContain('Error [ENOENT] at ');
  expect(said).not.toMatch(/amina|diallo|phone/);
});

test('a message that carries a record is not written, wherever it stands', () => {
  const failure = new TypeError('cannot read name of {"name":"Amina Diallo\n    at Amina.js:1:1"}', {
    cause: new Error('patient 4711'),
  });
  expect(describeFailure(failure)).toMatch(/^TypeError at /);
  expect(describeFailure(failure)).not.toMatch(/Diallo|4711|name/);
});

test('says where in the program it was', () => {
  expect(describeFailure(new Error('x'))).toMatch(/ at failures\.test\.ts:\d+:\d+/);
});

test('a failure of the closed list keeps its code', () => {
  expect(describeFailure(new StationError('disk-full'))).toContain('StationError [disk-full]');
});

test('what is no error, or only looks like one, tells nothing', () => {
  expect(describeFailure('Amina Diallo')).toBe('thrown string');
  const odd = Object.assign(new Error('x'), { name: 'Amina Diallo', code: 'patient 4711' });
  expect(describeFailure(odd)).not.toMatch(/Diallo|4711/);
});

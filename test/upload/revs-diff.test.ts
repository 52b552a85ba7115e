import { expect, test } from 'vitest';
import { JoinedRevsDiff, type RevsDiff } from '../../electron/upload/revs-diff.ts';
import { quiet, soon } from '../support/soon.ts';

/** @param answer waited for before each answer */
function server(answer: Promise<void> = quiet()) {
  const requests: RevsDiff[] = [];
  const joined = new JoinedRevsDiff(async (question) => {
    requests.push(question);
    await answer;
    if (Object.hasOwn(question, 'bad')) throw new Error('no line');
    return new Map(Object.entries(question).map(([id, missing]) => [id, { missing, possibleAncestors: [] }]));
  });
  return { requests, joined };
}

const many = (count: number, name = 'd'): RevsDiff =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`${name}${n}`, ['1-a']]));

test('what is asked at one moment goes in one request, and everybody finds the answer', async () => {
  const { requests, joined } = server();
  const answers = await Promise.all([joined.ask({ a: ['1-a'] }), joined.ask({ b: ['1-b'] })]);
  expect(requests).toEqual([{ a: ['1-a'], b: ['1-b'] }]);
  expect(answers[0]?.get('a')?.missing).toEqual(['1-a']);
  expect(answers[1]?.get('b')?.missing).toEqual(['1-b']);
});

test('what is asked meanwhile goes in the next one; never two at once', async () => {
  const { promise: answer, resolve: tell } = Promise.withResolvers<void>();
  const { requests, joined } = server(answer);
  const first = joined.ask({ a: ['1-a'] });
  await soon(() => requests.length).toBe(1);
  const later = [joined.ask({ b: ['1-b'] }), joined.ask({ c: ['1-c'] })];
  await quiet();
  expect(requests).toHaveLength(1);
  tell();
  await Promise.all([first, ...later]);
  expect(requests.slice(1)).toEqual([{ b: ['1-b'], c: ['1-c'] }]);
});

test('a document is asked about once in a request, and a request stays small', async () => {
  const { requests, joined } = server();
  const asked = [
    joined.ask({ a: ['1-a'] }),
    joined.ask({ a: ['2-a'], b: ['1-b'] }),
    joined.ask(many(998)),
    joined.ask(many(2, 'e')),
  ];
  const answers = await Promise.all(asked);
  expect(answers[0]?.get('a')?.missing).toEqual(['1-a']);
  expect(answers[1]?.get('a')?.missing).toEqual(['2-a']);
  expect(requests.map((request) => Object.keys(request).length)).toEqual([999, 4]);
  await joined.ask(many(1500));
  expect(requests).toHaveLength(3);
});

test('a failure is everybody’s who was in the request, and nobody else’s', async () => {
  const { joined } = server();
  const failed = [joined.ask({ a: ['1-a'] }), joined.ask({ bad: ['1-a'] })];
  await expect(failed[0]).rejects.toThrow('no line');
  const next = joined.ask({ a: ['1-a'] });
  await expect(failed[1]).rejects.toThrow('no line');
  expect((await next).get('a')?.missing).toEqual(['1-a']);
});

test('an id that is a word of the language is an id', async () => {
  const { requests, joined } = server();
  const answer = await joined.ask(JSON.parse('{"__proto__":["1-a"],"constructor":["1-b"]}') as RevsDiff);
  expect(JSON.stringify(requests[0])).toBe('{"__proto__":["1-a"],"constructor":["1-b"]}');
  expect(answer.get('__proto__')?.missing).toEqual(['1-a']);
});

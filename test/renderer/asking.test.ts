import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keepAsking } from '../../renderer/hooks/queries.ts';
import { pending, scriptedClient } from './client.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function listen() {
  const values: unknown[] = [];
  const failures: unknown[] = [];
  return {
    values,
    failures,
    heard: {
      asking: () => undefined,
      answered: (value: unknown) => void values.push(value),
      failed: (failure: unknown) => void failures.push(failure),
    },
  };
}

test('asks again when one of its topics changed, once for a burst', async () => {
  let count = 0;
  const client = scriptedClient({ 'station.status': () => (count += 1) });
  const { values, heard } = listen();
  keepAsking(client, 'station.status', {}, ['outbox'], heard);
  await vi.advanceTimersByTimeAsync(0);
  for (let n = 0; n < 20; n += 1) client.tell('changed', { what: ['outbox'] });
  client.tell('changed', { what: ['sources'] });
  await vi.advanceTimersByTimeAsync(200);
  expect(values).toEqual([1, 2]);
});

test('a burst that never ends does not keep the answer away', async () => {
  let count = 0;
  const client = scriptedClient({ 'station.status': () => (count += 1) });
  const { values, heard } = listen();
  keepAsking(client, 'station.status', {}, ['outbox'], heard);
  for (let n = 0; n < 20; n += 1) {
    client.tell('changed', { what: ['outbox'] });
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(values.length).toBeGreaterThan(5);
});

test('an older answer never comes after a newer one: one request at a time', async () => {
  const first = pending<string>();
  const answers: (string | Promise<string>)[] = [first.promise, 'new'];
  const client = scriptedClient({ 'station.status': () => answers.shift() });
  const { values, heard } = listen();
  const question = keepAsking(client, 'station.status', {}, [], heard);
  question.again();
  question.again();
  await vi.advanceTimersByTimeAsync(0);
  expect(client.asked).toHaveLength(1);
  first.resolve('old');
  await vi.advanceTimersByTimeAsync(0);
  expect(values).toEqual(['old', 'new']);
});

test('what comes after it was stopped is not heard', async () => {
  const answer = pending<string>();
  const client = scriptedClient({ 'station.status': () => answer.promise });
  const { values, heard } = listen();
  keepAsking(client, 'station.status', {}, ['outbox'], heard).stop();
  answer.resolve('late');
  client.tell('changed', { what: ['outbox'] });
  await vi.advanceTimersByTimeAsync(500);
  expect(values).toEqual([]);
  expect(client.asked).toHaveLength(1);
});

test('asks again once the station is back', async () => {
  let answer: () => unknown = () => {
    throw new Error('away');
  };
  const client = scriptedClient({ 'station.status': () => answer() });
  const { values, failures, heard } = listen();
  keepAsking(client, 'station.status', {}, [], heard);
  await vi.advanceTimersByTimeAsync(0);
  expect(failures).toHaveLength(1);
  answer = () => 'back';
  client.connect('connected');
  await vi.advanceTimersByTimeAsync(200);
  expect(values).toEqual(['back']);
});

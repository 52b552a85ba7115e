import { expect, it } from 'vitest';
import { tellingStop } from '../../shared/stopping.ts';

it('whoever works is told once, ends in its own way, and nothing stays registered', async () => {
  const controller = new AbortController();
  let told = 0;
  const { promise, resolve } = Promise.withResolvers<string>();
  const work = tellingStop(
    controller.signal,
    () => {
      told += 1;
      resolve('as far as it went');
    },
    () => promise,
  );
  controller.abort();
  expect(await work).toBe('as far as it went');
  expect(told).toBe(1);
  const second = new AbortController();
  await tellingStop(
    second.signal,
    () => (told += 1),
    () => Promise.resolve(),
  );
  second.abort();
  expect(told).toBe(1);
});

it('what was stopped before it began does not begin', async () => {
  const controller = new AbortController();
  controller.abort();
  let begun = false;
  const work = tellingStop(
    controller.signal,
    () => undefined,
    async () => {
      begun = true;
    },
  );
  await expect(work).rejects.toMatchObject({ code: 'cancelled' });
  expect(begun).toBe(false);
});

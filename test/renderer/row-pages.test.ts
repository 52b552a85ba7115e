import { expect, test } from 'vitest';
import { PAGE_ROWS, createRowPages } from '../../renderer/hooks/row-pages.ts';
import type { Page } from '../../shared/contract.ts';
import { pending } from './client.ts';

function list(size: number) {
  const asked: number[] = [];
  let version = 'a';
  const ask = (offset: number, limit: number): Promise<Page<string>> => {
    asked.push(offset);
    const count = Math.max(0, Math.min(limit, size - offset));
    const rows = Array.from({ length: count }, (_, n) => `${version}${offset + n}`);
    return Promise.resolve({ rows, total: size });
  };
  return { asked, ask, become: (next: string) => (version = next) };
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

test('only the pages in sight are asked for', async () => {
  const { asked, ask } = list(1_000_000);
  const pages = createRowPages(ask, () => undefined);
  pages.want(0, 20);
  await settled();
  pages.want(500_090, 500_110);
  await settled();
  expect(asked).toEqual([0, 500_000, 500_100]);
  expect(pages.row(500_110)).toBe('a500110');
  // What is far away is let go, so that a long list does not fill the memory.
  expect(pages.row(0)).toBeUndefined();
  expect(pages.total()).toBe(1_000_000);
});

test('a refresh shows the old rows until the new ones are here', async () => {
  const { ask, become } = list(50);
  const pages = createRowPages(ask, () => undefined);
  pages.want(0, 10);
  await settled();
  become('b');
  pages.refresh();
  expect(pages.row(3)).toBe('a3');
  await settled();
  expect(pages.row(3)).toBe('b3');
});

test('an answer of an earlier round is thrown away', async () => {
  const old = pending<Page<string>>();
  const answers = [old.promise, Promise.resolve({ rows: ['new'], total: 1 })];
  let drawn = 0;
  const pages = createRowPages(
    () => answers.shift() ?? Promise.reject(new Error('too many')),
    () => (drawn += 1),
  );
  pages.want(0, 0);
  pages.refresh();
  await settled();
  old.resolve({ rows: ['old', 'old'], total: 2 });
  await settled();
  expect([pages.row(0), pages.total(), drawn]).toEqual(['new', 1, 1]);
});

test('a failed page says so and is asked again with the next wish', async () => {
  let fails = true;
  const pages = createRowPages(
    () => (fails ? Promise.reject(new Error('no')) : Promise.resolve({ rows: ['row'], total: 1 })),
    () => undefined,
  );
  pages.want(0, PAGE_ROWS - 1);
  await settled();
  expect(pages.failure()).toBeInstanceOf(Error);
  fails = false;
  pages.want(0, 1);
  await settled();
  expect([pages.row(0), pages.failure()]).toEqual(['row', undefined]);
});

test('an empty list is known to be empty', async () => {
  const { ask, asked } = list(0);
  const pages = createRowPages(ask, () => undefined);
  pages.want(0, 0);
  await settled();
  pages.want(0, 0);
  expect([pages.total(), asked.length]).toEqual([0, 1]);
});

import { defineConfig } from 'vitest/config';

/**
 * The tests by what they need. `unit` takes every folder of test/ that has no project of its own, so that a
 * new folder is never forgotten.
 */
const OWN_PROJECT = [
  'renderer',
  'server',
  'window',
  'browser/chromium',
  'package',
  'faults',
  'phone',
  'hardware',
];

const files = (folder: string) => [`test/${folder}/**/*.test.{ts,tsx}`];
const minutes = (count: number) => count * 60_000;

/** What is waited for may come late on a loaded machine; what never comes is told soon enough. */
const patient = { expect: { poll: { timeout: 20_000, interval: 50 } } };

/** One after the other: these share a browser, a server, a disk image or all the processor there is. */
const oneByOne = {
  ...patient,
  fileParallelism: false,
  testTimeout: minutes(2),
  hookTimeout: minutes(3),
} as const;

export default defineConfig({
  test: {
    maxWorkers: 2,
    // What the tests start must end with them; ten seconds are for the slow closing of a database.
    teardownTimeout: 10_000,
    projects: [
      {
        test: {
          ...patient,
          name: 'unit',
          include: files('**'),
          exclude: OWN_PROJECT.flatMap(files),
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          ...patient,
          name: 'renderer',
          include: files('renderer'),
          environment: 'happy-dom',
          testTimeout: 30_000,
        },
      },
      { test: { name: 'server', include: files('server'), ...oneByOne } },
      {
        test: { name: 'window', include: [...files('window'), ...files('browser/chromium')], ...oneByOne },
      },
      { test: { name: 'package', include: files('package'), ...oneByOne, hookTimeout: minutes(10) } },
      { test: { name: 'faults', include: files('faults'), ...oneByOne } },
      { test: { name: 'phone', include: files('phone'), ...oneByOne } },
      { test: { name: 'hardware', include: files('hardware'), ...oneByOne, testTimeout: minutes(20) } },
    ],
  },
});

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Every process and thread of a test starts from TypeScript. Kept once stripped, it needs no stripping any more: that
// is quicker, and the WebAssembly that strips was seen to crash Node where many threads begin and end.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url));

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

/**
 * No time-out here says that something is slow, only that it hangs: on a machine that is busy with other things
 * everything comes late, and passes.
 */
const patient = { expect: { poll: { timeout: minutes(2), interval: 50 } } };

/** One after the other: these share a browser, a server, a disk image or all the processor there is. */
const oneByOne = {
  ...patient,
  fileParallelism: false,
  testTimeout: minutes(8),
  hookTimeout: minutes(8),
} as const;

/** An emulated computer is slow already. */
const patientGuest = { testTimeout: minutes(20), hookTimeout: minutes(20) };

export default defineConfig({
  test: {
    maxWorkers: 2,
    // What the tests start must end with them.
    teardownTimeout: minutes(2),
    projects: [
      {
        test: {
          ...patient,
          name: 'unit',
          include: files('**'),
          exclude: OWN_PROJECT.flatMap(files),
          setupFiles: ['test/support/property-seed.ts'],
          testTimeout: minutes(12),
          hookTimeout: minutes(5),
        },
      },
      {
        test: {
          ...patient,
          name: 'renderer',
          include: files('renderer'),
          environment: 'happy-dom',
          testTimeout: minutes(12),
          hookTimeout: minutes(5),
        },
      },
      { test: { name: 'server', include: files('server'), ...oneByOne } },
      {
        test: { name: 'window', include: [...files('window'), ...files('browser/chromium')], ...oneByOne },
      },
      { test: { name: 'package', include: files('package'), ...oneByOne, hookTimeout: minutes(15) } },
      { test: { name: 'faults', include: files('faults'), ...oneByOne } },
      { test: { name: 'phone', include: files('phone'), ...oneByOne } },
      { test: { name: 'hardware', include: files('hardware'), ...oneByOne, ...patientGuest } },
    ],
  },
});

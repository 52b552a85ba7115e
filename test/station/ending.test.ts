import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';

const CHILD = fileURLToPath(new URL('ending-child.ts', import.meta.url));

test.runIf(existsSync('/proc/self/maps'))(
  'a closed station leaves LevelDB’s code in memory, because LevelDB has a thread of its own',
  async () => {
    const folder = temporaryFolder();
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [CHILD, folder.path]);
      expect(stdout).toBe('true\n');
    } finally {
      folder.remove();
    }
  },
);

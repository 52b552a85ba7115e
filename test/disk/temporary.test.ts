import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isRunning, temporaryFolder } from '../../electron/disk/temporary.ts';
import { temporaryFolder as testFolder } from '../support/folder.ts';

let temporary: ReturnType<typeof testFolder>;
beforeEach(() => (temporary = testFolder()));
afterEach(() => temporary.remove());

it('what programs left that were killed goes; what lives, and what others made, stays', () => {
  const stays = ['practice-77-abc', 'practice-data', 'practice-', 'other-66-abc', 'practice-x-66-'];
  for (const name of [...stays, 'practice-66-abc', 'practice-66-def']) mkdirSync(join(temporary.path, name));
  writeFileSync(join(temporary.path, 'practice-66-abc', 'record.json'), '{}');
  const made = temporaryFolder('practice-', (id) => id === 77, temporary.path);
  expect(basename(made)).toMatch(new RegExp(`^practice-${process.pid}-`));
  expect(readdirSync(temporary.path).sort()).toEqual([...stays, basename(made)].sort());
  // The next one finds the first one alive.
  temporaryFolder('practice-', isRunning, temporary.path);
  expect(readdirSync(temporary.path)).toContain(basename(made));
});

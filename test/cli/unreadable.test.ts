/** What this computer cannot read is named in the terminal, with its reason and what to do; the rest is taken. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { report } from '../support/documents.ts';
import { docsDump } from '../support/dumps.ts';
import { runCli, runJson } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
  mkdirSync(join(folder.path, 'stick', 'locked'), { recursive: true });
  for (const name of ['bad.json', 'good.json', 'locked/inside.json', 'shut.json'])
    folder.put(`stick/${name}`, docsDump([report(name)]));
});
afterEach(() => folder.remove());

const stick = (): string => join(folder.path, 'stick');
const data = (): string[] => ['--data', join(folder.path, 'data')];

/** Name, what became of it, and why, of each file. */
function told(value: Record<string, unknown>): unknown {
  const imports = value['imports'] as { name: string; outcome: string; problems: { code: string }[] }[];
  return imports.map(({ name, outcome, problems }) => [name, problems[0]?.code ?? outcome]);
}

// Root may read everything: the command runs as somebody else.
it.skipIf(process.platform === 'win32')('a file and a folder that nobody else may open', async () => {
  chmodSync(folder.path, 0o777);
  for (const name of ['locked', 'shut.json']) chmodSync(join(stick(), name), 0o000);
  try {
    const uid = process.geteuid?.() === 0 ? { uid: 65_534 } : {};
    const { code, value } = await runJson(['import', stick(), ...data()], uid);
    expect([code, told(value)]).toEqual([
      3,
      [
        ['bad.json', 'taken'],
        ['good.json', 'taken'],
        ['shut.json', 'not-readable'],
        ['locked', 'not-readable'],
      ],
    ]);
    const { stderr, stdout } = await runCli(['import', stick(), ...data()], uid);
    const said = stdout + stderr;
    for (const name of ['shut.json', 'locked']) expect(said).toContain(name);
    expect(said).toContain('This file or folder cannot be opened.');
    expect(said).toContain('that you may read it');
  } finally {
    for (const name of ['locked', 'shut.json']) chmodSync(join(stick(), name), 0o755);
  }
});

it.skipIf(process.platform !== 'linux')('a file that lies on a damaged part of the disk', async () => {
  const bad = pathToFileURL(join(import.meta.dirname, '../support/bad-sector.ts')).href;
  const env = { NODE_OPTIONS: `--import=${bad}`, BAD_FILE: join(stick(), 'bad.json') };
  const { code, value } = await runJson(['import', stick(), ...data()], { env });
  expect([code, told(value)]).toEqual([
    3,
    [
      ['bad.json', 'bad-sector'],
      ['good.json', 'taken'],
      ['locked/inside.json', 'taken'],
      ['shut.json', 'taken'],
    ],
  ]);
  const { stdout, stderr } = await runCli(['import', stick(), ...data()], { env });
  expect(stdout + stderr).toContain('the stick is damaged there');
  expect(stdout + stderr).toContain('Export again onto another stick.');
});

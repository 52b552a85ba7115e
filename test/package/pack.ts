/** Packs the program as `npm run package` does, with a stand-in for Electron, into a folder of its own. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeStandIn } from './stand-in.ts';

const ROOT = join(import.meta.dirname, '../..');

export const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;

/**
 * @param target `--linux` or `--win`
 * @param folder where `electron` and `dist` are laid
 * @param project whose program is packed; without it the repository's
 * @param tools by the packager's own variables: where it finds what makes installers. Without it none is made
 * @throws with what the packager said where it failed
 */
export function pack(
  target: '--linux' | '--win',
  folder: string,
  project = ROOT,
  tools: Readonly<Record<string, string>> | null = null,
): void {
  const standIn = join(folder, 'electron');
  const { version } = readJson(join(ROOT, 'node_modules/electron/package.json'));
  mkdirSync(standIn, { recursive: true });
  makeStandIn(standIn, String(version));
  const run = spawnSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/electron-builder/cli.js'),
      target,
      ...(tools === null ? ['--dir'] : []),
      ...(target === '--win' ? ['--x64'] : []),
      `-c.electronDist=${standIn}`,
      `-c.electronVersion=${String(version)}`,
      `-c.beforePack=${join(ROOT, 'build/before-pack.mjs')}`,
      `-c.afterPack=${join(ROOT, 'build/after-pack.mjs')}`,
      `-c.directories.output=${join(folder, 'dist')}`,
    ],
    { cwd: project, encoding: 'utf8', env: { ...process.env, ...tools } },
  );
  if (run.status !== 0) throw new Error(`the packaging failed:\n${run.stdout}\n${run.stderr}`);
}

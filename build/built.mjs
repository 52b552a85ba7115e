// Builds `out/` when something that goes into it is newer.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './child.mjs';
import { ownEnvironment, ownNode, ROOT } from './paths.mjs';

const SOURCES = ['shared', 'electron', 'renderer', 'electron.vite.config.ts', 'package-lock.json'];
// The three parts are built in this order, each file at the end of its part.
const OUTPUTS = ['out/main/main.js', 'out/preload/preload.cjs', 'out/renderer/index.html'];

/** True when an output is missing, or older than the newest source. Times in milliseconds. */
export function isBuildStale(sourceTimes, outputTimes) {
  return outputTimes.some((time) => time === null) || Math.max(...sourceTimes) > Math.min(...outputTimes);
}

/** Builds where that is needed, saying so on standard error. Returns false when it failed. */
export async function ensureBuilt(root = ROOT) {
  const outputs = OUTPUTS.map((name) => timeOf(join(root, name)));
  if (
    !isBuildStale(
      SOURCES.flatMap((name) => timesUnder(join(root, name))),
      outputs,
    )
  )
    return true;
  console.error('Building the window (it changed since the last time).');
  let said = '';
  const code = await runChild(
    ownNode(root),
    [join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js'), 'build'],
    { cwd: root, env: ownEnvironment(root), stdio: ['ignore', 'pipe', 'pipe'] },
    (child) => {
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (said += part));
    },
  );
  if (code === 0) return true;
  console.error(said);
  console.error('The build failed; the reason stands above.');
  return false;
}

function timesUnder(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (!stat.isDirectory()) return [stat.mtimeMs];
  // A folder's own time tells of files that were removed.
  return [stat.mtimeMs, ...readdirSync(path).flatMap((name) => timesUnder(join(path, name)))];
}

function timeOf(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;
}

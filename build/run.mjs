// Runs a TypeScript file of this repository on the installed Node, installing first where that is needed.
//
//   node build/run.mjs electron/cli.ts status --json
import { resolve } from 'node:path';
import { ensureBuilt } from './built.mjs';
import { runChild } from './child.mjs';
import { ensureInstalled } from './install.mjs';
import { isMain, ownEnvironment, ownNode, ROOT } from './paths.mjs';

/** Only what opens the window in a browser needs the built window. */
export function needsBuild(file, args) {
  return file === 'electron/cli.ts' && args.includes('serve');
}

async function run(file, ...args) {
  if (file === undefined) {
    console.error('usage: node build/run.mjs FILE.ts [ARGUMENT...]');
    return 2;
  }
  if (!ensureInstalled()) return 1;
  if (needsBuild(file, args) && !(await ensureBuilt())) return 1;
  return runChild(ownNode(), [resolve(ROOT, file), ...args], {
    cwd: ROOT,
    // npm sets it; without npm, relative paths are still relative to where the person stands.
    env: { ...ownEnvironment(), INIT_CWD: process.env.INIT_CWD ?? process.cwd() },
  });
}

if (isMain(import.meta.url)) process.exitCode = await run(...process.argv.slice(2));

// Checks the types of each part on its own: what a part may use (Node, the browser, neither)
// is written in its tsconfig, so a forbidden use is a compile error.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));

const parts = ['shared', 'shared/web-view', 'electron', 'renderer', 'test'];
let failed = 0;
for (const part of parts) {
  const run = spawnSync(process.execPath, [tsc, '-p', part], { stdio: 'inherit' });
  if (run.status !== 0) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;

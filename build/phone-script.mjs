// Builds the script that runs inside a phone's web view: `shared/web-view/` and the PouchDB it carries, as one
// expression whose value is the script's object, so that nothing of it stays on the page.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './paths.mjs';

/** The name the bundler needs for what the entry exports; it never leaves the expression. */
const NAME = 'stationPhone';

/** Web views of phones are older than browsers: CHT 4 asks for Chrome 90, CHT 3 ran on less. */
const TARGET = 'chrome75';

/** The text of the script. */
export async function buildPhoneScript(root = ROOT) {
  const { build } = await import('vite');
  const [built] = [
    await build({
      root,
      configFile: false,
      logLevel: 'error',
      define: { global: 'globalThis' },
      build: {
        write: false,
        target: TARGET,
        minify: true,
        lib: { entry: join(root, 'shared/web-view/index.ts'), formats: ['iife'], name: NAME },
      },
    }),
  ].flat();
  const code = built.output.find((part) => part.type === 'chunk').code;
  return `(() => {${code.trim()}\nreturn ${NAME}.phone;})()\n`;
}

/** Builds it into a file. */
export async function writePhoneScript(file, root = ROOT) {
  const script = await buildPhoneScript(root);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, script);
}

import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { buildPhoneScript } from './build/phone-script.mjs';
import { updateKey } from './build/update-key.mjs';

const at = (path: string) => resolve(import.meta.dirname, path);

const { optionalDependencies } = JSON.parse(readFileSync(at('package.json'), 'utf8')) as {
  optionalDependencies: Record<string, string>;
};

/** The script for the web views of phones: a file beside the station, which it reads and sends. */
const phoneScript = {
  name: 'phone-script',
  async generateBundle(this: { emitFile(file: object): void }) {
    this.emitFile({ type: 'asset', fileName: 'phone.js', source: await buildPhoneScript() });
  },
};

/** By which the station knows its own updates, where the build is given it (docs/updates.md). */
const keyOfUpdates = {
  name: 'update-key',
  generateBundle(this: { emitFile(file: object): void }) {
    const source = updateKey();
    if (source !== null) this.emitFile({ type: 'asset', fileName: 'update-key.pem', source });
  },
};

/**
 * Three builds into `out/`. What stands under `dependencies` and `optionalDependencies` (the native modules, PouchDB and what else must
 * be found in node_modules at run time) stays outside the bundles; everything else goes in.
 */
export default defineConfig({
  main: {
    plugins: [phoneScript, keyOfUpdates],
    build: {
      outDir: at('out/main'),
      externalizeDeps: { include: Object.keys(optionalDependencies) },
      // These are started by their file names.
      rolldownOptions: {
        input: {
          main: at('electron/main.ts'),
          'replica-worker': at('electron/replica-worker.ts'),
          'device-worker': at('electron/device-worker.ts'),
          'practice-process': at('electron/practice-process.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'parts/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: at('out/preload'),
      // A sandboxed preload can require `electron` and nothing else: one CommonJS file.
      externalizeDeps: false,
      rolldownOptions: {
        input: { preload: at('electron/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('renderer'),
    plugins: [react()],
    build: {
      outDir: at('out/renderer'),
      emptyOutDir: true,
      minify: true,
      sourcemap: false,
      // Inlined files would be `data:` addresses, which the page's policy allows for pictures only.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      // It is loaded from the disk, once: parts would only come later.
      chunkSizeWarningLimit: 2_000,
      rolldownOptions: { input: { index: at('renderer/index.html') } },
    },
  },
});

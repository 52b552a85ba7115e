// Where things are. Only Node's own modules: these scripts run before anything is installed.
import { realpathSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** The Node 24 that is installed with the other packages, whatever Node the machine has. */
export function ownNode(root = ROOT, platform = process.platform) {
  return join(root, 'node_modules', 'node', 'bin', platform === 'win32' ? 'node.exe' : 'node');
}

/** The environment in which `node`, and every tool by its name, is the installed one. */
export function ownEnvironment(root = ROOT, env = process.env) {
  const key = Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  return { ...env, [key]: [join(root, 'node_modules', '.bin'), env[key] ?? ''].join(delimiter) };
}

/** True when the module is the script that was started, not one that was imported. Also through a link to it or to its folder. */
export function isMain(url) {
  if (process.argv[1] === undefined) return false;
  try {
    return realpathSync(process.argv[1]) === realpathSync(fileURLToPath(url));
  } catch {
    return false;
  }
}

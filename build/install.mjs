// Installs what is missing, and only then. Runs on plain Node 20 with nothing installed.
//
//   node build/install.mjs
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, ownNode, ROOT } from './paths.mjs';

/**
 * Why an installation is needed, in a few words, or `null`.
 * `wanted` is the parsed `package-lock.json`; `installed` is npm's own note of what it put into
 * node_modules (`node_modules/.package-lock.json`), `null` where there is none.
 */
export function whyInstall(wanted, installed, hasNode) {
  if (installed === null) return 'nothing is installed yet';
  const have = installed.packages ?? {};
  for (const [path, entry] of Object.entries(wanted.packages ?? {})) {
    if (path === '' || entry.link === true) continue;
    // Optional parts are there for the machines they fit; another version of one is still a change.
    if (have[path] === undefined ? entry.optional !== true : have[path].version !== entry.version) {
      return `${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)} is missing or has another version`;
    }
  }
  return hasNode ? null : 'the installed Node is missing';
}

/**
 * Makes node_modules what the lock file says. Everything it says goes to standard error, so that a command
 * keeps its standard output for itself. Returns false when it did not work; the reason was then said.
 */
export function ensureInstalled(root = ROOT) {
  const why = whyInstall(
    readJson(join(root, 'package-lock.json')) ?? {},
    readJson(join(root, 'node_modules', '.package-lock.json')),
    existsSync(ownNode(root)),
  );
  if (why === null) return true;
  console.error(`Installing (${why}). This takes a minute or two, once.`);
  const run = runNpmCi(root);
  if (run.status === 0 && existsSync(ownNode(root))) return true;
  console.error('The installation did not finish. Check the network and the free space, then try again.');
  return false;
}

function runNpmCi(root) {
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  return runNpm(root, args, { stdio: ['ignore', 2, 2] });
}

/**
 * Runs npm in a project, whatever an outer `npm --flag run` says. npm tells its scripts where it lies itself; a command of its
 * own does not depend on what PATH finds.
 */
export function runNpm(root, args, options) {
  const npm = process.env.npm_execpath;
  const all = { ...options, cwd: root, env: outerEnvironment(process.env) };
  return npm !== undefined && /npm-cli\.c?js$/.test(npm)
    ? spawnSync(process.execPath, [npm, ...args], all)
    : spawnSync('npm', args, { ...all, shell: process.platform === 'win32' });
}

/** Settings of an outer `npm` command that say what to install, or where. */
const STEERING = new Set(
  (
    'global location prefix local_prefix omit include only production dev optional workspace workspaces ' +
    'include_workspace_root dry_run package_lock package_lock_only ignore_scripts force json'
  )
    .split(' ')
    .map((name) => `npm_config_${name}`),
);

/** The environment without what an outer `npm --flag run` left there; where the person's npm gets packages stays. */
export function outerEnvironment(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !STEERING.has(name.toLowerCase())));
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

if (isMain(import.meta.url)) process.exitCode = ensureInstalled() ? 0 : 1;

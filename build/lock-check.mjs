// Refuses a lock file that would install on this machine only. Some packages are at times served without
// their Windows or macOS parts; npm then writes a lock that `npm ci` refuses elsewhere.
//
//   node build/lock-check.mjs
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, ROOT } from './paths.mjs';

/**
 * What is wrong with a lock file, one sentence each; empty when nothing is.
 * `lock` and `manifest` are the parsed `package-lock.json` and `package.json`, `npmrc` the text of `.npmrc`.
 */
export function lockProblems(lock, manifest, npmrc) {
  const packages = lock.packages ?? {};
  return [
    ...missingParts(packages),
    ...hosts(packages, npmrc),
    ...looseVersions(manifest),
    ...otherThanManifest(packages[''] ?? {}, manifest),
    ...scriptsNotDecided(packages, manifest.allowScripts ?? {}),
  ];
}

/** Every name under `optionalDependencies` must have an entry where Node would look for it. */
function missingParts(packages) {
  const problems = [];
  for (const [path, entry] of Object.entries(packages)) {
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      if (!lookupPaths(path, name).some((candidate) => candidate in packages)) {
        problems.push(`${path || 'package.json'} may need ${name}, which has no entry in the lock`);
      }
    }
  }
  return problems;
}

function lookupPaths(path, name) {
  const paths = [];
  for (let at = path; ; at = at.slice(0, at.lastIndexOf('/node_modules/'))) {
    paths.push(`${at === '' ? '' : `${at}/`}node_modules/${name}`);
    if (!at.includes('/node_modules/')) break;
  }
  return [...paths, `node_modules/${name}`];
}

function hosts(packages, npmrc) {
  const problems = Object.entries(packages)
    .filter(([, entry]) => typeof entry.resolved === 'string' && /^\w+:\/\//.test(entry.resolved))
    .map(([path]) => `${path} names the host it was downloaded from`);
  if (!/^omit-lockfile-registry-resolved=true$/m.test(npmrc)) {
    problems.push('.npmrc lost omit-lockfile-registry-resolved=true, which keeps host names out of the lock');
  }
  return problems;
}

function looseVersions(manifest) {
  return (
    Object.entries({
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
      ...manifest.devDependencies,
    })
      // The same package under another name, to have two releases of it, is as exact.
      .filter(([, version]) => !/^(npm:[\w./-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      .map(([name, version]) => `package.json asks for ${name} ${version}: write one exact version`)
  );
}

function otherThanManifest(root, manifest) {
  return ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((group) => {
    const names = new Set([...Object.keys(root[group] ?? {}), ...Object.keys(manifest[group] ?? {})]);
    return [...names]
      .filter((name) => root[group]?.[name] !== manifest[group]?.[name])
      .map((name) => `the lock and package.json differ about ${name}: run npm install`);
  });
}

/** A package that wants to run a script while it is installed has a yes or a no of ours, and no other has. */
function scriptsNotDecided(packages, allowScripts) {
  const asking = new Set(
    Object.entries(packages)
      .filter(([, entry]) => entry.hasInstallScript === true)
      .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)),
  );
  return [
    ...[...asking]
      .filter((name) => !(name in allowScripts))
      .map((name) => `${name} wants to run an install script: decide in allowScripts of package.json`),
    ...Object.keys(allowScripts)
      .filter((name) => !asking.has(name))
      .map((name) => `allowScripts names ${name}, which has no install script`),
  ];
}

if (isMain(import.meta.url)) {
  const read = (name) => readFileSync(join(ROOT, name), 'utf8');
  const problems = lockProblems(
    JSON.parse(read('package-lock.json')),
    JSON.parse(read('package.json')),
    read('.npmrc'),
  );
  for (const problem of problems) console.error(problem);
  console.log(problems.length === 0 ? 'The lock file is complete.' : `${problems.length} problems.`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

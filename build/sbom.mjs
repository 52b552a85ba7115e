/**
 * The list of what the program is made of, as CycloneDX (https://cyclonedx.org), for those who watch for faults in packages. It
 * lies beside the packed program as `resources/sbom.cdx.json`; `npm run -s sbom` prints it. What npm knows of a package is npm's
 * own answer (`npm sbom`); which packages are in the program is what NOTICE is made of, with Electron, which npm counts among the
 * tools because it is packed later.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runNpm } from './install.mjs';
import { containedPackages } from './notice.mjs';
import { isMain, ROOT } from './paths.mjs';

/** Which of npm's fields say where a package comes from by an address of the machine that asked. */
const ELSEWHERE = 'distribution';

/**
 * @param root of a project with a lock file; nothing has to be installed there
 * @returns a CycloneDX document, to be written as JSON
 * @throws where npm does not answer with one, or does not know a package that the program contains
 */
export function makeSbom(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const refs = new Set(
    [...containedPackages(root), 'node_modules/electron'].map(
      (path) => `${path.slice(path.lastIndexOf('node_modules/') + 13)}@${packages[path].version}`,
    ),
  );
  const sbom = npmSbom(root);
  const components = sbom.components.filter((one) => refs.has(one['bom-ref']));
  const missing = [...refs].filter((ref) => !components.some((one) => one['bom-ref'] === ref));
  if (missing.length > 0) throw new Error(`npm does not know ${missing.join(', ')}`);
  const own = sbom.metadata.component;
  const licences = new Map(
    [...readFileSync(join(root, 'NOTICE'), 'utf8').matchAll(/^(\S+) (\d\S*): (.+) \([\d, ]+\)$/gm)].map(
      ([, name, version, licence]) => [`${name}@${version}`, licence],
    ),
  );
  return {
    ...sbom,
    metadata: { ...sbom.metadata, component: { ...own, type: 'application', name: packages[''].name } },
    components: components.map((one) => contained(one, licences)),
    dependencies: sbom.dependencies
      .filter(({ ref }) => refs.has(ref) || ref === own['bom-ref'])
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) })),
  };
}

/** As a part of the program: what npm says of being a tool is true of the repository only. */
function contained({ properties = [], externalReferences = [], ...component }, licences) {
  return {
    // A lock file does not have the licence of a package that says it in the old way.
    licenses: [{ expression: licences.get(component['bom-ref']) }],
    ...component,
    scope: 'required',
    properties: properties.filter(({ name }) => name !== 'cdx:npm:package:development'),
    externalReferences: externalReferences.filter(({ type }) => type !== ELSEWHERE),
  };
}

function npmSbom(root) {
  const { stdout, stderr, status } = runNpm(
    root,
    ['sbom', '--sbom-format=cyclonedx', '--package-lock-only'],
    {
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
    },
  );
  if (status !== 0) throw new Error(`npm gave no list of packages:\n${stderr}`);
  return JSON.parse(stdout);
}

if (isMain(import.meta.url)) process.stdout.write(`${JSON.stringify(makeSbom(ROOT), null, 2)}\n`);

/** The list of what the program is made of: of the packages in NOTICE and Electron, each once, with sums and licences. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { makeSbom } from '../../build/sbom.mjs';

const ROOT = join(import.meta.dirname, '../..');
let sbom: ReturnType<typeof makeSbom>;
beforeAll(() => void (sbom = makeSbom(ROOT)));

const refs = (): string[] => sbom.components.map((one) => one['bom-ref']).toSorted();

test('names what NOTICE names, and Electron, and nothing twice', () => {
  const notice = readFileSync(join(ROOT, 'NOTICE'), 'utf8');
  const named = [...notice.matchAll(/^(\S+) (\d\S*): /gm)].map(([, name, version]) => `${name}@${version}`);
  const electron = refs().filter((ref) => ref.startsWith('electron@'));
  expect(electron).toHaveLength(1);
  expect(refs()).toEqual([...named, ...electron].toSorted());
});

test('is of the station, and says of each package its licence and the sum of what npm brings', () => {
  expect(sbom.bomFormat).toBe('CycloneDX');
  expect(sbom.metadata.component).toMatchObject({ type: 'application', name: 'cht-aggregation-station' });
  for (const one of sbom.components) {
    expect(one.purl, one.name).toMatch(/^pkg:npm\//);
    expect(one.scope, one.name).toBe('required');
    expect(JSON.stringify(one.licenses), one.name).toMatch(/"(id|name|expression)":"[^"]+"/);
    expect(one.hashes?.[0], one.name).toMatchObject({ alg: expect.stringMatching(/^SHA-/) });
  }
});

test('what depends on what stays within it', () => {
  const known = new Set([...refs(), sbom.metadata.component['bom-ref']]);
  expect(sbom.dependencies.length).toBe(known.size);
  for (const { ref, dependsOn } of sbom.dependencies)
    expect([ref, ...dependsOn].filter((one) => !known.has(one))).toEqual([]);
  expect(sbom.dependencies.find(({ ref }) => ref.startsWith('react-dom@'))?.dependsOn).toContainEqual(
    expect.stringMatching(/^react@/),
  );
});

test('holds no address of the place it was made at', () => {
  expect(JSON.stringify(sbom)).not.toMatch(/"distribution"|\.tgz/);
});

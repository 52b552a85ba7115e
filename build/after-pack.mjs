// Called by electron-builder between packing and signing: a signature must cover the fuses.
import { flipFuses } from '@electron/fuses';
import { existsSync, openSync, readdirSync, readSync, closeSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FUSES } from './fuses.mjs';
import { ROOT } from './paths.mjs';
import { makeSbom } from './sbom.mjs';

/** The first bytes of what each system loads: PE; ELF; Mach-O for one and for several processors. */
const LOADS = {
  win32: ['4d5a'],
  linux: ['7f454c46'],
  darwin: ['cffaedfe', 'cafebabe'],
  mas: ['cffaedfe', 'cafebabe'],
};

/** Native modules in a folder that the system cannot load: what was compiled for the computer that packs. */
export function foreignModules(folder, platform) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.node'))
    .filter((name) => !LOADS[platform].some((magic) => firstBytes(join(folder, name)).startsWith(magic)));
}

function firstBytes(file) {
  const bytes = Buffer.alloc(4);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, bytes);
  } finally {
    closeSync(handle);
  }
  return bytes.toString('hex');
}

export default async function afterPack({ appOutDir, electronPlatformName, packager }) {
  const { productFilename } = packager.appInfo;
  const unpacked = join(packager.getResourcesDir(appOutDir), 'app.asar.unpacked');
  const foreign = foreignModules(unpacked, electronPlatformName);
  if (foreign.length > 0) {
    throw new Error(
      `${foreign.join(', ')}: not for ${electronPlatformName}. To pack for another system, install its packages first: npm ci --os=${electronPlatformName} --cpu=x64 --ignore-scripts`,
    );
  }
  const sbom = join(packager.getResourcesDir(appOutDir), 'sbom.cdx.json');
  writeFileSync(sbom, `${JSON.stringify(makeSbom(ROOT), null, 2)}\n`);
  const program = {
    darwin: `${productFilename}.app`,
    mas: `${productFilename}.app`,
    win32: `${productFilename}.exe`,
    linux: packager.executableName,
  }[electronPlatformName];
  await flipFuses(join(appOutDir, program), {
    ...FUSES,
    // Without a certificate macOS on Apple silicon still wants the signature it came with to fit.
    resetAdHocDarwinSignature: electronPlatformName === 'darwin',
  });
}

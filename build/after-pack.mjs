// Called by electron-builder between packing and signing: a signature must cover the fuses.
import { flipFuses } from '@electron/fuses';
import { join } from 'node:path';
import { FUSES } from './fuses.mjs';

export default async function afterPack({ appOutDir, electronPlatformName, packager }) {
  const { productFilename } = packager.appInfo;
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

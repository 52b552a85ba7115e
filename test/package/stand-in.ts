/**
 * A folder that looks like an unpacked Electron to the packager: the files it expects, and a program with a
 * real fuse wire in it, so that fuses are really flipped and can be read back.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NtExecutable, NtExecutableResource, Resource } from 'resedit';

/** The bytes that mark the wire in every Electron since 12, as `@electron/fuses` looks for them. */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const OFF = 0x30;
const ON = 0x31;

/** As Electron 45 is delivered: version 1, nine fuses. */
const DELIVERED = [ON, OFF, ON, ON, OFF, OFF, OFF, ON, ON];

/** Makes the folder, for Linux and for Windows. The programs do nothing when they are run. */
export function makeStandIn(folder: string, version: string): void {
  mkdirSync(join(folder, 'locales'), { recursive: true });
  mkdirSync(join(folder, 'resources'));
  writeFileSync(join(folder, 'version'), version);
  for (const name of ['LICENSE', 'LICENSES.chromium.html', 'locales/en-US.pak']) {
    writeFileSync(join(folder, name), 'stand-in');
  }
  const program = Buffer.concat([
    Buffer.from('#!/bin/sh\nexit 0\n'),
    randomBytes(5_000_000),
    Buffer.from(SENTINEL),
    Buffer.from([1, DELIVERED.length, ...DELIVERED]),
    randomBytes(1000),
  ]);
  for (const name of ['electron', 'chrome-sandbox', 'chrome_crashpad_handler']) {
    writeFileSync(join(folder, name), program);
    chmodSync(join(folder, name), 0o755);
  }
  writeFileSync(join(folder, 'electron.exe'), windowsProgram(program));
}

/** A program of Windows with what the packager rewrites: who made it, and the check sum of the archive. */
function windowsProgram(inside: Uint8Array): Uint8Array {
  const program = NtExecutable.createEmpty(false, false);
  const resource = NtExecutableResource.from(program);
  const made = Resource.VersionInfo.createEmpty();
  made.setStringValues({ lang: 1033, codepage: 1200 }, { ProductName: 'Electron' });
  made.outputToResourceEntries(resource.entries);
  resource.outputResource(program);
  program.setExtraData(inside);
  return new Uint8Array(program.generate());
}

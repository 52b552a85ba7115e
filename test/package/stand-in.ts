/**
 * A folder that looks like an unpacked Electron to the packager: the files it expects, and a program with a
 * real fuse wire in it, so that fuses are really flipped and can be read back.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The bytes that mark the wire in every Electron since 12, as `@electron/fuses` looks for them. */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const OFF = 0x30;
const ON = 0x31;

/** As Electron 45 is delivered: version 1, nine fuses. */
const DELIVERED = [ON, OFF, ON, ON, OFF, OFF, OFF, ON, ON];

/** Makes the folder. The program does nothing when it is run. */
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
}

/**
 * Writes the signed note of a package, by which a station recognises it on a stick (docs/updates.md):
 *
 *   STATION_UPDATE_PRIVATE_KEY=key.pem npm run -s sign-update -- dist/PACKAGE changes.json
 *
 * `changes.json` says what is different, in each language: `{"en": "…", "fr": "…", "sw": "…"}`. The private key is never in the
 * repository and never in the program; where it is locked, STATION_UPDATE_PASSPHRASE opens it.
 */
import { createHash, createPrivateKey } from 'node:crypto';
import { createReadStream, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { signNote } from '../electron/updates/note.ts';
import { noteNameOf } from '../shared/updates.ts';
import { isMain } from './paths.mjs';

const PLATFORMS = { linux: 'linux', mac: 'darwin', win: 'win32' };
/** Each kind of package has its own word for the same processor. */
const PROCESSORS = { x64: 'x64', amd64: 'x64', x86_64: 'x64', arm64: 'arm64', aarch64: 'arm64' };

/** As electron-builder.yml names packages. */
const NAME = /-(\d+\.\d+\.\d+)-(linux|mac|win)-(x64|amd64|x86_64|arm64|aarch64)\.(\w+)$/;

/**
 * Signs a package. Answers the note's path.
 * @param changes what is different: `{ en, fr, sw }`
 * @param key the private key, as `createPrivateKey` gives it
 * @param date YYYY-MM-DD
 * @throws where the package is not named as the build names it, or the note would be refused
 */
export async function signUpdate({ path, changes, key, date }) {
  const file = basename(path);
  const [, version, system, processor, kind] = NAME.exec(file) ?? [];
  if (version === undefined) throw new Error(`${file} is not named as npm run package names it`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const note = {
    version,
    platform: PLATFORMS[system],
    arch: PROCESSORS[processor],
    kind,
    file,
    bytes: statSync(path).size,
    sha256: hash.digest('hex'),
    date,
    changes,
  };
  const notePath = noteNameOf(path);
  writeFileSync(notePath, signNote(note, key));
  return notePath;
}

async function main([path, changes]) {
  const keyFile = process.env.STATION_UPDATE_PRIVATE_KEY;
  if (path === undefined || changes === undefined || !keyFile) {
    console.error('usage: STATION_UPDATE_PRIVATE_KEY=KEY.pem npm run -s sign-update -- PACKAGE CHANGES.json');
    return 2;
  }
  try {
    const key = createPrivateKey({
      key: readFileSync(keyFile),
      passphrase: process.env.STATION_UPDATE_PASSPHRASE,
    });
    const note = await signUpdate({
      path,
      changes: JSON.parse(readFileSync(changes, 'utf8')),
      key,
      date: new Date().toISOString().slice(0, 10),
    });
    console.log(`Written: ${note}. Copy it to the stick together with the package.`);
    return 0;
  } catch (error) {
    console.error(error.message);
    return 1;
  }
}

if (isMain(import.meta.url)) process.exitCode = await main(process.argv.slice(2));

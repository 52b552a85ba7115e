/**
 * The public key of updates, which the build puts into the program: without it the program accepts no update from a stick. Its
 * file is named by `STATION_UPDATE_KEY` and holds one or several public keys of ed25519 (PEM); see docs/updates.md.
 */
import { readFileSync } from 'node:fs';
import { publicKeys } from '../electron/updates/note.ts';

/**
 * What goes into the program; `null`: it is built without.
 * @throws where the file is not there, holds a private key, or anything else than what is asked for
 */
export function updateKey(path = process.env.STATION_UPDATE_KEY) {
  if (path === undefined || path === '') return null;
  const pem = readFileSync(path, 'utf8');
  try {
    publicKeys(pem);
  } catch (error) {
    throw new Error(`STATION_UPDATE_KEY: ${error.message}`, { cause: error });
  }
  return pem;
}

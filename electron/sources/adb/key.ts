/**
 * The key by which a phone knows this computer again. It is made once, and kept in a file that only the
 * station's own account may read: whoever has it may read every phone that said "Always allow".
 */
import { generateKeyPair } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import type { AdbCredentialStore, AdbPrivateKey } from '@yume-chan/adb';

const make = promisify(generateKeyPair);

/** @param file PKCS #8, DER */
export function keyIn(file: string): AdbCredentialStore {
  const name = `station@${hostname()}`;
  const stored = async (): Promise<AdbPrivateKey | null> => {
    try {
      return { buffer: new Uint8Array(await readFile(file)), name };
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
  };
  return {
    async generateKey() {
      const { privateKey } = await make('rsa', {
        modulusLength: 2048,
        publicExponent: 65537,
        publicKeyEncoding: { type: 'spki', format: 'der' },
        privateKeyEncoding: { type: 'pkcs8', format: 'der' },
      });
      // Never over another one: two stations that start at once share the first.
      await writeFile(file, privateKey, { flag: 'wx', mode: 0o600 }).catch(() => {});
      return (await stored()) ?? { buffer: new Uint8Array(privateKey), name };
    },
    async *iterateKeys() {
      const key = await stored();
      if (key !== null) yield key;
    },
  };
}

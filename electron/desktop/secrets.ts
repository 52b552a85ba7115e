/**
 * Passwords kept between sessions, locked by the system's own key store. Where there is none, nothing is
 * kept: a file that anyone could unlock would only look safe.
 */
import { safeStorage } from 'electron';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { replaceFile } from '../disk/own-disk.ts';
import type { Secrets } from '../station-api.ts';

const FILE = v.object({ version: v.literal(1), secrets: v.record(v.string(), v.string()) });
type Kept = Record<string, string>;

/** The secrets in one file of the station. Only after the app is ready. */
export function openSecrets(file: string): Secrets {
  const read = async (name: string): Promise<string | null> => {
    const locked = (await load(file))[name];
    if (locked === undefined || (await mayKeep()).kind === 'no') return null;
    try {
      const { result } = await safeStorage.decryptStringAsync(Buffer.from(locked, 'base64'));
      return result;
    } catch {
      return null;
    }
  };
  return {
    mayKeep,
    read,
    keep: async (name, secret) => {
      const may = await mayKeep();
      if (may.kind === 'no') throw new Error(`secrets are not kept here: ${may.why}`);
      const locked = (await safeStorage.encryptStringAsync(secret)).toString('base64');
      await save(file, { ...(await load(file)), [name]: locked });
    },
    forget: async (name) => {
      const { [name]: gone, ...others } = await load(file);
      if (gone !== undefined) await save(file, others);
    },
  };
}

async function mayKeep(): ReturnType<Secrets['mayKeep']> {
  if (process.platform === 'linux') {
    const store = safeStorage.getSelectedStorageBackend();
    if (store === 'basic_text' || store === 'unknown') return { kind: 'no', why: 'no-keyring' };
  }
  return (await safeStorage.isAsyncEncryptionAvailable())
    ? { kind: 'yes' }
    : { kind: 'no', why: 'not-available' };
}

async function load(file: string): Promise<Kept> {
  try {
    return v.parse(FILE, JSON.parse(await readFile(file, 'utf8'))).secrets;
  } catch {
    return {};
  }
}

async function save(file: string, secrets: Kept): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await replaceFile(file, JSON.stringify({ version: 1, secrets }));
}

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const keyring = { backend: 'gnome_libsecret', available: true, key: 1 };

vi.mock('electron', () => ({
  safeStorage: {
    getSelectedStorageBackend: () => keyring.backend,
    isAsyncEncryptionAvailable: async () => keyring.available,
    encryptStringAsync: async (text: string) =>
      Buffer.from(`${keyring.key}:${text}`).map((byte) => byte ^ 0x5a),
    decryptStringAsync: async (locked: Buffer) => {
      const text = Buffer.from(locked.map((byte) => byte ^ 0x5a)).toString();
      if (!text.startsWith(`${keyring.key}:`)) throw new Error('wrong key');
      return { result: text.slice(2), shouldReEncrypt: false };
    },
  },
}));

const { openSecrets } = await import('../../electron/desktop/secrets.ts');

let folder: string;
let file: string;
const platform = process.platform;
const pretend = (name: NodeJS.Platform) => Object.defineProperty(process, 'platform', { value: name });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'station-secrets-'));
  file = join(folder, 'deeper', 'secrets.json');
  Object.assign(keyring, { backend: 'gnome_libsecret', available: true, key: 1 });
  pretend('linux');
});
afterEach(() => {
  pretend(platform);
  rmSync(folder, { recursive: true, force: true });
});

describe('a secret', () => {
  test('comes back, and is not readable on the disk', async () => {
    await openSecrets(file).keep('https://cht.example.org chw1', 'open sesame');
    expect(await openSecrets(file).read('https://cht.example.org chw1')).toBe('open sesame');
    expect(readFileSync(file, 'utf8')).not.toContain('sesame');
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  test('is forgotten alone', async () => {
    const secrets = openSecrets(file);
    await secrets.keep('one', '1');
    await secrets.keep('two', '2');
    await secrets.forget('one');
    expect(await secrets.read('one')).toBeNull();
    expect(await secrets.read('two')).toBe('2');
  });

  test('that cannot be unlocked any more counts as not kept', async () => {
    const secrets = openSecrets(file);
    await secrets.keep('one', '1');
    keyring.key = 2;
    expect(await secrets.read('one')).toBeNull();
  });

  test('in a file that makes no sense counts as not kept', async () => {
    await openSecrets(file).keep('one', '1');
    writeFileSync(file, '{"version":2}');
    expect(await openSecrets(file).read('one')).toBeNull();
  });
});

describe('where the system has no key store', () => {
  test.each([
    ['basic_text', 'linux', 'no-keyring'],
    ['unknown', 'linux', 'no-keyring'],
  ] as const)('%s on %s: nothing is kept, and it says why', async (backend, name, why) => {
    pretend(name);
    keyring.backend = backend;
    const secrets = openSecrets(file);
    expect(await secrets.mayKeep()).toEqual({ kind: 'no', why });
    await expect(secrets.keep('one', '1')).rejects.toThrow(why);
    expect(() => statSync(file)).toThrow('ENOENT');
  });

  test('a store that does not answer is none', async () => {
    keyring.available = false;
    expect(await openSecrets(file).mayKeep()).toEqual({ kind: 'no', why: 'not-available' });
  });

  test('Windows and macOS have one of their own, whatever Linux’s backend says', async () => {
    pretend('win32');
    keyring.backend = 'basic_text';
    expect(await openSecrets(file).mayKeep()).toEqual({ kind: 'yes' });
  });
});

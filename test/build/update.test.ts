/** Signing of packages at the build, and the key that gets into the program; docs/updates.md. */
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { updateKey } from '../../build/update-key.mjs';
import { publicKeys, readNote } from '../../electron/updates/note.ts';
import { temporaryFolder } from '../support/folder.ts';
import { CHANGES, makeKeys } from '../support/updates.ts';

const keys = makeKeys();
let temporary: ReturnType<typeof temporaryFolder>;
let at: (name: string) => string;
beforeEach(() => {
  temporary = temporaryFolder();
  at = (name) => join(temporary.path, name);
  writeFileSync(at('key.pem'), keys.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(at('changes.json'), JSON.stringify(CHANGES));
});
afterEach(() => temporary.remove());

const script = join(import.meta.dirname, '../../build/sign-update.mjs');
const sign = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  spawnSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
    env: { ...process.env, STATION_UPDATE_PRIVATE_KEY: at('key.pem'), ...env },
  });
const packaged = (name: string): string => {
  writeFileSync(at(name), 'a package');
  return at(name);
};

describe('the note of a package', () => {
  it.each([
    ['linux-amd64.deb', { platform: 'linux', arch: 'x64', kind: 'deb' }],
    ['linux-x86_64.rpm', { platform: 'linux', arch: 'x64', kind: 'rpm' }],
    ['linux-x86_64.AppImage', { platform: 'linux', arch: 'x64', kind: 'AppImage' }],
    ['win-x64.exe', { platform: 'win32', arch: 'x64', kind: 'exe' }],
    ['mac-arm64.dmg', { platform: 'darwin', arch: 'arm64', kind: 'dmg' }],
  ])('of %s is one that a station reads', (ending, is) => {
    const path = packaged(`cht-aggregation-station-1.2.0-${ending}`);
    const { status, stdout, stderr } = sign([path, at('changes.json')]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`${path}.update.json`);
    expect(readNote(readFileSync(`${path}.update.json`), publicKeys(keys.pem))).toMatchObject({
      ...is,
      version: '1.2.0',
      bytes: 9,
      changes: CHANGES,
    });
  });

  it('is made with a key that a passphrase locks', () => {
    const locked = keys.privateKey.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'green mango tree',
    });
    writeFileSync(at('key.pem'), locked);
    const args = [packaged('cht-aggregation-station-1.2.0-linux-amd64.deb'), at('changes.json')];
    expect(sign(args).status).toBe(1);
    expect(sign(args, { STATION_UPDATE_PASSPHRASE: 'green mango tree' }).status).toBe(0);
  });

  it('is not made of what no station would accept, and says why', () => {
    const deb = packaged('cht-aggregation-station-1.2.0-linux-amd64.deb');
    expect(sign([packaged('station.deb'), at('changes.json')]).stderr).toContain('not named as');
    writeFileSync(at('changes.json'), '{"en": "Only English."}');
    expect(sign([deb, at('changes.json')]).stderr).toContain('changes');
    expect(sign([deb, at('none.json')]).status).toBe(1);
    expect(sign([deb]).status).toBe(2);
    expect(sign([deb, at('changes.json')], { STATION_UPDATE_PRIVATE_KEY: '' }).status).toBe(2);
  });
});

describe('the key in the program', () => {
  it('is the public one of the file that the build is given, or none', () => {
    expect(updateKey('')).toBe(null);
    writeFileSync(at('public.pem'), keys.pem);
    expect(updateKey(at('public.pem'))).toBe(keys.pem);
  });

  it('is never a private one, and what is none ends the build', () => {
    expect(() => updateKey(at('key.pem'))).toThrow(/private/);
    expect(() => updateKey(at('gone.pem'))).toThrow(/ENOENT/);
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(at('rsa.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
    expect(() => updateKey(at('rsa.pem'))).toThrow(/ed25519/);
  });
});

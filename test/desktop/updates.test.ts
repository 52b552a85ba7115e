/** Newer versions from a stick, as the installed program offers them: Electron is stood in for, everything else is real. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Job } from '../../shared/contract.ts';
import { temporaryFolder } from '../support/folder.ts';
import { makeKeys } from '../support/updates.ts';

const electron = { isPackaged: true, quits: 0 };
vi.mock('electron', () => ({
  app: {
    get isPackaged() {
      return electron.isPackaged;
    },
    quit: () => void (electron.quits += 1),
  },
  shell: { openPath: async (path: string) => (existsSync(path) ? '' : 'no such file') },
}));
const { quitForInstaller, updatesHere } = await import('../../electron/desktop/updates.ts');

const { pem } = makeKeys();
let temporary: ReturnType<typeof temporaryFolder>;
let keyFile: string;
beforeEach(() => {
  temporary = temporaryFolder();
  keyFile = join(temporary.path, 'update-key.pem');
  writeFileSync(keyFile, pem);
  Object.assign(electron, { isPackaged: true, quits: 0 });
  vi.stubEnv('APPIMAGE', join(temporary.path, 'station.AppImage'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  temporary.remove();
});

describe.runIf(process.platform === 'linux')('an installed program', () => {
  test('accepts packages of the kind that it was installed as, and installs them', async () => {
    const setup = updatesHere(keyFile);
    expect(setup).toMatchObject({ keys: pem, platform: 'linux', arch: process.arch, kinds: ['AppImage'] });
    writeFileSync(join(temporary.path, 'station.AppImage'), 'old');
    writeFileSync(join(temporary.path, 'new'), 'new');
    expect(await setup?.install(join(temporary.path, 'new'))).toBe('installed');
    expect(readFileSync(join(temporary.path, 'station.AppImage'), 'utf8')).toBe('new');
  });

  test('accepts none without a key, or where it was not installed', () => {
    expect(updatesHere(join(temporary.path, 'none.pem'))).toBe(null);
    electron.isPackaged = false;
    expect(updatesHere(keyFile)).toBe(null);
  });
});

test('the program ends for an installer that is open, and for nothing else', () => {
  let tell = (_job: Job): void => {};
  quitForInstaller({
    on: (_name, listener) => {
      tell = listener as typeof tell;
      return () => {};
    },
  });
  const ended = (end: Job['end']) => tell({ end } as Job);
  ended(null);
  ended({ kind: 'update-copied', version: '1.2.0' });
  ended({ kind: 'update-handed-over', version: '1.2.0', how: 'installed' });
  ended({ kind: 'failed', code: 'update-not-started' });
  expect(electron.quits).toBe(0);
  ended({ kind: 'update-handed-over', version: '1.2.0', how: 'opened' });
  expect(electron.quits).toBe(1);
});

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isBuildStale } from '../../build/built.mjs';
import {
  addressIn,
  browserOpener,
  chooseCarrier,
  findElectron,
  readArguments,
  type Asked,
} from '../../build/start.mjs';

const ASKED: Asked = { practice: false, browser: false, open: true, port: null };
const SCREEN = { DISPLAY: ':0' };

describe('what is asked for', () => {
  test('is read', () => {
    expect(readArguments([])).toEqual(ASKED);
    expect(readArguments(['--practice', '--port', '5999', '--no-open', '--browser'])).toEqual({
      practice: true,
      browser: true,
      open: false,
      port: '5999',
    });
  });

  test.each([
    ['--what'],
    ['x'],
    ['--port'],
    ['--port', 'x'],
    ['--port', '--practice'],
    ['--port', '1234567'],
  ])('is not understood: %s %s', (...args: string[]) => {
    expect(readArguments(args)).toBeNull();
  });
});

describe('what npm took for settings of its own', () => {
  // As npm 11.19 hands them over for "npm start --practice", "--no-open", "--port 5000", "--port=5000".
  test('is what was asked for', () => {
    expect(readArguments([], { npm_config_practice: 'true' })).toEqual({ ...ASKED, practice: true });
    expect(readArguments([], { npm_config_open: '', npm_config_browser: 'true' })).toEqual({
      ...ASKED,
      open: false,
      browser: true,
    });
    expect(readArguments(['5000'], { npm_config_port: 'true' })).toEqual({ ...ASKED, port: '5000' });
    expect(readArguments([], { npm_config_port: '5000' })).toEqual({ ...ASKED, port: '5000' });
  });

  test('is not what a person has set for other purposes', () => {
    const settings = { npm_config_browser: 'firefox', npm_config_practice: '', npm_config_port: 'x' };
    expect(readArguments([], settings)).toEqual(ASKED);
    expect(readArguments(['what'], { npm_config_practice: 'true' })).toBeNull();
    expect(readArguments(['x'], { npm_config_port: 'true' })).toBeNull();
  });
});

describe('Electron’s program', () => {
  const only = (path: string) => (asked: string) => asked === path;

  test('is looked for where its package puts it', () => {
    const linux = join('/r', 'node_modules', 'electron', 'dist', 'electron');
    expect(findElectron('/r', {}, 'linux', only(linux), () => null)).toBe(linux);
    expect(
      findElectron(
        '/r',
        {},
        'linux',
        () => false,
        () => 'electron',
      ),
    ).toBeNull();
    const mac = join('/r', 'node_modules/electron/dist/Electron.app/Contents/MacOS/Electron');
    expect(findElectron('/r', {}, 'darwin', only(mac), () => null)).toBe(mac);
    const windows = join('/r', 'node_modules', 'electron', 'dist', 'electron.exe');
    expect(findElectron('/r', {}, 'win32', only(windows), () => 'electron.exe')).toBe(windows);
  });

  test('may lie in an unpacked folder', () => {
    const env = { ELECTRON_OVERRIDE_DIST_PATH: '/unpacked' };
    const there = join('/unpacked', 'electron');
    expect(findElectron('/r', env, 'linux', only(there), () => null)).toBe(there);
    expect(
      findElectron(
        '/r',
        env,
        'linux',
        () => false,
        () => null,
      ),
    ).toBeNull();
  });
});

describe('the way it opens', () => {
  const choose = (facts: Partial<Parameters<typeof chooseCarrier>[0]>) =>
    chooseCarrier({ asked: ASKED, electron: '/electron', env: SCREEN, platform: 'linux', ...facts });

  test('is the desktop window where there is one', () => {
    expect(choose({})).toEqual({ carrier: 'electron', because: [] });
    expect(choose({ env: { WAYLAND_DISPLAY: 'wayland-0' } }).carrier).toBe('electron');
    expect(choose({ env: {}, platform: 'win32' }).carrier).toBe('electron');
  });

  test('is the browser where Electron is missing, with two sentences on what to do', () => {
    const { carrier, because } = choose({ electron: null });
    expect(carrier).toBe('browser');
    expect(because).toHaveLength(2);
    expect(because.join(' ')).toContain('npx install-electron');
    expect(because.join(' ')).toContain('ELECTRON_OVERRIDE_DIST_PATH');
  });

  test('is the browser’s where there is no screen, and where it is asked for', () => {
    expect(choose({ env: {} }).carrier).toBe('browser');
    expect(choose({ asked: { ...ASKED, browser: true } })).toEqual({ carrier: 'browser', because: [] });
  });
});

describe('the person’s browser', () => {
  test('is opened by what the system has for it', () => {
    expect(browserOpener(SCREEN, 'linux')).toEqual(['xdg-open']);
    expect(browserOpener({}, 'darwin')).toEqual(['open']);
    expect(browserOpener({}, 'win32')?.[0]).toBe('cmd');
  });

  test('is not opened where nobody sits', () => {
    expect(browserOpener({}, 'linux')).toBeNull();
    expect(browserOpener({ ...SCREEN, CI: 'true' }, 'linux')).toBeNull();
    expect(browserOpener({ CI: 'true' }, 'darwin')).toBeNull();
  });

  test('gets the whole address', () => {
    const address = 'http://127.0.0.1:40123/open/aB-_9';
    expect(addressIn(`Open ${address}\n`)).toBe(address);
    expect(addressIn(`{"url":"${address}"}\n`)).toBe(address);
    expect(addressIn(`Open ${address}.\n`)).toBe(address);
    expect(addressIn('http://elsewhere.example/open/x\n')).toBeNull();
  });
});

describe('a build', () => {
  test('is needed when an output is missing or older than a source', () => {
    expect(isBuildStale([1, 5], [6, 7])).toBe(false);
    expect(isBuildStale([1, 5], [6, null])).toBe(true);
    expect(isBuildStale([1, 8], [6, 9])).toBe(true);
  });
});

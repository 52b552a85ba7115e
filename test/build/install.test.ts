import { describe, expect, test } from 'vitest';
import { outerEnvironment, whyInstall } from '../../build/install.mjs';

const LOCK = {
  packages: {
    '': { name: 'station' },
    'node_modules/ws': { version: '8.23.0' },
    'node_modules/level/node_modules/leveldown': { version: '5.6.0' },
    'node_modules/@esbuild/win32-x64': { version: '1.0.0', optional: true },
  },
};
const without = (name: string) => ({
  packages: Object.fromEntries(Object.entries(LOCK.packages).filter(([path]) => path !== name)),
});

describe('an installation', () => {
  test('is not needed when everything is there', () => {
    expect(whyInstall(LOCK, LOCK, true)).toBeNull();
  });

  test('is not needed for a part of another system', () => {
    expect(whyInstall(LOCK, without('node_modules/@esbuild/win32-x64'), true)).toBeNull();
  });

  test('is needed on a fresh clone', () => {
    expect(whyInstall(LOCK, null, false)).toBe('nothing is installed yet');
  });

  test('is needed for what is missing, and names it', () => {
    expect(whyInstall(LOCK, without('node_modules/ws'), true)).toContain('ws is missing');
    expect(whyInstall(LOCK, without('node_modules/level/node_modules/leveldown'), true)).toContain(
      'leveldown',
    );
  });

  test('is needed for another version, also of an optional part', () => {
    const other = (path: string) => ({ packages: { ...LOCK.packages, [path]: { version: '0.0.1' } } });
    expect(whyInstall(LOCK, other('node_modules/ws'), true)).toContain('another version');
    expect(whyInstall(LOCK, other('node_modules/@esbuild/win32-x64'), true)).toContain('win32-x64');
  });

  test('is needed when the script that brings Node was not run', () => {
    expect(whyInstall(LOCK, LOCK, false)).toContain('Node is missing');
  });
});

test('an outer npm command does not say what is installed; where packages come from stays', () => {
  const stays = {
    PATH: '/bin',
    npm_config_registry: 'x',
    npm_config_https_proxy: 'x',
    npm_config_nodedir: 'x',
  };
  const goes = { npm_config_global: 'true', npm_config_omit: 'dev', NPM_CONFIG_DRY_RUN: 'true' };
  expect(outerEnvironment({ ...stays, ...goes })).toEqual(stays);
});

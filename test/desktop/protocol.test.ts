import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CONTENT_SECURITY_POLICY } from '../../electron/host/window-files.ts';
import { fakeElectron } from './fake-electron.ts';

vi.mock('electron', () => fakeElectron());

const { answerRequest } = await import('../../electron/desktop/protocol.ts');

let folder: string;
let window: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'station-protocol-'));
  window = join(folder, 'renderer');
  mkdirSync(join(window, 'assets'), { recursive: true });
  mkdirSync(join(folder, 'renderer-secret'));
  writeFileSync(join(window, 'index.html'), '<!doctype html><title>x</title>');
  writeFileSync(join(window, 'assets', 'a b.js'), 'export {};');
  writeFileSync(join(window, 'assets', 'index.js.map'), '{}');
  writeFileSync(join(folder, 'secret.json'), '"secret"');
  writeFileSync(join(folder, 'renderer-secret', 'x.json'), '"secret"');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ask = (url: string, method = 'GET') => answerRequest(window, { url, method });

describe('app://station', () => {
  test('serves the page with its policy and its type', async () => {
    const answer = await ask('app://station/');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await answer.text()).toContain('<!doctype html>');
  });

  test('serves a script as a script, by its decoded name', async () => {
    const answer = await ask('app://station/assets/a%20b.js');
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(await answer.text()).toBe('export {};');
  });

  test.each([
    'app://station/../secret.json',
    'app://station/%2e%2e/secret.json',
    'app://station/..%2fsecret.json',
    'app://station/assets/..%2f..%2fsecret.json',
    'app://station/..%5csecret.json',
    'app://station/%2e%2e%2frenderer-secret/x.json',
    'app://station//etc/passwd',
    'app://station/%2fetc/passwd',
    'app://station/C:/secret.json',
    'app://station/index.html%00.js',
    'app://station/%zz',
  ])('gives nothing for %s', async (url) => {
    const answer = await ask(url);
    expect([400, 404]).toContain(answer.status);
    expect(await answer.text()).toBe('');
  });

  test.each([
    '..%5csecret.json',
    'C:/secret.json',
    'index.html::$DATA',
    'index.html%00.js',
    '..%2fsecret.json',
  ])('does not even look for %s, whatever the system would make of it', async (name) => {
    expect((await ask(`app://station/${name}`)).status).toBe(400);
  });

  test('has no map of the sources, no other host and no other scheme', async () => {
    expect((await ask('app://station/assets/index.js.map')).status).toBe(404);
    expect((await ask('app://elsewhere/')).status).toBe(404);
    expect((await ask('file:///etc/passwd')).status).toBe(404);
  });

  test('is only read', async () => {
    expect((await ask('app://station/', 'POST')).status).toBe(405);
    const head = await ask('app://station/', 'HEAD');
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
  });
});

describe('the policy', () => {
  test('says what the page may do, and nothing more', () => {
    expect(CONTENT_SECURITY_POLICY.split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data: blob:",
      "font-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ]);
  });

  test('stands in the page as well, but for what counts in a header only', () => {
    const page = readFileSync(join(import.meta.dirname, '../../renderer/index.html'), 'utf8');
    const [, said] = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(page) ?? [];
    expect(said).toBe(CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'; ", ''));
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startPractice } from '../../electron/host/practice-process.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'station-practice-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const start = (script: string) => {
  const file = join(folder, 'practice.mjs');
  writeFileSync(file, script);
  return startPractice(process.execPath, [file], folder);
};

const SAID = {
  url: 'http://127.0.0.1:5988',
  admin: { user: 'admin', password: 'x' },
  users: [{ user: 'chw1', password: 'y', facility: 'f1' }],
  dumps: [join('dumps', 'a.json'), join('dumps', 'b.json')],
  devices: 'devices',
  phone: { path: 'phone', user: 'chw4', household: 'Home' },
};

test('waits for the object, however it is cut, and gives the station what it needs of it', async () => {
  const practice = await start(`
    const text = JSON.stringify(${JSON.stringify(SAID)}, null, 2);
    process.stdout.write(text.slice(0, 40));
    setTimeout(() => process.stdout.write(text.slice(40)), 50);
    setInterval(() => undefined, 1000);
    process.on('exit', () => undefined);
  `);
  await practice.stop();
  expect(practice.setup).toEqual({
    url: SAID.url,
    users: [{ user: 'chw1', password: 'y' }],
    devices: 'devices',
    phone: { path: 'phone', user: 'chw4', household: 'Home' },
  });
});

test('is stopped with what started it', async () => {
  const practice = await start(`
    process.stdout.write(${JSON.stringify(JSON.stringify({ ...SAID, url: 'http://127.0.0.1:1' }))});
    setInterval(() => undefined, 1000);
  `);
  const { pid } = practice;
  expect(() => process.kill(pid, 0)).not.toThrow();
  await practice.stop();
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('a server that ends before it is ready is a failure', async () => {
  await expect(start('process.exit(3)')).rejects.toThrow('code 3');
});

test('an object that says something else is a failure, not a practice', async () => {
  await expect(start('process.stdout.write("{}"); setInterval(() => undefined, 1000);')).rejects.toThrow();
});

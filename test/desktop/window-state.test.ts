import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readWindowState, writeWindowState } from '../../electron/desktop/window-state.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'station-window-'));
  file = join(folder, 'window.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const SCREEN = { x: 0, y: 0, width: 1366, height: 728 };
const STATE = { x: 100, y: 50, width: 1000, height: 600, maximized: false };

test('comes back as it was', () => {
  writeWindowState(file, STATE);
  expect(readWindowState(file, [SCREEN])).toEqual(STATE);
});

test('on a screen that is not there any more it is forgotten', () => {
  writeWindowState(file, { ...STATE, x: 1920 });
  expect(readWindowState(file, [SCREEN])).toBeNull();
  expect(readWindowState(file, [SCREEN, { ...SCREEN, x: 1366 }])).not.toBeNull();
});

test.each(['', '{"x":1}', '{"x":"1","y":0,"width":1,"height":1,"maximized":false}', '[]'])(
  'a file that holds %j is as good as none',
  (text) => {
    writeFileSync(file, text);
    expect(readWindowState(file, [SCREEN])).toBeNull();
  },
);

test('where it cannot be written nothing happens', () => {
  expect(() => writeWindowState(join(file, 'x', '\0'), STATE)).not.toThrow();
});

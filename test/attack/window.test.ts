/**
 * The desktop program: a page that is not that of the window, wherever it sits, asks for every request of the contract, and
 * none reaches the station.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fakeElectron, FakePage, type FakeElectron, type FakeFrame } from '../desktop/fake-electron.ts';
import { fakeStation, type FakeStation } from '../support/fake-station.ts';
import { eventually } from '../support/soon.ts';
import { REQUESTS } from './table.ts';

let folder: string;
let electron: FakeElectron;
let station: FakeStation;
let before: Map<string, readonly unknown[]>;
const FAILURES = ['unhandledRejection', 'uncaughtException'] as const;

beforeEach(async () => {
  before = new Map(FAILURES.map((name) => [name, process.listeners(name as 'uncaughtException')]));
  folder = mkdtempSync(join(tmpdir(), 'station-attack-'));
  electron = fakeElectron();
  electron.app.setPath('userData', folder);
  station = fakeStation();
  vi.resetModules();
  vi.doMock('electron', () => electron);
  vi.doMock('../../electron/station.ts', () => ({ openStation: async () => station }));
  await import('../../electron/main.ts');
  await eventually(() => expect(electron.played.windows[0]?.loaded).toHaveLength(1));
  station.asked.splice(0);
});
afterEach(() => {
  // The program listens for failures that nobody caught; the test runner's own listeners stay.
  for (const name of FAILURES)
    for (const listener of process.listeners(name as 'uncaughtException'))
      if (before.get(name)?.includes(listener) === false) process.off(name, listener);
  rmSync(folder, { recursive: true, force: true });
});

function theWindow() {
  const [window] = electron.played.windows;
  if (window === undefined) throw new Error('no window was made');
  return window;
}

const ask = (sender: FakePage, senderFrame: FakeFrame | null, name: string): unknown =>
  electron.played.requests.get('ask')?.({ sender, senderFrame }, name, {});

/** Who may send a message to the program. */
function senders(): readonly (readonly [string, FakePage, FakeFrame | null])[] {
  const page = theWindow().webContents;
  const own = page.mainFrame;
  const foreign = { origin: 'https://elsewhere.example', parent: null };
  return [
    ['a page that took the place of ours', page, foreign],
    ['a page without an origin', page, { origin: 'null', parent: null }],
    ['a file', page, { origin: 'file://', parent: null }],
    ['a page of another host of the scheme', page, { origin: 'app://other', parent: null }],
    ['a page of a host that begins alike', page, { origin: 'app://station.elsewhere', parent: null }],
    ['a page of another scheme', page, { origin: 'https://station', parent: null }],
    ['a frame of ours in ours', page, { origin: own.origin, parent: own }],
    ['a frame of another in ours', page, { ...foreign, parent: own }],
    ['ours, framed by another', page, { origin: own.origin, parent: foreign }],
    ['a frame that is gone', page, null],
    ['another window with our page', new FakePage(), own],
    ['another window', new FakePage(), foreign],
  ];
}

test('no request of any other page is answered, or reaches the station', async () => {
  for (const [what, sender, frame] of senders())
    for (const name of REQUESTS)
      expect(await ask(sender, frame, name), `${what}: ${name}`).toEqual({ ok: false, code: 'not-allowed' });
  expect(station.asked).toEqual([]);
});

test('those of our page do, until its window is gone', async () => {
  const page = theWindow().webContents;
  for (const name of REQUESTS) await ask(page, page.mainFrame, name);
  expect(station.asked.map(({ name }) => name)).toEqual(REQUESTS);
  expect([...electron.played.requests.keys()]).toEqual(['ask']);
  const answering = electron.played.requests.get('ask');
  theWindow().destroyed = true;
  for (const name of REQUESTS)
    expect(await answering?.({ sender: page, senderFrame: page.mainFrame }, name, {})).toEqual({
      ok: false,
      code: 'not-allowed',
    });
  expect(station.asked).toHaveLength(REQUESTS.length);
});

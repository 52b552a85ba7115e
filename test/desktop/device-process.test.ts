import type { EventEmitter } from 'node:events';
import { beforeEach, expect, it, vi } from 'vitest';
import { fakeElectron, type FakeElectron } from './fake-electron.ts';

let electron: FakeElectron;
beforeEach(() => {
  electron = fakeElectron();
  vi.resetModules();
  vi.doMock('electron', () => electron);
});

it('a failure of the device process ends that process, not the program', async () => {
  const { utilityDevices } = await import('../../electron/desktop/device-process.ts');
  const ends: (number | null)[] = [];
  const devices = utilityDevices('/out/device-worker.js').start();
  devices.onEnd((code) => void ends.push(code));
  const [child] = electron.played.utilities;
  const events = child as unknown as EventEmitter;
  // An event of this name that nobody listens to is thrown.
  events.emit('error', 'FatalError', 'out of memory', '');
  expect(ends).toEqual([]);
  events.emit('exit', 5);
  expect(ends).toEqual([5]);
});

it('a failure of the practice process ends that process, not the program', async () => {
  const { utilityPractice } = await import('../../electron/desktop/practice-process.ts');
  const started = utilityPractice('/out/practice-process.js', [], '/nowhere');
  const [child] = electron.played.utilities;
  const events = child as unknown as EventEmitter;
  events.emit('error', 'FatalError', 'out of memory', '');
  events.emit('exit', 5);
  await expect(started).rejects.toThrow();
});

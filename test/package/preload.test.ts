import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { StationBridge } from '../../electron/preload.ts';

const CODE = readFileSync(join(import.meta.dirname, '../../out/preload/preload.cjs'), 'utf8');

interface Ran {
  readonly exposed: Map<string, StationBridge>;
  readonly invoked: unknown[][];
  readonly heard: Map<string, (...args: unknown[]) => void>;
}

/** Runs the built preload where nothing but `electron` can be had, as in a sandboxed page. */
function run(): Ran {
  const ran: Ran = { exposed: new Map(), invoked: [], heard: new Map() };
  const electron = {
    contextBridge: {
      exposeInMainWorld: (name: string, value: StationBridge) => ran.exposed.set(name, value),
    },
    ipcRenderer: {
      invoke: async (...args: unknown[]) => {
        ran.invoked.push(args);
        return { ok: true, value: 1 };
      },
      on: (name: string, listener: (...args: unknown[]) => void) => ran.heard.set(name, listener),
    },
  };
  const require = (name: string) => {
    if (name === 'electron') return electron;
    throw new Error(`a sandboxed preload cannot require ${name}`);
  };
  runInNewContext(CODE, { require, module: { exports: {} }, exports: {} });
  return ran;
}

function bridgeOf(ran: Ran): StationBridge {
  const bridge = ran.exposed.get('station');
  if (bridge === undefined) throw new Error('nothing was exposed');
  return bridge;
}

test('exposes ask and on, and nothing else', () => {
  const { exposed } = run();
  expect([...exposed.keys()]).toEqual(['station']);
  const bridge = exposed.get('station');
  expect(Object.keys(bridge ?? {}).sort()).toEqual(['ask', 'on']);
  for (const member of Object.values(bridge ?? {})) expect(member).toBeTypeOf('function');
});

test('asks on one channel, whatever the page asks', async () => {
  const ran = run();
  await bridgeOf(ran).ask('station.info', {});
  await bridgeOf(ran).ask('openFile', { path: '/etc/passwd' });
  expect(ran.invoked).toEqual([
    ['ask', 'station.info', {}],
    ['ask', 'openFile', { path: '/etc/passwd' }],
  ]);
  expect([...ran.heard.keys()]).toEqual(['event']);
});

test('gives a listener the value of its own event and never Electron’s event object', () => {
  const ran = run();
  const heard: unknown[][] = [];
  const stop = bridgeOf(ran).on('job', (...args: unknown[]) => heard.push(args));
  const event = { sender: 'ipcRenderer', ports: [] };
  ran.heard.get('event')?.(event, 'job', { job: 'a' });
  ran.heard.get('event')?.(event, 'changed', { what: [] });
  expect(heard).toEqual([[{ job: 'a' }]]);
  stop();
  ran.heard.get('event')?.(event, 'job', { job: 'b' });
  expect(heard).toHaveLength(1);
});

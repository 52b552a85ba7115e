/** A device process that is silent, not dead: a call of the system may never come back. */
import { expect, it } from 'vitest';
import type { DeviceChild } from '../../../electron/station-api.ts';
import { DeviceProcess } from '../../../electron/workers/devices/client.ts';
import { ManualTimers } from '../../support/manual-timers.ts';

interface Asked {
  readonly kind: string;
  readonly number: number;
  readonly name: string;
}

/** A process that answers each call with nothing, for as long as it does. */
function children() {
  const all: { killed: number; answers: boolean; asked: string[] }[] = [];
  const start = (): DeviceChild => {
    const child = { killed: 0, answers: true, asked: [] as string[] };
    all.push(child);
    let listener: (message: unknown) => void = () => {};
    let ended: (code: number | null) => void = () => {};
    return {
      postMessage: (message) => {
        const { number, name } = message as Asked;
        child.asked.push(name);
        if (child.answers) queueMicrotask(() => listener({ kind: 'value', number, value: null }));
      },
      on: (_event, told) => {
        listener = told as (message: unknown) => void;
      },
      onEnd: (told) => {
        ended = told;
      },
      kill: () => {
        child.killed += 1;
        ended(null);
      },
    };
  };
  return { all, start };
}

it('is ended and started again; one that answers is left alone', async () => {
  const timers = new ManualTimers();
  const { all, start } = children();
  const layers: string[] = [];
  const devices = new DeviceProcess(
    { start },
    { simulated: null, live: null, own: '/nowhere' },
    {
      told: ({ layer }) => layers.push(layer.kind),
      read: () => {},
      sendOn: () => Promise.resolve({ kind: 'failed' }),
      stands: () => {},
      log: () => {},
      timers,
    },
  );
  devices.start();
  await timers.pass(10 * 60_000);
  expect(all.map(({ killed }) => killed)).toEqual([0]);
  expect(all[0]?.asked.filter((name) => name === 'opened').length).toBeGreaterThan(5);

  const [first] = all;
  if (first !== undefined) first.answers = false;
  await timers.pass(60_000);
  expect(first?.killed).toBe(1);
  expect(layers).toContain('restarting');
  expect(all).toHaveLength(2);
  await timers.pass(10 * 60_000);
  expect(all.map(({ killed }) => killed)).toEqual([1, 0]);
  if (all[1] !== undefined) all[1].answers = true;
  const closing = devices.close();
  await timers.pass(10_000);
  await closing;
  expect(timers.pending).toEqual([]);
});

/** A stick of which the device process lists a part first: it is offered, and the rest is waited for. */
import { MessageChannel } from 'node:worker_threads';
import { afterEach, expect, it } from 'vitest';
import type { DeviceSetup } from '../../../electron/station-api.ts';
import type { DeviceCalls, DeviceNews } from '../../../electron/workers/devices/calls.ts';
import { connect, type Call, type CallHandlers } from '../../../electron/workers/rpc.ts';
import type { FileList } from '../../../electron/sources/source.ts';
import { TestSimulator } from '../../sources/simulator.ts';
import { report } from '../../support/documents.ts';
import { docsDump } from '../../support/dumps.ts';
import { soon } from '../../support/soon.ts';
import { openTestStation, type TestStation } from '../../support/station.ts';

const BYTES: Readonly<Record<string, Uint8Array>> = {
  'a.json': docsDump([report('a')]),
  'b.json': docsDump([report('b')]),
  'half.bundle.json': Buffer.from('{"format":'),
};

let station: TestStation | undefined;
let simulator: TestSimulator | undefined;
afterEach(async () => {
  await station?.close();
  simulator?.remove();
});

/** A device process that lists what the test says. */
function devices(list: () => readonly string[]): {
  readonly setup: DeviceSetup;
  readonly tell: (look: number, isWhole: boolean) => void;
} {
  let call: Call<DeviceNews>;
  const listOf = (names: readonly string[]): FileList => ({
    files: names.map((name) => ({ file: name, name, bytes: BYTES[name]?.length ?? 0, modifiedMs: 0 })),
    missed: [],
  });
  const open: Uint8Array[] = [];
  const handlers: Partial<CallHandlers<DeviceCalls>> = {
    start: () => null,
    folders: () => null,
    files: () => listOf(list()),
    open: ({ file }) => open.push(BYTES[file] ?? new Uint8Array()) - 1,
    stat: ({ open: at }) => ({ bytes: open[at]?.length ?? 0, modifiedMs: 0 }),
    read: ({ open: at, offset, length }) => open[at]?.subarray(offset, offset + length) ?? new Uint8Array(),
    close: () => null,
    end: () => null,
  };
  return {
    setup: {
      start: () => {
        const { port1, port2 } = new MessageChannel();
        ({ call } = connect<DeviceCalls, DeviceNews>(port1, handlers as CallHandlers<DeviceCalls>));
        return {
          postMessage: (message) => port2.postMessage(message),
          on: (event, listener) => port2.on(event, listener as (message: unknown) => void),
          onEnd: () => {},
          kill: () => port1.close(),
        };
      },
    },
    tell: (look, isWhole) =>
      void call('snapshot', {
        layer: { kind: 'running' },
        looked: true,
        devices: [
          {
            source: 's',
            plugging: 1,
            identity: null,
            kind: 'drive',
            name: 'Stick',
            state: { kind: 'ready' },
            canEject: true,
            portable: true,
            look,
            isWhole,
          },
        ],
      }),
  };
}

it('what was found is offered and can be taken while the rest is looked for; nothing is said of the whole before', async () => {
  let names: readonly string[] = ['a.json', 'half.bundle.json'];
  const { setup, tell } = devices(() => names);
  simulator = new TestSimulator();
  station = await openTestStation({ simulator, devices: setup });
  const at = station;
  await at.ask('intake.configure', { auto: true });
  const seen = async () => {
    const [one] = (await at.ask('sources.list', {})).sources;
    return [
      one?.state.kind,
      one?.dumps.map(({ name, taken }) => [name, taken]),
      one?.unusable.map(({ name }) => name),
    ];
  };
  tell(1, false);
  // Not that one is half of something either: its other half may come.
  await soon(seen).toEqual(['looking', [['a.json', false]], []]);
  const end = await at.wait((await at.ask('intake.start', { source: 's', files: ['a.json'] })).job);
  expect(end).toMatchObject({ imports: [{ outcome: 'taken' }] });
  await soon(seen).toEqual(['looking', [['a.json', true]], []]);
  names = ['a.json', 'b.json', 'half.bundle.json'];
  tell(2, true);
  // And now what is new comes by itself.
  await soon(seen).toEqual([
    'ready',
    [
      ['a.json', true],
      ['b.json', true],
    ],
    ['half.bundle.json'],
  ]);
});

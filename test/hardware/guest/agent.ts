/**
 * Runs in the guest: the station itself, with its device process and its replica thread, asked over a serial
 * line as the window asks it.
 */
import { spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { forkedDevices } from '../../../electron/host/forked-devices.ts';
import { openStation } from '../../../electron/station.ts';
import type { Requests } from '../../../shared/contract.ts';
import type { Answers, Told } from './words.ts';

const write = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const tell = (told: Told): void => write(told);

const station = await openStation({
  dataDir: '/run/station',
  carrier: 'terminal',
  version: '0.0.0-rig',
  replicaWorkerUrl: new URL('../../../electron/replica-worker.ts', import.meta.url),
  devices: forkedDevices(),
  // The console of the guest: what a failed case prints.
  log: (line) => console.error(line),
});
station.on('job', (job) => tell({ tells: 'job', job }));
station.on('changed', ({ what }) => {
  if (!what.includes('sources')) return;
  void station.ask('sources.list', {}).then((answer) => {
    if (answer.ok) tell({ tells: 'sources', ...(answer.value as Requests['sources.list']['value']) });
  });
});

const answers: Answers = {
  shell: ({ command }) => {
    const done = spawnSync('bash', ['-c', command], { encoding: 'utf8', timeout: 60_000 });
    return Promise.resolve(`${done.stdout}${done.stderr}`.trim());
  },
  station: ({ name, params }) => station.ask(name, params),
};

createInterface(process.stdin).on('line', (line) => {
  const { ask, id, params } = JSON.parse(line) as { ask: keyof Answers; id: number; params: never };
  const work = async (): Promise<unknown> => answers[ask](params);
  work().then(
    (value) => write({ answers: id, value }),
    (error: unknown) => write({ answers: id, failed: error instanceof Error ? error.stack : String(error) }),
  );
});
tell({ tells: 'ready' });

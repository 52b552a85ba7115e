/** A station in a process of its own that copies the newer version on the only stick, and is killed meanwhile. */
import { forkedDevices } from '../../../electron/host/forked-devices.ts';
import { openStation } from '../../../electron/station.ts';
import type { UpdateState } from '../../../shared/updates.ts';
import { QUICK, REPLICA_WORKER } from '../../support/station.ts';

const [dataDir = '', simulated = '', keys = ''] = process.argv.slice(2);
const station = await openStation({
  dataDir,
  carrier: 'terminal',
  version: '1.1.0',
  replicaWorkerUrl: REPLICA_WORKER,
  devices: { ...forkedDevices(), simulated, pace: QUICK },
  updates: { keys, platform: 'linux', arch: 'x64', kinds: ['deb'], install: async () => 'installed' },
});
station.on('changed', () => void copy());
await copy();

async function copy(): Promise<void> {
  const answer = await station.ask('update.get', {});
  if (!answer.ok) return;
  for (const { source, file } of (answer.value as UpdateState).found)
    await station.ask('update.copy', { source, file });
}

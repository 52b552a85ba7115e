/** A station in a process of its own whose devices are simulated, in a process of theirs: `node station-with-devices.ts DATA`. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { forkedDevices } from '../../electron/host/forked-devices.ts';
import { openStation } from '../../electron/station.ts';

const [dataDir = ''] = process.argv.slice(2);
const simulated = join(dataDir, 'devices');
mkdirSync(simulated, { recursive: true });
await openStation({
  dataDir,
  carrier: 'terminal',
  version: '0.0.0-test',
  replicaWorkerUrl: new URL('../../electron/replica-worker.ts', import.meta.url),
  devices: { ...forkedDevices(), simulated },
});

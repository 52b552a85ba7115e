/** A station that takes what is plugged in by itself, until it is killed: `node device-child.ts DATA SIMULATOR [PROCESS]`. */
import { pathToFileURL } from 'node:url';
import { forkedDevices } from '../../../electron/host/forked-devices.ts';
import { openStation } from '../../../electron/station.ts';
import { QUICK, REPLICA_WORKER } from '../../support/station.ts';

const [dataDir = '', simulated = '', deviceProcess] = process.argv.slice(2);
/** The device process, where it is another one. */
const module = deviceProcess === undefined ? undefined : pathToFileURL(deviceProcess);
const station = await openStation({
  dataDir,
  carrier: 'terminal',
  version: '0.0.0-test',
  replicaWorkerUrl: REPLICA_WORKER,
  devices: { ...forkedDevices(module), simulated, pace: QUICK },
});
await station.ask('intake.configure', { auto: true });

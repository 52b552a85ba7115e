/** A station that is opened and closed: prints whether LevelDB's native module is still there. `node ending-child.ts DATA` */
import { readFileSync } from 'node:fs';
import { openStation } from '../../electron/station.ts';

const [dataDir = ''] = process.argv.slice(2);
const station = await openStation({
  dataDir,
  carrier: 'terminal',
  version: '0.0.0-test',
  replicaWorkerUrl: new URL('../../electron/replica-worker.ts', import.meta.url),
});
await station.close();
console.log(readFileSync('/proc/self/maps', 'utf8').includes('leveldown'));

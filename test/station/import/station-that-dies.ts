/** A station in a process of its own, whose worker kills the program over a dump called `fatal.json`. */
import { openStation } from '../../../electron/station.ts';

const [dataDir = '', ...paths] = process.argv.slice(2);
const station = await openStation({
  dataDir,
  carrier: 'terminal',
  version: '0.0.0-test',
  replicaWorkerUrl: new URL('failing-worker.ts', import.meta.url),
});
for (const path of paths) await station.ask('intake.start', { source: await station.addPath(path) });
// Nothing else keeps the process: it ends when every job has ended, or is killed before.
station.on('job', ({ end }) => {
  if (end !== null) void station.close();
});

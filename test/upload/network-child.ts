/** A process of its own that asks servers over the system's network: authorities and proxy are settings of a whole process. */
import { findServer } from '../../electron/upload/find-server.ts';
import { systemFetch } from '../../electron/upload/network.ts';
import { StationError } from '../../shared/errors.ts';

const log: string[] = [];
// What Electron would tell of the system's settings.
const { SYSTEM_PROXY } = process.env;
const fetcher = systemFetch(
  (line) => log.push(line),
  SYSTEM_PROXY === undefined ? undefined : async () => SYSTEM_PROXY,
);
const answers: string[] = [];
for (const url of process.argv.slice(2)) {
  answers.push(
    await findServer({ url, fetch: fetcher }).then(
      () => 'found',
      (error: unknown) => (error instanceof StationError ? error.code : String(error)),
    ),
  );
}
process.stdout.write(JSON.stringify({ answers, log }));

/** The station while its ledger is damaged or gone: what only reads is answered from the last backup. */
import { StationError } from '../../shared/errors.ts';
import { removeLedger } from '../ledger/backup.ts';
import type { StationOptions } from '../station-api.ts';
import type { Core } from './core.ts';
import { healthOf } from './health/health.ts';
import { openForReading } from './health/ledger.ts';
import { Jobs } from './jobs.ts';
import { answerOf, changesSomething, coreOf, makeParts, type Base, type Inner } from './parts.ts';

/** The station while its ledger is damaged or gone: receipts and everything else can be read as the last backup has it. */
export async function openTroubled(
  options: StationOptions,
  base: Base,
  state: 'damaged' | 'gone',
  repair: Inner['repair'],
): Promise<Inner> {
  const { db, file } = await openForReading(options.dataDir, base.folders.backups);
  const failure = new StationError(state === 'gone' ? 'ledger-gone' : 'ledger-damaged');
  const replica: Core['replica'] = {
    call: () => Promise.reject(failure),
    found: failure,
    failure: () => null,
    close: async () => {},
  };
  const jobs = new Jobs((job) => base.events.tell('job', job), base.clock, base.log, base.timers);
  const core = coreOf(options, { ...base, db }, { replica, jobs, joins: new Map() });
  const made = makeParts(
    { ...core, options: { ...options, devices: null } },
    {
      get: () => healthOf(core, state),
      repair,
    },
  );
  return {
    ask: async (name, params) =>
      changesSomething(name)
        ? { ok: false, code: failure.code }
        : answerOf(base.log, made.handlers, name, params),
    addPath: () => Promise.reject(failure),
    settled: async () => {},
    repair,
    trouble: failure,
    close: async () => {
      await Promise.all([jobs.stopAll(), made.sources.close()]);
      db.close();
      await removeLedger(file);
    },
  };
}

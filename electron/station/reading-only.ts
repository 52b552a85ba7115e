/**
 * The station while its ledger cannot be used: what only reads is answered, from the ledger itself where nothing can be
 * written, from the last backup where it is damaged or gone.
 */
import { isRequestName } from '../../shared/answer.ts';
import { StationError } from '../../shared/errors.ts';
import { LEDGER_TROUBLES } from '../../shared/health.ts';
import { mayAsk } from '../../shared/permissions.ts';
import type { StationOptions } from '../station-api.ts';
import type { Core } from './core.ts';
import { healthOf } from './health/health.ts';
import { openForReading, type LedgerTrouble } from './health/ledger.ts';
import { Jobs } from './jobs.ts';
import { answerOf, coreOf, makeParts, type Base, type Inner } from './parts.ts';
import { changesSomething } from './reading-requests.ts';

export async function openTroubled(
  options: StationOptions,
  base: Base,
  state: LedgerTrouble,
  repair: Inner['repair'],
): Promise<Inner> {
  const { db, close } = await openForReading(options.dataDir, base.folders.backups, state);
  const failure = new StationError(LEDGER_TROUBLES[state]);
  const replica: Core['replica'] = {
    call: () => Promise.reject(failure),
    found: failure,
    failure: () => null,
    close: () => Promise.resolve(false),
  };
  const jobs = new Jobs((job) => base.events.tell('job', job), base.clock, base.log, base.timers);
  base.desk.use(db, false);
  const core = coreOf(
    { ...options, devices: null },
    { ...base, db },
    { replica, jobs, joins: new Map(), storeDamaged: () => {} },
  );
  const made = makeParts(core, {
    get: () => healthOf(core, state),
    repair,
    renewBackups: () => Promise.reject(failure),
  });
  return {
    // Whoever may not ask is told nothing of the trouble either.
    ask: async (name, params, asker = core.desk.asker()) =>
      isRequestName(name) && mayAsk(asker, name) && changesSomething(name)
        ? { ok: false, code: failure.code }
        : answerOf(core, made.handlers, name, params, asker),
    addPath: () => Promise.reject(failure),
    settled: async () => {},
    repair,
    trouble: failure,
    close: async () => {
      await Promise.all([jobs.stopAll(), made.sources.close()]);
      await close();
    },
  };
}

/** The station where not even reading is possible: everything is answered with the reason. */
export function closedFor(trouble: StationError, repair: Inner['repair']): Inner {
  const { code } = trouble;
  return {
    ask: async (name) => {
      if (name === 'health.repair') await repair().catch(() => {});
      return { ok: false, code };
    },
    addPath: () => Promise.reject(trouble),
    settled: async () => {},
    repair,
    trouble,
    close: async () => {},
  };
}

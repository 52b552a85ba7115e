/**
 * The station: joins the stages into the handlers of the contract. It knows no Electron; the window, the
 * browser and the terminal all talk to what `openStation` returns. It owns all state.
 */
import { join } from 'node:path';
import { StationError } from '../shared/errors.ts';
import type { HealthRepair, LedgerRestored } from '../shared/health.ts';
import { SYSTEM_TIMERS } from '../shared/timers.ts';
import { listBackups } from './ledger/backup.ts';
import type { DecisionMaker } from './ledger/keys.ts';
import type { OpenStation, StationOptions } from './station-api.ts';
import { assemble } from './station/assemble.ts';
import { EventHub } from './station/events.ts';
import { copiesHere } from './station/health/copies.ts';
import { openLedger, repairLedger } from './station/health/ledger.ts';
import { makeFolders } from './station/own-folders.ts';
import { PERSON, type Inner } from './station/parts.ts';
import { openTroubled } from './station/reading-only.ts';

/**
 * Opens the station's data folder, finishes what an earlier run left, and is ready to answer. Where the ledger is damaged
 * or gone, it answers what only reads, from the last backup, until the ledger is repaired.
 * @throws StationError `data-in-use`, `data-too-new`, `data-not-writable`, `disk-full`, `replica-unreachable`
 */
export async function openStation(options: StationOptions): Promise<OpenStation> {
  const clock = options.clock ?? Date.now;
  const log = options.log ?? (() => {});
  const timers = options.timers ?? SYSTEM_TIMERS;
  const at = (name: string): string => join(options.dataDir, name);
  const folders = {
    dumps: at('dumps'),
    made: at('made'),
    backups: at('backups'),
    incoming: at('incoming'),
    parts: at('parts'),
    phones: at('phones'),
  };
  await makeFolders(options.dataDir, Object.values(folders));
  const events = new EventHub(log, timers);
  const base = { clock, timers, log, folders, events };
  const ledger = at('ledger.sqlite');
  const by = (): DecisionMaker => ({ person: PERSON.name, at: new Date(clock()).toISOString() });

  const open = async (restored: LedgerRestored | null): Promise<Inner> => {
    // Once it was repaired, what lies here has been put back as far as it can be.
    const tellsOfEarlier =
      restored === null &&
      ((await listBackups(folders.backups)).length > 0 || (await copiesHere(base)).length > 0);
    const found = await openLedger(ledger, folders.backups, tellsOfEarlier, by());
    if (typeof found === 'string') {
      log(`the ledger is ${found}`);
      return openTroubled(options, base, found, repair);
    }
    try {
      return await assemble(options, { ...base, db: found }, restored, repair);
    } catch (error) {
      found.close();
      throw error;
    }
  };
  let inner: Promise<Inner> = open(null);
  const repair = async (): Promise<HealthRepair> => {
    const before = await inner;
    const failures: StationError[] = [];
    inner = (async () => {
      await before.close();
      try {
        // Perhaps only indexes are damaged, or the backup was and not the ledger: then nothing is lost.
        const again = before.trouble === null ? await open(null) : before;
        if (again !== before && again.trouble === null) return again;
        if (again !== before) await again.close();
        return await open(await repairLedger(ledger, folders.backups, by()));
      } catch (error) {
        failures.push(error instanceof StationError ? error : new StationError('internal', undefined, error));
        // As it was before: receipts stay readable, and it can be tried again.
        return open(null);
      }
    })();
    const after = await inner;
    const failure = failures[0] ?? after.trouble;
    if (failure !== null) throw failure;
    const repaired = await after.repair();
    events.changed('sources', 'intake', 'batches', 'conflicts', 'outbox', 'server', 'settings', 'health');
    return repaired;
  };
  await inner;
  let closed: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    await (await inner).close();
    events.close();
  };

  return {
    ask: async (name, params) => (await inner).ask(name, params),
    on: (name, listener) => events.on(name, listener),
    settled: async () => (await inner).settled(),
    addPath: async (path) => (await inner).addPath(path),
    close: () => (closed ??= close()),
  };
}

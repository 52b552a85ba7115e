/**
 * The station: joins the stages into the handlers of the contract. It knows no Electron; the window, the
 * browser and the terminal all talk to what `openStation` returns. It owns all state.
 */
import { join } from 'node:path';
import { StationError } from '../shared/errors.ts';
import type { Events, RequestName } from '../shared/contract.ts';
import { STATION } from '../shared/people.ts';
import type { Asker } from '../shared/permissions.ts';
import { LEDGER_TROUBLES, type HealthRepair, type LedgerRestored } from '../shared/health.ts';
import { SYSTEM_TIMERS } from '../shared/timers.ts';
import { listBackups } from './ledger/backup.ts';
import { describeFailure } from './host/failures.ts';
import { isAboutWriting } from './ledger/database.ts';
import type { DecisionMaker } from './ledger/keys.ts';
import type { OpenStation, StationOptions } from './station-api.ts';
import { assemble } from './station/assemble.ts';
import { FirstRestore } from './station/backup/first-restore.ts';
import { checkUnused, finishRestore, putInPlace } from './station/backup/put-in-place.ts';
import { EventHub } from './station/events.ts';
import { copiesHere } from './station/health/copies.ts';
import { cannotWrite, ledgerIn, openLedger, repairLedger, troubleOf } from './station/health/ledger.ts';
import { canWrite, makeFolders } from './station/own-folders.ts';
import type { Inner } from './station/parts.ts';
import { whoActs } from './station/people/acting.ts';
import { Desk } from './station/people/desk.ts';
import { closedFor, openTroubled } from './station/reading-only.ts';
import { isThisComputer } from './station/server/server.ts';

export { restoreStation } from './station/backup/restore.ts';

/** After so many milliseconds a station that could not write tries again. */
const AGAIN_MS = 15_000;

const EVERYTHING = [
  'sources',
  'intake',
  'batches',
  'conflicts',
  'outbox',
  'server',
  'settings',
  'health',
  'updates',
] as const satisfies Events['changed']['what'];

/** A shared replica holds what the server holds: it is reached by https, without only on this computer. */
function checkReplica(replica: string | undefined): void {
  if (replica === undefined || !/^http:/i.test(replica)) return;
  const url = URL.parse(replica);
  if (url === null || !isThisComputer(url)) throw new StationError('bad-replica');
}

/**
 * Opens the station's data folder, finishes what an earlier run left, and is ready to answer. Where the ledger is damaged
 * or gone, or nothing can be written, it answers what only reads until that is over: a ledger is repaired when a person
 * says so, and a disk that was full is tried again by itself.
 * @throws StationError `data-in-use`, `data-too-new`, `data-not-writable`, `disk-full` (nothing is there yet that could
 *   be read), `replica-unreachable`, `bad-replica`
 */
export async function openStation(options: StationOptions): Promise<OpenStation> {
  checkReplica(options.replica);
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
    parcels: at('parcels'),
    updates: at('updates'),
  };
  const events = new EventHub(log, timers);
  const desk = new Desk({ clock, timers, changed: (...what) => events.changed(...what) }, options);
  const firstRestore: FirstRestore = new FirstRestore(
    { clock, log, changed: (...what) => events.changed(...what), takePlace: () => takePlace() },
    options,
  );
  const base = { clock, timers, log, folders, events, desk, firstRestore };
  const ledger = ledgerIn(options.dataDir);
  const by = (): DecisionMaker => ({ person: whoActs(), at: new Date(clock()).toISOString() });
  /** What was put back, until the ledger itself tells of it. */
  let restored: LedgerRestored | null = null;

  const openWhole = async (): Promise<Inner> => {
    await finishRestore(options.dataDir);
    await makeFolders(options.dataDir, Object.values(folders));
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
      const whole = await assemble(options, { ...base, db: found }, restored, repair);
      restored = null;
      return whole;
    } catch (error) {
      found.close();
      throw error;
    }
  };
  const open = async (): Promise<Inner> => {
    try {
      return await openWhole();
    } catch (error) {
      const unwritable = cannotWrite(error);
      if (unwritable === null) throw error;
      const trouble = await troubleOf(ledger, folders.backups, unwritable);
      if (trouble === null) throw error;
      log(`the ledger is ${trouble}: ${describeFailure(error)}`);
      return openTroubled(options, base, trouble, repair);
    }
  };
  let inner: Promise<Inner> = open();
  /** Opens it once more as far as it goes now. What is in the way is what every question is answered with. */
  const openAgain = (): Promise<Inner> =>
    open().catch((error: unknown) => {
      log(`it could not be opened again: ${describeFailure(error)}`);
      return closedFor(failureOf(error), repair);
    });
  /** What was restored beside it becomes this station, which nobody has used. */
  const takePlace = async (): Promise<void> => {
    const before = await inner;
    const failures: StationError[] = [];
    inner = (async () => {
      try {
        await before.close();
        await checkUnused(options.dataDir);
        await putInPlace(options.dataDir);
      } catch (error) {
        failures.push(failureOf(error));
      }
      return openAgain();
    })();
    await inner;
    events.changed(...EVERYTHING, 'desk');
    void watch();
    if (failures[0] !== undefined) throw failures[0];
  };
  const repairNow = async (): Promise<HealthRepair> => {
    const before = await inner;
    const failures: StationError[] = [];
    inner = (async () => {
      try {
        await before.close();
        if (!isBroken(before)) {
          // Perhaps only indexes are damaged, or the backup was and not the ledger, or there is room again: then nothing
          // is lost.
          const again = await openAgain();
          if (!isBroken(again)) return again;
          await again.close();
        }
        restored = await repairLedger(ledger, folders.backups, by());
      } catch (error) {
        // As it was before: receipts stay readable, and it can be tried again.
        failures.push(failureOf(error));
      }
      return openAgain();
    })();
    const after = await inner;
    const failure = failures[0] ?? after.trouble;
    if (failure !== null) throw failure;
    return after.repair();
  };
  let repairing: Promise<HealthRepair> | null = null;
  // Asked twice at once, it is one repair.
  const repair = (): Promise<HealthRepair> =>
    (repairing ??= repairNow().finally(() => {
      repairing = null;
      events.changed(...EVERYTHING);
      void watch();
    }));
  await inner;

  let closed: Promise<void> | null = null;
  let callOff = (): void => {};
  /** While nothing can be written, it is tried again by itself. */
  const watch = async (): Promise<void> => {
    callOff();
    const { trouble } = await inner;
    if (closed === null && trouble !== null && isAboutWriting(trouble))
      callOff = timers.after(AGAIN_MS, () => void tryAgain());
  };
  const tryAgain = async (): Promise<void> => {
    const before = await inner;
    const mayOpen = (await canWrite(options.dataDir)) && closed === null && (await inner) === before;
    if (mayOpen) {
      inner = before.close().then(openAgain);
      await inner;
      events.changed(...EVERYTHING);
    }
    await watch();
  };
  await watch();
  const close = async (): Promise<void> => {
    callOff();
    await firstRestore.stop();
    await repairing?.catch(() => {});
    await (await inner).close();
    desk.close();
    events.close();
  };

  return {
    ask: async (name, params) => (await inner).ask(name, params),
    on: (name, listener) =>
      events.on(name, (event) => {
        // Jobs name people. Whoever comes asks for the list.
        if (name !== 'job' || desk.asker().state === 'in') listener(event);
      }),
    inside: {
      ask: async (name, params) => {
        const asker = INSIDE.get(name);
        return asker === undefined
          ? { ok: false, code: 'not-allowed' }
          : (await inner).ask(name, params, asker);
      },
      on: (name, listener) => events.on(name, listener),
    },
    settled: async () => (await inner).settled(),
    addPath: async (path) => (await inner).addPath(path),
    close: () => (closed ??= close()),
  };
}

const ITSELF: Asker = { state: 'in', person: { name: STATION, role: 'admin', by: 'computer' } };
/** What the program itself asks, and as whom. */
const INSIDE: ReadonlyMap<unknown, Asker> = new Map<RequestName, Asker>([
  ['jobs.list', ITSELF],
  ['settings.get', ITSELF],
  ['restore.get', { state: 'first' }],
]);

/** Its ledger has to be put back. */
function isBroken({ trouble }: Inner): boolean {
  return trouble?.code === 'ledger-damaged' || trouble?.code === 'ledger-gone';
}

function failureOf(error: unknown): StationError {
  if (error instanceof StationError) return error;
  const trouble = cannotWrite(error);
  return new StationError(trouble === null ? 'internal' : LEDGER_TROUBLES[trouble], undefined, error);
}

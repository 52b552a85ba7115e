/**
 * The station: joins the stages into the handlers of the contract. It knows no Electron; the window, the
 * browser and the terminal all talk to what `openStation` returns. It owns all state.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { stat } from 'node:fs/promises';
import { answer, isRequestName, type Answer, type Handlers } from '../shared/answer.ts';
import type { Person, RequestName } from '../shared/contract.ts';
import { StationError } from '../shared/errors.ts';
import type { HealthRepair, LedgerRestored } from '../shared/health.ts';
import { asReadError } from '../shared/read-errors.ts';
import { audit } from './ledger/audit.ts';
import type { DecisionMaker } from './ledger/keys.ts';
import { setSetting, setting } from './ledger/settings.ts';
import { endInterruptedUploads } from './ledger/uploads.ts';
import { unfinishedDumps } from './ledger/dumps.ts';
import type { OpenStation, StationOptions } from './station-api.ts';
import type { Core } from './station/core.ts';
import { EventHub } from './station/events.ts';
import { makeHandlers, type HealthHandlers } from './station/handlers.ts';
import { LedgerBackups } from './station/health/backups.ts';
import { copiesHere, unknownCopies } from './station/health/copies.ts';
import { healthOf } from './station/health/health.ts';
import { listBackups, removeLedger } from './ledger/backup.ts';
import { openForReading, openLedger, repairLedger } from './station/health/ledger.ts';
import { takeCopies } from './station/health/take-copies.ts';
import { Jobs } from './station/jobs.ts';
import { describeFailure } from './host/failures.ts';
import { startReplicaWorker } from './workers/replica/client.ts';
import { ChosenSources } from './station/sources/chosen.ts';
import { DeviceProcess } from './workers/devices/client.ts';
import { DeviceSources } from './station/sources/plugged.ts';
import {
  healStore,
  noteStoreClosed,
  noteStoreOpened,
  oweCheck,
  storeFolder,
  storeNeed,
  type StoreNeed,
} from './station/health/store.ts';
import { Intakes } from './station/import/queue.ts';
import { dumpsOfPhones, liveSetup, Phones } from './station/sources/phones.ts';
import { Sources } from './station/sources/index.ts';
import { tidyParts } from './intake/parts.ts';
import { takeFiles, takeUnfinished } from './station/import/job.ts';
import { answersToReplicaWorker } from './station/import/record-step.ts';
import { setServer } from './station/server/server.ts';
import { SYSTEM_TIMERS } from '../shared/timers.ts';
import { UPLOAD_PACE } from '../shared/upload-pace.ts';
import { systemFetch } from './upload/network.ts';
import { SignInThrottle } from './upload/sign-in-throttle.ts';

/** What an open station does, as long as its ledger is the same one. */
interface Inner {
  ask(name: unknown, params: unknown): Promise<Answer>;
  offerPath(path: string): Promise<string>;
  settled(): Promise<void>;
  repair(): Promise<HealthRepair>;
  /** Why nothing but reading is possible. */
  readonly trouble: StationError | null;
  close(): Promise<void>;
}

type Base = Pick<Core, 'clock' | 'timers' | 'log' | 'folders'> & { readonly events: EventHub };

/**
 * Opens the station's data folder, finishes what an earlier run left, and is ready to answer. Where the ledger is damaged
 * or gone, it answers what only reads, from the last backup, until the ledger is repaired.
 * @throws StationError `data-in-use`, `data-too-new`, `replica-unreachable`
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
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true, mode: 0o700 });
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
    offerPath: async (path) => (await inner).offerPath(path),
    close: () => (closed ??= close()),
  };
}

/** The station while its ledger is damaged or gone: receipts and everything else can be read as the last backup has it. */
async function openTroubled(
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
      isRequestName(name) && !READING.has(name)
        ? { ok: false, code: failure.code }
        : answerOf(base.log, made.handlers, name, params),
    offerPath: () => Promise.reject(failure),
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

/** Requests that change nothing. */
const READING: ReadonlySet<RequestName> = new Set<RequestName>([
  'station.info',
  'station.status',
  'health.get',
  'health.repair',
  'settings.get',
  'sources.list',
  'intake.settings',
  'intake.list',
  'jobs.list',
  'batches.list',
  'batch.get',
  'people.names',
  'changes.list',
  'conflicts.list',
  'server.get',
  'outbox.owners',
  'refusals.list',
  'refusals.count',
  'refusals.csv',
  'uploads.list',
  'receipt.get',
  'ledger.list',
  'ledger.export',
  'ledger.verify',
]);

const PERSON: Person = { name: 'station', role: 'everything' };

function answerOf(log: Core['log'], handlers: Handlers, name: unknown, params: unknown): Promise<Answer> {
  return answer(handlers, PERSON, name, params, (code, request, cause) => {
    log(`${request} failed: ${code} ${describeFailure(cause)}`);
  });
}

function coreOf(
  options: StationOptions,
  { events, ...base }: Base & Pick<Core, 'db'>,
  parts: Pick<Core, 'replica' | 'jobs' | 'joins'>,
): Core {
  const { clock, log, timers } = base;
  return {
    ...base,
    ...parts,
    options,
    person: PERSON.name,
    now: () => new Date(clock()).toISOString(),
    tell: (name, event) => events.tell(name, event),
    changed: (...what) => events.changed(...what),
    fetch: systemFetch(log, options.systemProxy),
    storeDamaged: () => {},
    throttle: new SignInThrottle(options.pace?.signInWindowMs ?? UPLOAD_PACE.signInWindowMs, timers),
  };
}

/** What watches devices, what imports, and what answers. */
function makeParts(core: Core, health: HealthHandlers) {
  const { jobs, log, timers, options } = core;
  const intakes = new Intakes(jobs, () => core.changed('sources'));
  const simulated = options.devices?.simulated ?? options.practice?.devices ?? null;
  const devices = new DeviceProcess(
    options.devices ?? null,
    { simulated, live: liveSetup(core), own: options.dataDir },
    {
      told: (snapshot) => plugged.told(snapshot),
      read: (news) => phones.told(news),
      log,
      timers,
    },
  );
  const plugged = new DeviceSources(core, devices, intakes);
  const chosen = new ChosenSources(core, (source) => intakes.isInUse(source));
  const sources = new Sources(core, { chosen, plugged, devices, intakes });
  const phones = new Phones(core, devices);
  return { intakes, sources, handlers: makeHandlers(core, sources, { phones, intakes, health }, PERSON) };
}

/** @param repairAll what a ledger needs that was found damaged since: it is closed and opened again */
async function assemble(
  options: StationOptions,
  base: Base & Pick<Core, 'db'>,
  restored: LedgerRestored | null,
  repairAll: Inner['repair'],
): Promise<Inner> {
  const { db, clock, timers, log, events } = base;
  const now = (): string => new Date(clock()).toISOString();
  const jobs = new Jobs((job) => events.tell('job', job), clock, log, timers);
  const joins: Core['joins'] = new Map();
  let damaged = (): void => {};
  const replica = await startReplicaWorker(
    options.replicaWorkerUrl,
    options.replica ?? join(options.dataDir, 'replica'),
    answersToReplicaWorker({ db, joins, person: PERSON.name, now, clock }, jobs),
    { log, timers, damaged: () => damaged() },
  );
  const core: Core = { ...coreOf(options, base, { replica, jobs, joins }), storeDamaged: () => damaged() };
  const backups = new LedgerBackups(core);
  const repair = async (): Promise<HealthRepair> => {
    const started: string[] = [];
    // The history first: the store is looked through by what it says.
    if ((await unknownCopies(core)).length > 0)
      started.push(made.intakes.start(null, '', (job) => takeCopies(core, job)));
    if (storeFolder(core) !== null) started.push(healLater(core, made.intakes, 'check'));
    return { restored, jobs: started };
  };
  const made = makeParts(core, {
    get: () => healthOf(core, backups.isDamaged ? 'damaged' : 'good'),
    repair: () => (backups.isDamaged ? repairAll() : repair()),
  });
  damaged = () => {
    oweCheck(core);
    if (!jobs.isRunning('restore')) healLater(core, made.intakes, 'check');
  };
  const stopListening = events.on('job', ({ kind, end }) => {
    if (end?.kind === 'failed' && end.code === 'ledger-damaged') backups.noteDamage();
    if (end !== null && (kind === 'intake' || kind === 'upload' || kind === 'restore')) backups.soon();
  });
  try {
    if (restored !== null) noteRestored(core, restored);
    await begin(core, made.sources, made.intakes);
    await backups.begin();
  } catch (error) {
    await replica.close();
    throw error;
  }
  const { sources } = made;
  return {
    ask: async (name, params) => {
      // Nothing is built upon a ledger that is not whole.
      if (backups.isDamaged && isRequestName(name) && !READING.has(name) && name !== 'job.stop')
        return { ok: false, code: 'ledger-damaged' };
      const answered = await answerOf(log, made.handlers, name, params);
      if (!answered.ok && answered.code === 'ledger-damaged') backups.noteDamage();
      return answered;
    },
    settled: () => sources.settled(),
    offerPath: async (path) => sources.chosen.add(await kindOf(path), path, basename(path)),
    repair,
    trouble: null,
    close: async () => {
      await Promise.all([jobs.stopAll(), sources.close()]);
      stopListening();
      await backups.close();
      await replica.close();
      noteStoreClosed(core);
      db.close();
    },
  };
}

function noteRestored(core: Core, restored: LedgerRestored): void {
  core.db.transaction(() => {
    setSetting(core.db, 'ledger.restored', JSON.stringify(restored));
    audit(core.db, { person: core.person, at: core.now() }, 'ledger-restored', {
      detail: { backup: restored.backup, aside: restored.aside },
    });
  });
}

function healLater(core: Core, intakes: Intakes, need: StoreNeed): string {
  return intakes.start(null, '', (job) => healStore(core, job, need), 'restore');
}

/** The beginning of a dump whose device nobody brought back. */
const PARTS_KEPT_MS = 60 * 24 * 60 * 60_000;

/** What every start does: clear away half copies, finish dumps, begin to look at what is plugged in. */
async function begin(core: Core, sources: Sources, intakes: Intakes): Promise<void> {
  for (const name of await readdir(core.folders.dumps)) {
    if (name.endsWith('.part')) await rm(join(core.folders.dumps, name), { force: true });
  }
  for (const name of await readdir(core.folders.incoming))
    await rm(join(core.folders.incoming, name), { recursive: true, force: true });
  await tidyParts(core.folders.parts, new Date(core.clock() - PARTS_KEPT_MS).toISOString());
  const need = storeNeed(core);
  noteStoreOpened(core, need);
  // Before anything is imported: it must not go into a store that is not sound.
  if (need !== 'nothing') healLater(core, intakes, need);
  endInterruptedUploads(core.db, core.now());
  if (setting(core.db, 'station.name') === null) setSetting(core.db, 'station.name', hostname());
  const practice = core.options.practice;
  if (practice) await setServer(core, practice.url);
  if (unfinishedDumps(core.db).length > 0) intakes.start(null, '', (job) => takeUnfinished(core, job));
  const read = await dumpsOfPhones(core);
  if (read.length > 0) intakes.start(null, '', (job) => takeFiles(core, job, read, {}));
  await sources.begin();
}

async function kindOf(path: string): Promise<'file' | 'folder'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    throw asReadError(error);
  }
}

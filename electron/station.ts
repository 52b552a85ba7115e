/**
 * The station: joins the stages into the handlers of the contract. It knows no Electron; the window, the
 * browser and the terminal all talk to what `openStation` returns. It owns all state.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { stat } from 'node:fs/promises';
import { answer, type Answer } from '../shared/answer.ts';
import type { Person } from '../shared/contract.ts';
import { asReadError } from '../shared/read-errors.ts';
import { Database } from './ledger/database.ts';
import { setSetting, setting } from './ledger/settings.ts';
import { endInterruptedUploads } from './ledger/uploads.ts';
import { unfinishedDumps } from './ledger/dumps.ts';
import type { OpenStation, StationOptions } from './station-api.ts';
import type { Core } from './station/core.ts';
import { EventHub } from './station/events.ts';
import { makeHandlers } from './station/handlers.ts';
import { Jobs } from './station/jobs.ts';
import { describeFailure } from './host/failures.ts';
import { startReplicaWorker } from './workers/replica/client.ts';
import { ChosenSources } from './station/sources/chosen.ts';
import { DeviceProcess } from './workers/devices/client.ts';
import { DeviceSources } from './station/sources/plugged.ts';
import { healStore, noteStoreOpen, storeNeed, type StoreNeed } from './station/health/store.ts';
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

/**
 * Opens the station's data folder, finishes what an earlier run left, and is ready to answer.
 * @throws StationError `data-in-use`, `data-too-new`, `replica-failed`, `replica-unreachable`
 */
export async function openStation(options: StationOptions): Promise<OpenStation> {
  const clock = options.clock ?? Date.now;
  const log = options.log ?? (() => {});
  const timers = options.timers ?? SYSTEM_TIMERS;
  const at = (name: string): string => join(options.dataDir, name);
  const folders = {
    dumps: at('dumps'),
    made: at('made'),
    incoming: at('incoming'),
    parts: at('parts'),
    phones: at('phones'),
  };
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true, mode: 0o700 });
  const db = Database.open(join(options.dataDir, 'ledger.sqlite'));
  try {
    return await assemble(options, { db, clock, timers, log, folders });
  } catch (error) {
    db.close();
    throw error;
  }
}

async function assemble(
  options: StationOptions,
  base: Pick<Core, 'db' | 'clock' | 'timers' | 'log' | 'folders'>,
): Promise<OpenStation> {
  const { db, clock, timers, log } = base;
  const person: Person = { name: 'station', role: 'everything' };
  const now = (): string => new Date(clock()).toISOString();
  const events = new EventHub(log, timers);
  const jobs = new Jobs((job) => events.tell('job', job), clock, log, timers);
  const joins: Core['joins'] = new Map();
  const replica = await startReplicaWorker(
    options.replicaWorkerUrl,
    options.replica ?? join(options.dataDir, 'replica'),
    answersToReplicaWorker({ db, joins, person: person.name, now, clock }, jobs),
    { log, timers, damaged: () => core.storeDamaged() },
  );
  const core: Core = {
    ...base,
    replica,
    jobs,
    options,
    person: person.name,
    now,
    tell: (name, event) => events.tell(name, event),
    changed: (...what) => events.changed(...what),
    fetch: systemFetch(log, options.systemProxy),
    joins,
    hasRestored: false,
    storeDamaged: () => {
      if (!jobs.isRunning('restore')) healLater(core, intakes, 'check');
    },
    throttle: new SignInThrottle(options.pace?.signInWindowMs ?? UPLOAD_PACE.signInWindowMs, timers),
  };
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
  const handlers = makeHandlers(core, sources, { phones, intakes }, person);
  try {
    await begin(core, sources, intakes);
  } catch (error) {
    await replica.close();
    throw error;
  }

  const close = async (): Promise<void> => {
    await Promise.all([jobs.stopAll(), sources.close()]);
    await replica.close();
    noteStoreOpen(core, false);
    events.close();
    db.close();
  };
  let closed: Promise<void> | null = null;

  return {
    ask: (name, params): Promise<Answer> =>
      answer(handlers, person, name, params, (code, request, cause) => {
        log(`${request} failed: ${code} ${describeFailure(cause)}`);
      }),
    on: (name, listener) => events.on(name, listener),
    settled: () => sources.settled(),
    offerPath: async (path) => sources.chosen.add(await kindOf(path), path, basename(path)),
    close: () => (closed ??= close()),
  };
}

function healLater(core: Core, intakes: Intakes, need: StoreNeed): void {
  intakes.start(null, '', (job) => healStore(core, job, need), 'restore');
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
  noteStoreOpen(core, true);
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

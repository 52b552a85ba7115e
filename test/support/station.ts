/**
 * A station for one test: an empty data folder, the real replica worker, and if wanted a practice server.
 * What a test opens here is gone after `close`: folder, worker, server.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job, JobEnd, RequestName, Requests } from '../../shared/contract.ts';
import { StationError } from '../../shared/errors.ts';
import type { ImportResult } from '../../shared/intake.ts';
import { MessageChannel } from 'node:worker_threads';
import { serveDevices } from '../../electron/workers/devices/serve.ts';
import type { Port } from '../../electron/workers/rpc.ts';
import type { DeviceSetup, OpenStation, StationOptions } from '../../electron/station-api.ts';
import { forkedDevices } from '../../electron/host/forked-devices.ts';
import type { Simulator } from '../../electron/sources/simulated/simulator.ts';
import { openStation } from '../../electron/station.ts';
import type { DevicePace } from '../../shared/device-pace.ts';
import { startPracticeServer, type PracticeServer } from '../../electron/practice/server.ts';
import type { Timers } from '../../shared/timers.ts';

export const REPLICA_WORKER = new URL('../../electron/replica-worker.ts', import.meta.url);

/** Devices that are as quick as simulated ones are. */
export const QUICK: Partial<DevicePace> = {
  looks: [0, 30, 100, 300],
  automount: 50,
  arriving: 400,
  healEvery: 100,
  safeShown: 200,
  confirm: 20,
  settle: 150,
};

export interface TestStationOptions {
  /** The server of the station: a practice server that runs, or `true` to start one that ends with the station. */
  readonly practice?: PracticeServer | true;
  /** A data folder that stays after `close`; without it a temporary one. */
  readonly dataDir?: string;
  readonly clock?: () => number;
  readonly timers?: Timers;
  readonly replica?: string;
  readonly freeBytes?: () => Promise<number>;
  readonly freeBytesAt?: StationOptions['freeBytesAt'];
  readonly encryption?: StationOptions['encryption'];
  readonly phoneRule?: StationOptions['phoneRule'];
  readonly pace?: StationOptions['pace'];
  readonly choose?: StationOptions['choose'];
  readonly updates?: StationOptions['updates'];
  readonly version?: string;
  readonly secrets?: StationOptions['secrets'];
  readonly power?: StationOptions['power'];
  readonly carrier?: StationOptions['carrier'];
  /** Nobody is set up in a window's station; else its administrator is, and works there. */
  readonly first?: true;
  /** Who signs in where people were set up before. */
  readonly signIn?: { readonly name: string; readonly secret: string };
  /** Phones that are read directly. */
  readonly live?: StationOptions['live'];
  /** As in practice mode. */
  readonly stick?: StationOptions['practice'];
  /** Simulated devices. */
  readonly simulator?: Simulator;
  readonly devicePace?: Partial<DevicePace>;
  /** Of the devices, where they are watched in this process. */
  readonly deviceTimers?: Timers;
  /** They are watched in a process of their own, as in the product; else in this one, which is quicker. */
  readonly ownProcess?: boolean;
  readonly devices?: StationOptions['devices'];
  /** Another module for the replica worker: one that fails when a test wants it to. */
  readonly replicaWorker?: URL;
}

export interface Typed {
  readonly user?: string;
  readonly device?: string;
}

export interface TestStation {
  /** Throws the `StationError` of an answer that is none. */
  ask<Name extends RequestName>(
    name: Name,
    params: Requests[Name]['input'],
  ): Promise<Requests[Name]['value']>;
  /** Takes one file: its bytes (written to a file of that name), or the path of a file. */
  take(file: string | Uint8Array, name?: string, typed?: Typed): Promise<ImportResult>;
  /** Starts an intake of a path (file or folder) and answers its job. */
  start(path: string, typed?: Typed): Promise<string>;
  /** The end of a job. */
  wait(job: string): Promise<JobEnd>;
  /** Every job as it was told, in the order of telling. */
  readonly told: readonly Job[];
  /** The lines of the log. */
  readonly log: readonly string[];
  readonly station: OpenStation;
  readonly dataDir: string;
  /** A folder for the test's own files; gone after `close`. */
  readonly folder: string;
  /** Where there is one. */
  readonly server: PracticeServer | null;
  close(): Promise<void>;
}

/** A station that has a server. */
export interface ServedStation extends TestStation {
  readonly server: PracticeServer;
}

export function openTestStation(
  options: TestStationOptions & { readonly practice: PracticeServer | true },
): Promise<ServedStation>;
export function openTestStation(options?: TestStationOptions): Promise<TestStation>;
export async function openTestStation(options: TestStationOptions = {}): Promise<TestStation> {
  const folder = await mkdtemp(join(tmpdir(), 'station-test-'));
  const dataDir = options.dataDir ?? join(folder, 'data');
  const told: Job[] = [];
  const log: string[] = [];
  let server: PracticeServer | null = null;
  let station: OpenStation | null = null;
  const close = async (): Promise<void> => {
    await station?.close();
    if (options.practice === true) await server?.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    if (options.practice !== undefined)
      server = options.practice === true ? await startPracticeServer() : options.practice;
    station = await openStation({
      dataDir,
      carrier: options.carrier ?? 'terminal',
      version: options.version ?? '0.0.0-test',
      replicaWorkerUrl: options.replicaWorker ?? REPLICA_WORKER,
      log: (line) => log.push(line),
      ...(options.clock === undefined ? {} : { clock: options.clock }),
      ...(options.timers === undefined ? {} : { timers: options.timers }),
      ...(options.freeBytes === undefined ? {} : { freeBytes: options.freeBytes }),
      ...(options.freeBytesAt === undefined ? {} : { freeBytesAt: options.freeBytesAt }),
      ...(options.encryption === undefined ? {} : { encryption: options.encryption }),
      ...(options.phoneRule === undefined ? {} : { phoneRule: options.phoneRule }),
      ...(options.replica === undefined ? {} : { replica: options.replica }),
      ...(options.pace === undefined ? {} : { pace: options.pace }),
      ...(options.updates === undefined ? {} : { updates: options.updates }),
      ...(options.choose === undefined ? {} : { choose: options.choose }),
      ...(options.secrets === undefined ? {} : { secrets: options.secrets }),
      ...(options.power === undefined ? {} : { power: options.power }),
      ...(options.live === undefined ? {} : { live: options.live }),
      ...(options.stick === undefined ? {} : { practice: options.stick }),
      ...(options.simulator === undefined && options.live === undefined
        ? {}
        : {
            devices: options.devices ?? {
              ...(options.ownProcess === true ? forkedDevices() : devicesHere(options.deviceTimers)),
              // Nothing that is really plugged in is ever touched by a test.
              simulated:
                options.simulator?.folder ??
                (await mkdir(join(folder, 'devices'), { recursive: true })) ??
                '',
              pace: { ...QUICK, ...options.devicePace },
            },
          }),
    });
    station.on('job', (job) => told.push(job));
    const helpers = helpersOf(station, folder);
    if (await comesIn(helpers, options))
      if (server !== null) await helpers.ask('server.set', { url: server.url });
    return { ...helpers, told, log, station, dataDir, folder, server, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The administrator of a window's station that a test does not set up itself. */
export const ADMIN = { name: 'Amina Kato', secret: 'green mango tree' } as const;

/** Somebody works at the station from here on, unless the test wants to see who. @returns whether somebody does */
async function comesIn(
  { ask }: Pick<TestStation, 'ask'>,
  { first, signIn }: Pick<TestStationOptions, 'first' | 'signIn'>,
): Promise<boolean> {
  // A station that cannot be used at all says so to the test itself.
  const state = await ask('desk.get', {}).then(
    (desk) => desk.state,
    () => 'in',
  );
  if (state === 'first' && first !== true)
    await ask('desk.set-up', { language: null, station: 'Test', place: '', ...ADMIN });
  else if (state === 'signed-out' && signIn !== undefined) await ask('desk.sign-in', signIn);
  else return state === 'in';
  return true;
}

/** The device layer over a real message channel, in this process. */
function devicesHere(timers?: Timers): DeviceSetup {
  return {
    start: () => {
      const { port1, port2 } = new MessageChannel();
      serveDevices(port1 as unknown as Port, timers === undefined ? {} : { timers });
      const listeners: ((code: number | null) => void)[] = [];
      return {
        postMessage: (message) => port2.postMessage(message),
        on: (event, listener) => port2.on(event, listener as (message: unknown) => void),
        onEnd: (listener) => void listeners.push(listener),
        kill: () => {
          port1.close();
          port2.close();
          for (const listener of listeners) listener(0);
        },
      };
    },
  };
}

function helpersOf(
  station: OpenStation,
  folder: string,
): Pick<TestStation, 'ask' | 'take' | 'start' | 'wait'> {
  const ask: TestStation['ask'] = async (name, params) => {
    const answer = await station.ask(name, params);
    if (!answer.ok) throw new StationError(answer.code, answer.detail);
    return answer.value as Requests[typeof name]['value'];
  };

  const wait = (id: string): Promise<JobEnd> =>
    new Promise((resolve, reject) => {
      const look = (job: Job): void => {
        if (job.job === id && job.end !== null) {
          stop();
          resolve(job.end);
        }
      };
      const stop = station.on('job', look);
      // It may have ended before anybody listened.
      ask('jobs.list', {}).then(({ jobs }) => jobs.forEach(look), reject);
    });

  const start = async (path: string, typed: Typed = {}): Promise<string> => {
    const source = await station.addPath(path);
    const { job } = await ask('intake.start', { source, ...typed });
    return job;
  };

  let written = 0;
  const take = async (file: string | Uint8Array, name?: string, typed?: Typed): Promise<ImportResult> => {
    let path: string;
    if (typeof file === 'string') path = file;
    else {
      // A folder of its own, so that a name may come twice.
      const place = join(folder, 'files', String((written += 1)));
      await mkdir(place, { recursive: true });
      path = join(place, name ?? `dump-${written}.json`);
      await writeFile(path, file);
    }
    const end = await wait(await start(path, typed));
    if (end.kind === 'failed') throw new StationError(end.code, end.detail);
    const imported = end.kind === 'imported' ? end.imports[0] : undefined;
    if (imported === undefined) throw new Error(`the intake ended as ${end.kind}`);
    return imported;
  };

  return { ask, take, start, wait };
}

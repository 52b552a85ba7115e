/** The readings of phones in the device process: which are under way, and what is told of them. */
import { readFile } from 'node:fs/promises';
import { AdbHub } from '../adb/hub.ts';
import { libusbPort } from '../adb/libusb.ts';
import { openAdb } from '../adb/transport.ts';
import type { PhoneTransport } from '../source.ts';
import type {
  AppState,
  Confirmation,
  ConfirmedHow,
  Leaves,
  Opened,
  ParcelBatch,
  ParcelWritten,
} from '../../../shared/web-view/protocol.ts';
import { StationError } from '../../../shared/errors.ts';
import type { Timers } from '../../../shared/timers.ts';
import type { BytesInParts } from './devtools.ts';
import type { MessageBytes } from './message-reader.ts';
import { LivePhones, type AppOfPerson, type LivePhone, type LiveRead, type ReadRequest } from './live.ts';
import type { AppRequest } from './paused-request.ts';
import type { PhoneSync } from './phone-sync.ts';
import type { Standing } from './sync-watch.ts';
import type { SentOn, TunnelEnd, TunnelPace } from './tunnel.ts';
import type { ReaderTimeouts } from './page-reader.ts';
import type { ReadProgress } from './read-database.ts';

/** How phones are read directly; all of it values, since it crosses to another process. */
export interface LiveSetup {
  /** This computer's key for phones. */
  readonly keyFile: string;
  /** Of an ADB server, or its path. */
  readonly port: number | string | null;
  readonly usb: boolean;
  /** The file of the script for web views. */
  readonly script: string;
  readonly folder: string;
  readonly timeouts: ReaderTimeouts | null;
  readonly sync: Partial<TunnelPace> | null;
}

/** How far a reading is. */
export interface ReadNews {
  readonly read: string;
  readonly progress: ReadProgress;
}

/** What a sync needs of the station: the internet, and somebody who hears how the app’s sync stands. */
export interface SyncStation {
  sendOn(sync: string, request: AppRequest<MessageBytes>): Promise<SentOn<Uint8Array | BytesInParts>>;
  stands(sync: string, standing: Standing): void;
}

/** What is known once an app is open for its sync. `cookie`: the phone's session; kept in memory only; `null`: the web view does not show it. */
export interface SyncOpened {
  readonly opened: Opened;
  readonly cookie: string | null;
}

/** Looking at all phones takes no longer: each step has a timeout of its own, this is for all of them. */
const LOOK_MS = 60_000;

export class PhoneReadings {
  /** The files of the same phones, over the same links. */
  readonly transport: PhoneTransport;
  readonly #hub: AdbHub;
  readonly #live: LivePhones;
  readonly #tell: (news: ReadNews) => void;
  readonly #running = new Map<string, AbortController>();
  readonly #syncs = new Map<string, PhoneSync>();
  readonly #station: SyncStation;
  readonly #timers: Timers;
  readonly #pace: Partial<TunnelPace>;

  constructor(
    setup: LiveSetup,
    {
      tell,
      log,
      station,
      timers,
    }: {
      readonly tell: (news: ReadNews) => void;
      readonly log: (line: string) => void;
      readonly station: SyncStation;
      readonly timers: Timers;
    },
  ) {
    this.#station = station;
    this.#timers = timers;
    this.#pace = setup.sync ?? {};
    this.#hub = new AdbHub({
      keyFile: setup.keyFile,
      ...(setup.port === null ? {} : { port: setup.port }),
      usb: setup.usb ? libusbPort() : null,
    });
    this.transport = openAdb(this.#hub);
    this.#live = new LivePhones({
      hub: this.#hub,
      script: () => readFile(setup.script, 'utf8'),
      folder: setup.folder,
      ...(setup.timeouts === null ? {} : { timeouts: setup.timeouts }),
      log,
    });
    this.#tell = tell;
  }

  list(server: string | null): Promise<readonly LivePhone[]> {
    return this.#live.list(server, AbortSignal.timeout(LOOK_MS));
  }

  read(read: string, request: ReadRequest): Promise<LiveRead> {
    return this.#stoppable(read, (signal) =>
      this.#live.read(request, signal, (progress) => this.#tell({ read, progress })),
    );
  }

  /** Opens an app for its sync; `closeSync` lets it go, whatever came of it. */
  openSync(sync: string, request: AppOfPerson & { readonly server: string }): Promise<SyncOpened> {
    return this.#stoppable(sync, async (signal) => {
      const phone = await this.#live.openSync(request, signal);
      this.#syncs.set(sync, phone);
      return { opened: phone.opened, cookie: await cookieOf(phone) };
    });
  }

  leaves(sync: string, after: number): Promise<Leaves> {
    return this.#open(sync).leaves(after);
  }

  appState(sync: string, of: Pick<ParcelBatch, 'user' | 'databaseId'>): Promise<AppState> {
    return this.#open(sync).state(of);
  }

  writeParcel(sync: string, batch: ParcelBatch): Promise<ParcelWritten> {
    return this.#open(sync).write(batch);
  }

  confirm(sync: string, confirmation: Confirmation): Promise<ConfirmedHow> {
    return this.#open(sync).confirm(confirmation);
  }

  cookie(sync: string): Promise<string> {
    return this.#open(sync).cookie();
  }

  /** The app synchronises, until it is done, stopped, or nothing more may be sent. */
  runSync(sync: string): Promise<TunnelEnd> {
    const phone = this.#open(sync);
    return this.#stoppable(sync, (signal) =>
      phone.run({
        signal,
        timers: this.#timers,
        pace: this.#pace,
        sendOn: (request) => this.#station.sendOn(sync, request),
        stands: (standing) => this.#station.stands(sync, standing),
      }),
    );
  }

  async closeSync(sync: string): Promise<void> {
    const phone = this.#syncs.get(sync);
    this.#syncs.delete(sync);
    await phone?.close();
  }

  #open(sync: string): PhoneSync {
    const phone = this.#syncs.get(sync);
    if (phone === undefined) throw new StationError('source-gone');
    return phone;
  }

  async #stoppable<Value>(name: string, work: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    const controller = new AbortController();
    this.#running.set(name, controller);
    try {
      return await work(controller.signal);
    } finally {
      this.#running.delete(name);
    }
  }

  /** Stops a reading or a sync. */
  stop(name: string): void {
    this.#running.get(name)?.abort();
  }

  async close(): Promise<void> {
    for (const controller of this.#running.values()) controller.abort();
    for (const sync of this.#syncs.keys()) await this.closeSync(sync);
    await this.#hub.close();
  }
}

/** An old web view shows none; nothing but questions with the phone's own session needs it. */
async function cookieOf(phone: PhoneSync): Promise<string | null> {
  try {
    return await phone.cookie();
  } catch (error) {
    if (error instanceof StationError && error.code === 'app-failed') return null;
    throw error;
  }
}

/** The station's side of the device process: starts it, asks it, starts it again when it ends. */
import { StationError } from '../../../shared/errors.ts';
import type { Timers } from '../../../shared/timers.ts';
import type { DeviceSetup, DeviceChild } from '../../station-api.ts';
import type { FileToCopy } from '../../intake/file-to-copy.ts';
import type { LiveSetup, ReadNews } from '../../sources/live/readings.ts';
import type { AppRequest } from '../../sources/live/paused-request.ts';
import type { Standing } from '../../sources/live/sync-watch.ts';
import type { SentOn } from '../../sources/live/tunnel.ts';
import { Bodies } from './bodies.ts';
import type { DeviceCalls, DeviceNews } from './calls.ts';
import type { Snapshot } from '../../sources/snapshot.ts';
import type { WatchedFolder } from '../../sources/watched-folder.ts';
import { connect, type Call } from '../rpc.ts';

/** Milliseconds until it is started again; a device that takes it down each time must not keep the computer busy. */
const WAITS = [500, 1000, 2000, 5000, 10_000, 30_000] as const;
/** After it ran so long, its next end counts as the first: the growing pauses are for a process that ends whenever it begins. */
const STABLE_MS = 10_000;
/** How often it is asked whether it still answers, … */
const ASK_EVERY_MS = 15_000;
/** … and how long an answer may take. After that the process is ended and started again: a device may hold a system call for ever. */
const ANSWER_MS = 30_000;
/** How long it may take to close what is open and to end. */
const CLOSING_MS = 3_000;

const OFF: Snapshot = { layer: { kind: 'off' }, devices: [], looked: false };

export interface DeviceListeners {
  readonly told: (snapshot: Snapshot) => void;
  /** How far the reading of a phone is. */
  readonly read: (news: ReadNews) => void;
  /** An app that synchronises asks for something of its server. */
  readonly sendOn: (sync: string, request: AppRequest) => Promise<SentOn>;
  /** Its sync stands in another way than before. */
  readonly stands: (sync: string, standing: Standing) => void;
  readonly log: (line: string) => void;
  readonly timers: Timers;
}

export class DeviceProcess {
  readonly #setup: DeviceSetup | null;
  readonly #simulated: string | null;
  readonly #live: LiveSetup | null;
  readonly #own: string;
  readonly #listeners: DeviceListeners;
  #child: DeviceChild | null = null;
  #call: Call<DeviceCalls> | null = null;
  #snapshot: Snapshot = OFF;
  #folders: readonly WatchedFolder[] = [];
  #ends = 0;
  #startedAt = 0;
  /** Calls off the next start. */
  #callOff: (() => void) | null = null;
  /** Calls off the next question whether it still answers, or the wait for its answer. */
  #heartbeat: (() => void) | null = null;
  #closed = false;

  /**
   * @param what `simulated`: the folder of simulated devices; `null`: what is really plugged in. `live`: how phones are
   * read directly; `null`: not at all. `own`: the station's folder, never a source
   */
  constructor(
    setup: DeviceSetup | null,
    {
      simulated,
      live,
      own,
    }: { readonly simulated: string | null; readonly live: LiveSetup | null; readonly own: string },
    listeners: DeviceListeners,
  ) {
    this.#live = live;
    this.#own = own;
    this.#setup = setup;
    this.#simulated = simulated;
    this.#listeners = listeners;
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  start(): void {
    if (this.#setup === null || this.#closed) return;
    this.#callOff = null;
    this.#startedAt = this.#listeners.timers.now();
    if (this.#snapshot === OFF) this.#told({ ...OFF, layer: { kind: 'starting' } });
    let child: DeviceChild;
    try {
      child = this.#setup.start();
    } catch {
      this.#ended(null);
      return;
    }
    const bodies = new Bodies();
    const { call, end } = connect<DeviceNews, DeviceCalls>(child, {
      snapshot: (snapshot) => {
        if (this.#child === child) this.#told(snapshot);
        return null;
      },
      read: (news) => {
        this.#listeners.read(news);
        return null;
      },
      sendOn: (asked) => bodies.pass(asked, this.#listeners.sendOn),
      bodyPart: (part) => bodies.came(part),
      answerPart: (wanted) => bodies.part(wanted),
      bodiesDone: ({ sync }) => bodies.letGo(sync),
      stands: ({ sync, standing }) => {
        this.#listeners.stands(sync, standing);
        return null;
      },
      log: ({ line }) => {
        this.#listeners.log(line);
        return null;
      },
    });
    this.#child = child;
    this.#call = call;
    child.onEnd((code) => {
      end(new StationError('devices-ended'));
      bodies.letGo(null);
      if (this.#child !== child) return;
      this.#child = null;
      this.#call = null;
      this.#heartbeat?.();
      this.#ended(code);
    });
    this.#heartbeat = this.#listeners.timers.after(ASK_EVERY_MS, () => this.#askWhether(child, call));
    call('start', {
      simulated: this.#simulated,
      pace: this.#setup.pace ?? {},
      live: this.#live,
      own: this.#own,
    })
      .then(() => call('folders', { folders: this.#folders }))
      .catch(() => this.#listeners.log('the device process did not begin'));
  }

  /** Not only its death is noticed, but its silence too. */
  #askWhether(child: DeviceChild, call: Call<DeviceCalls>): void {
    const { timers, log } = this.#listeners;
    this.#heartbeat = timers.after(ANSWER_MS, () => {
      log('the device process does not answer any more; it is ended');
      child.kill();
    });
    call('opened', null)
      .then(() => {
        if (this.#child !== child) return;
        this.#heartbeat?.();
        this.#heartbeat = timers.after(ASK_EVERY_MS, () => this.#askWhether(child, call));
      })
      // It ended; that is heard of in its own way.
      .catch(() => undefined);
  }

  #ended(code: number | null): void {
    if (this.#closed) return;
    const { timers } = this.#listeners;
    if (timers.now() - this.#startedAt > STABLE_MS) this.#ends = 0;
    const wait = WAITS[Math.min(this.#ends, WAITS.length - 1)] ?? 0;
    this.#ends += 1;
    this.#listeners.log(`the device process ended (${code ?? 'killed'}); it starts again in ${wait} ms`);
    this.#told({ layer: { kind: 'restarting' }, devices: [], looked: false });
    this.#callOff = timers.after(wait, () => this.start());
  }

  #told(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#listeners.told(snapshot);
  }

  /** Somebody waits: it is started now if it was to be started later. */
  wake(): void {
    if (this.#callOff === null) return;
    this.#callOff();
    this.start();
  }

  /** @throws StationError `devices-ended`, and what the device says */
  readonly call: Call<DeviceCalls> = (name, params) =>
    this.#call === null ? Promise.reject(new StationError('devices-ended')) : this.#call(name, params);

  watchFolders(folders: readonly WatchedFolder[]): void {
    this.#folders = folders;
    this.call('folders', { folders }).catch(() => undefined);
  }

  /** @throws StationError `source-gone`, `devices-ended`, … */
  async open(source: string, file: string): Promise<FileToCopy> {
    const call = this.#call;
    if (call === null) throw new StationError('devices-ended');
    const open = await call('open', { source, file });
    return {
      stat: () => call('stat', { open }),
      read: (offset, length) => call('read', { open, offset, length }),
      close: async () => {
        await call('close', { open }).catch(() => undefined);
      },
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#snapshot = OFF;
    this.#callOff?.();
    this.#heartbeat?.();
    const [child, call] = [this.#child, this.#call];
    this.#child = null;
    this.#call = null;
    if (child === null || call === null) return;
    const ended = new Promise<void>((resolve) => child.onEnd(() => resolve()));
    await this.#notLonger(call('end', null).catch(() => undefined));
    child.kill();
    await this.#notLonger(ended);
  }

  /** Resolves with the work, or once it has taken too long. */
  async #notLonger(work: Promise<unknown>): Promise<void> {
    const tooLong = Promise.withResolvers<void>();
    const callOff = this.#listeners.timers.after(CLOSING_MS, tooLong.resolve);
    await Promise.race([work, tooLong.promise]).finally(callOff);
  }
}

/**
 * What every carrier (the window, browser mode, the command line) may know of a running station:
 * how it is opened, how it is asked, how it tells. The carriers import this and nothing of the stages.
 */
import type { Answer } from '../shared/answer.ts';
import type { EventName, Events } from '../shared/contract.ts';
import type { DevicePace } from '../shared/device-pace.ts';
import type { DiskEncryption } from '../shared/health.ts';
import type { PhoneRule } from '../shared/surroundings.ts';
import type { Timers } from '../shared/timers.ts';
import type { HandedOver, PackageKind } from '../shared/updates.ts';
import type { UploadPace } from '../shared/upload-pace.ts';

/** A practice server with made-up data, and simulated devices that carry its dumps. */
export interface PracticeSetup {
  readonly url: string;
  readonly users: readonly { readonly user: string; readonly password: string }[];
  /** The folder that plays the ports of the computer: see electron/sources/simulated. */
  readonly devices: string;
  /** A phone with the app, whose it is, and the household that it lacks: its debugging cable ends at a path, see electron/practice/app. */
  readonly phone?: { readonly path: string; readonly user: string; readonly household: string };
}

/** The device process, as whoever started it sees it. */
export interface DeviceChild {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: never) => void): unknown;
  /** Called once, however it ended. */
  onEnd(listener: (code: number | null) => void): void;
  kill(): void;
}

/** How sticks and phones are watched: in a process of its own, which may end and is started again. */
export interface DeviceSetup {
  start(): DeviceChild;
  /** A folder of simulated devices in place of what is really plugged in; of tests. */
  readonly simulated?: string;
  readonly pace?: Partial<DevicePace>;
}

/** How phones are read directly. */
export interface LiveReading {
  /** The script for their web views, as `build/phone-script.mjs` makes it. */
  readonly script: URL;
  /** Of an ADB server on this computer, or its path; the usual one unless a test says otherwise. */
  readonly port?: number | string;
  /** Where no ADB server runs, straight over USB. */
  readonly usb: boolean;
  /** How long an app may take to tell what it is, and for one piece of work; in milliseconds. Tests make it small. */
  readonly timeouts?: { readonly answerMs: number; readonly lookMs: number; readonly workMs: number };
  /** How a sync of an app is watched; in milliseconds. Tests make it small. */
  readonly sync?: Partial<Record<'watchMs' | 'idleMs' | 'failedMs' | 'quietMs' | 'giveUpMs', number>>;
}

/**
 * Where the system keeps passwords. `no-keyring`: this Linux desktop has none, and Electron would lock with a
 * word that everyone knows.
 */
export interface Secrets {
  mayKeep(): Promise<
    { readonly kind: 'yes' } | { readonly kind: 'no'; readonly why: 'no-keyring' | 'not-available' }
  >;
  /** Throws where `mayKeep` says no. */
  keep(name: string, secret: string): Promise<void>;
  /** `null` where none is kept, or where it cannot be unlocked any more (another user, a new keyring). */
  read(name: string): Promise<string | null>;
  forget(name: string): Promise<void>;
}

/** How a newer version of this program comes from a stick; see docs/updates.md. */
export interface UpdateSetup {
  /** Public keys of ed25519, as PEM: what none of them signed is no update. */
  readonly keys: string;
  /** Which packages are for this computer, in the words of `process.platform` and `process.arch`. */
  readonly platform: string;
  readonly arch: string;
  readonly kinds: readonly PackageKind[];
  /**
   * Hands a package to the system, which installs it.
   * @param file on this computer, verified a moment ago
   * @throws where it did not come to that: the old version stays
   */
  install(file: string): Promise<HandedOver>;
}

/** Whether the computer saves its battery. */
export interface Power {
  saving(): boolean;
  /** Calls the listener when it may have changed; the returned function stops that. */
  onChange(listener: () => void): () => void;
}

export interface StationOptions {
  /** The folder that holds the ledger, the replica and the safe copies. Made if it is missing. */
  readonly dataDir: string;
  readonly carrier: 'electron' | 'browser' | 'terminal';
  readonly version: string;
  /** Where the replica is, by PouchDB name (a folder) or URL; in the data folder unless said otherwise. */
  readonly replica?: string;
  /** Milliseconds since 1970; the computer's clock unless a test says otherwise. */
  readonly clock?: () => number;
  /** How the station waits, and how it measures what takes time; a test makes it pass. */
  readonly timers?: Timers;
  /** Asks the person for a file or a folder; null when they changed their mind. */
  readonly choose?: (what: 'file' | 'folder') => Promise<string | null>;
  readonly practice?: PracticeSetup | null;
  /** The account of the computer that the program runs for; the system's answer unless a test says otherwise. */
  readonly account?: string;
  /** Keeps logins for those who want it; without it none is kept. */
  readonly secrets?: Secrets;
  /** Without it no newer version comes from a stick. */
  readonly updates?: UpdateSetup | null;
  /** Bytes that may still be written to the data folder: what the system says, unless a test says otherwise. */
  readonly freeBytes?: () => Promise<number>;
  /** The same for where a backup is to lie; `null`: not told. */
  readonly freeBytesAt?: (folder: string) => Promise<number | null>;
  /** Whether the system encrypts the disk that a folder lies on. Without it that is not known. */
  readonly encryption?: (folder: string) => Promise<DiskEncryption>;
  /** Whether udev lets the person here open phones. Without it nothing is said of that. */
  readonly phoneRule?: () => Promise<PhoneRule>;
  /** The proxy that the system's settings name for an address (`PROXY host:port`); used where the environment names none. */
  readonly systemProxy?: (url: string) => Promise<string>;
  /** While the battery is saved, uploads wait. Without it nothing is known of a battery. */
  readonly power?: Power;
  /** Without it phones are not read directly. */
  readonly live?: LiveReading;
  /** Without it nothing that is plugged in is seen: a command that needs no devices starts no process for them. */
  readonly devices?: DeviceSetup | null;
  /** How patient uploads are; tests make the times small and chance repeatable. */
  readonly pace?: Partial<UploadPace>;
  readonly random?: () => number;
  /** The replica worker's module: `replica-worker.ts` beside the station, or the built file in out/main. */
  readonly replicaWorkerUrl: URL;
  /** One line for the log; holds no names and no field values. */
  readonly log?: (line: string) => void;
}

export interface OpenStation {
  /** Never throws: a failure is an answer with a code. */
  ask(name: unknown, params: unknown): Promise<Answer>;
  /**
   * For this program itself, whoever sits there: whether work or a restoring is going on, and the language. Never for a carrier.
   */
  readonly inside: Pick<OpenStation, 'ask' | 'on'>;
  /** Calls the listener for each event, already throttled; the returned function stops that. */
  on<Name extends EventName>(name: Name, listener: (value: Events[Name]) => void): () => void;
  /** Turns a path that the person named into a source id (for the command line; the window has no paths). */
  addPath(path: string): Promise<string>;
  /** Resolves once everything that is plugged in has been looked at (for the command line's one look). */
  settled(): Promise<void>;
  /** Stops what runs, in a state it can go on from, and closes the files. */
  close(): Promise<void>;
}

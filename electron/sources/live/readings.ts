/** The readings of phones in the device process: which are under way, and what is told of them. */
import { readFile } from 'node:fs/promises';
import { AdbHub } from '../adb/hub.ts';
import { libusbPort } from '../adb/libusb.ts';
import { openAdb } from '../adb/transport.ts';
import type { PhoneTransport } from '../source.ts';
import { LivePhones, type LivePhone, type LiveRead, type ReadRequest } from './live.ts';
import type { ReaderTimeouts } from './page-reader.ts';
import type { ReadProgress } from './read-database.ts';

/** How phones are read directly; all of it values, since it crosses to another process. */
export interface LiveSetup {
  /** This computer's key for phones. */
  readonly keyFile: string;
  readonly port: number | null;
  readonly usb: boolean;
  /** The file of the script for web views. */
  readonly script: string;
  readonly folder: string;
  readonly timeouts: ReaderTimeouts | null;
}

/** How far a reading is. */
export interface ReadNews {
  readonly read: string;
  readonly progress: ReadProgress;
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

  constructor(setup: LiveSetup, tell: (news: ReadNews) => void, log: (line: string) => void) {
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

  async read(read: string, request: ReadRequest): Promise<LiveRead> {
    const controller = new AbortController();
    this.#running.set(read, controller);
    try {
      return await this.#live.read(request, controller.signal, (progress) => this.#tell({ read, progress }));
    } finally {
      this.#running.delete(read);
    }
  }

  stop(read: string): void {
    this.#running.get(read)?.abort();
  }

  async close(): Promise<void> {
    for (const controller of this.#running.values()) controller.abort();
    await this.#hub.close();
  }
}

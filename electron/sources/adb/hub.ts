/**
 * All phones whose debugging is on: over an ADB server where one runs, else straight over USB. One link to a
 * phone serves whoever reads its files and whoever reads its app; it is closed when the last one lets go.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { StationError } from '../../../shared/errors.ts';
import { withTimeout } from '../timeout.ts';
import type { PhoneFound } from '../source.ts';
import { phoneKey } from './key.ts';
import { Link } from './link.ts';
import { ADB_TIMEOUTS } from './timeouts.ts';
import { AdbServer } from './server.ts';
import { connectUsb, type UsbPort } from './usb.ts';
import type { Wire } from './wire.ts';

export interface AdbOptions {
  /** Where this computer's key for phones is kept; made when a phone first needs it. */
  readonly keyFile: string;
  /** Of an ADB server on this computer, or its path. */
  readonly port?: number | string;
  /** `null`: only over a server. */
  readonly usb: UsbPort | null;
}

interface Held {
  readonly link: Promise<Link>;
  /** Ends the connecting, and what was connected. */
  readonly end: AbortController;
  users: number;
}

export class AdbHub {
  readonly #server: AdbServer;
  readonly #usb: UsbPort | null;
  readonly #keyFile: string;
  readonly #held = new Map<string, Held>();

  constructor({ keyFile, port, usb }: AdbOptions) {
    this.#server = new AdbServer(port);
    this.#usb = usb;
    this.#keyFile = keyFile;
  }

  /** Phones plugged in now; opens none. @throws StationError `devices-blind` */
  async phones(signal?: AbortSignal): Promise<readonly PhoneFound[]> {
    const known = await this.#server.phones(signal);
    if (known !== null) return known.map((phone) => ({ ...phone, key: `server:${phone.key}` }));
    const found = (await this.#usb?.list()) ?? [];
    return found.map((phone) => ({ ...phone, key: `usb:${phone.key}` }));
  }

  /**
   * Takes hold of the link to a phone. Let go of it with the returned function.
   * @throws StationError a trouble; `source-gone` since it was listed; `phone-allow` while a question stands on the phone, which is waited for meanwhile
   */
  async hold(phone: PhoneFound): Promise<{ readonly link: Link; readonly letGo: () => Promise<void> }> {
    const { key, trouble } = phone;
    if (trouble !== null) throw new StationError(trouble.code, trouble.by);
    const before = this.#held.get(key);
    const mine = before ?? this.#begin(key);
    mine.users += 1;
    let isHeld = true;
    const letGo = async (): Promise<void> => {
      if (!isHeld) return;
      isHeld = false;
      mine.users -= 1;
      if (mine.users > 0) return;
      this.#forget(key, mine);
      await (await mine.link).close();
    };
    try {
      // To take the question away and put it again would lose the tap that comes in between.
      const link = await withTimeout(ADB_TIMEOUTS.allowMs, 'phone-allow', () => mine.link);
      if (!(await link.hasEnded())) return { link, letGo };
      // Whoever has the old link still lets go of it.
      this.#forget(key, mine);
      void letGo();
    } catch (error) {
      mine.users -= 1;
      throw error;
    }
    // A link of before may have ended because the phone was plugged in anew; a new one only because it is gone.
    if (before === undefined) throw new StationError('source-gone');
    return this.hold(phone);
  }

  #begin(key: string): Held {
    const end = new AbortController();
    const held: Held = { link: this.#connect(key, end.signal), end, users: 0 };
    this.#held.set(key, held);
    void this.#tidy(key, held);
    return held;
  }

  /** A link that failed is no link; one that nobody came back for is closed. */
  async #tidy(key: string, held: Held): Promise<void> {
    try {
      const link = await held.link;
      if (held.users > 0) return;
      await wait(ADB_TIMEOUTS.unusedMs, null, { signal: held.end.signal, ref: false }).catch(() => null);
      if (held.users > 0 || this.#held.get(key) !== held) return;
      this.#forget(key, held);
      await link.close();
    } catch {
      this.#forget(key, held);
    }
  }

  async #connect(key: string, end: AbortSignal): Promise<Link> {
    return new Link(await this.#wire(key, end));
  }

  #wire(key: string, end: AbortSignal): Promise<Wire> {
    const at = key.indexOf(':');
    const name = key.slice(at + 1);
    if (key.slice(0, at) === 'server') return Promise.resolve(this.#server.wire(name));
    if (this.#usb === null) throw new StationError('source-gone');
    return connectUsb(this.#usb, name, () => phoneKey(this.#keyFile), end);
  }

  #forget(key: string, held: Held): void {
    if (this.#held.get(key) === held) this.#held.delete(key);
  }

  /** Something may have changed; it is not said what. */
  watch(hint: () => void): () => void {
    const stops = [this.#server.watch(hint), ...(this.#usb === null ? [] : [this.#usb.watch(hint)])];
    return () => stops.forEach((stop) => stop());
  }

  async close(): Promise<void> {
    const all = [...this.#held.values()];
    this.#held.clear();
    for (const { end } of all) end.abort();
    await Promise.allSettled(all.map(async ({ link }) => (await link).close()));
  }
}

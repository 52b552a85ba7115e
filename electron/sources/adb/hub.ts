/**
 * All phones whose debugging is on: over an ADB server where one runs, else straight over USB. One link to a
 * phone serves whoever reads its files and whoever reads its app; it is closed when the last one lets go.
 */
import type { Adb } from '@yume-chan/adb';
import { StationError } from '../../../shared/errors.ts';
import type { PhoneFound } from '../source.ts';
import { keyIn } from './key.ts';
import { Link } from './link.ts';
import { within } from '../patience.ts';
import { PATIENCE } from './patience.ts';
import { AdbServer } from './server.ts';
import { connectUsb, type UsbPort } from './usb.ts';

export interface AdbOptions {
  /** Where this computer's key for phones is kept; made when a phone first needs it. */
  readonly keyFile: string;
  /** Of an ADB server on this computer. */
  readonly port?: number;
  /** `null`: only over a server. */
  readonly usb: UsbPort | null;
}

interface Held {
  readonly link: Promise<Link>;
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

  /** Phones plugged in now. @throws StationError `devices-blind` */
  async phones(signal?: AbortSignal): Promise<readonly PhoneFound[]> {
    const known = await this.#server.phones(signal);
    if (known !== null) return known.map((phone) => ({ ...phone, key: `server:${phone.key}` }));
    const found = (await this.#usb?.list()) ?? [];
    return found.map((phone) => ({ ...phone, key: `usb:${phone.key}` }));
  }

  /** Takes hold of the link to a phone. Let go of it with the returned function. @throws StationError a trouble */
  async hold(phone: PhoneFound): Promise<{ readonly link: Link; readonly letGo: () => Promise<void> }> {
    if (phone.trouble !== null) throw new StationError(phone.trouble.code);
    const { key } = phone;
    let held = this.#held.get(key);
    if (held === undefined) {
      held = { link: this.#connect(key), users: 0 };
      this.#held.set(key, held);
      const mine = held;
      held.link.catch(() => this.#forget(key, mine));
    }
    const mine = held;
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
      return { link: await mine.link, letGo };
    } catch (error) {
      mine.users -= 1;
      throw error;
    }
  }

  async #connect(key: string): Promise<Link> {
    const adb = await this.#open(key);
    const link: Link = new Link(adb, () => {
      const held = this.#held.get(key);
      if (held !== undefined) this.#forget(key, held);
    });
    return link;
  }

  #open(key: string): Promise<Adb> {
    const [way, ...rest] = key.split(':');
    const name = rest.join(':');
    if (way === 'usb' && this.#usb !== null) return connectUsb(this.#usb, name, keyIn(this.#keyFile));
    return within(PATIENCE.answerMs, 'device-stuck', () => this.#server.connect(name)).catch(
      (error: unknown) => {
        throw error instanceof StationError ? error : asServerFailure(error);
      },
    );
  }

  #forget(key: string, held: Held): void {
    if (this.#held.get(key) === held) this.#held.delete(key);
  }

  /** Something may have changed: no more is told. */
  watch(hint: () => void): () => void {
    const stops = [this.#server.watch(hint), ...(this.#usb === null ? [] : [this.#usb.watch(hint)])];
    return () => stops.forEach((stop) => stop());
  }

  async close(): Promise<void> {
    const links = [...this.#held.values()].map(({ link }) => link);
    this.#held.clear();
    await Promise.allSettled(links.map(async (link) => (await link).close()));
  }
}

/** What an ADB server says in words (`FAIL`). */
function asServerFailure(error: unknown): StationError {
  const words = error instanceof Error ? error.message : String(error);
  if (/unauthorized/i.test(words)) return new StationError('phone-allow', undefined, error);
  if (/not found|offline|closed/i.test(words)) return new StationError('source-gone', undefined, error);
  return new StationError('device-stuck', undefined, error);
}

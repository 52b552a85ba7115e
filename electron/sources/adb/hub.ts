/**
 * All phones whose debugging is on: over an ADB server where one runs, else straight over USB. One link to a
 * phone serves whoever reads its files and whoever reads its app; it is closed when the last one lets go.
 */
import { StationError } from '../../../shared/errors.ts';
import type { PhoneFound } from '../source.ts';
import { phoneKey } from './key.ts';
import { Link } from './link.ts';
import { AdbServer } from './server.ts';
import { connectUsb, type UsbPort } from './usb.ts';
import type { Wire } from './wire.ts';

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

  /** Phones plugged in now; opens none. @throws StationError `devices-blind` */
  async phones(signal?: AbortSignal): Promise<readonly PhoneFound[]> {
    const known = await this.#server.phones(signal);
    if (known !== null) return known.map((phone) => ({ ...phone, key: `server:${phone.key}` }));
    const found = (await this.#usb?.list()) ?? [];
    return found.map((phone) => ({ ...phone, key: `usb:${phone.key}` }));
  }

  /** Takes hold of the link to a phone. Let go of it with the returned function. @throws StationError a trouble */
  async hold(phone: PhoneFound): Promise<{ readonly link: Link; readonly letGo: () => Promise<void> }> {
    const { key, trouble } = phone;
    if (trouble !== null) throw new StationError(trouble.code, trouble.by);
    let held = this.#held.get(key);
    if (held === undefined) {
      held = { link: this.#connect(key), users: 0 };
      this.#held.set(key, held);
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
      const link = await mine.link;
      // What was plugged in anew gets a new link; whoever has the old one still lets go of it.
      if (mine.users > 1 && (await link.isGone())) this.#forget(key, mine);
      return { link, letGo };
    } catch (error) {
      this.#forget(key, mine);
      throw error;
    }
  }

  async #connect(key: string): Promise<Link> {
    return new Link(await this.#wire(key));
  }

  #wire(key: string): Promise<Wire> {
    const at = key.indexOf(':');
    const name = key.slice(at + 1);
    if (key.slice(0, at) === 'server') return Promise.resolve(this.#server.wire(name));
    if (this.#usb === null) throw new StationError('source-gone');
    return connectUsb(this.#usb, name, () => phoneKey(this.#keyFile));
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

/** A phone: the first of its ways (MTP, then ADB) that opens; the desktop's own mount where that holds it. */
import { join } from 'node:path';
import { readdir } from 'node:fs/promises';
import { StationError } from '../../shared/errors.ts';
import type { SourceKind } from '../../shared/sources.ts';
import { mountedPhone } from './mtp/mounted-phone.ts';
import type { FileAccess, PhoneFound, PhoneTransport, Platform } from './source.ts';
import type { SourceDriver } from './source-driver.ts';

export interface PhoneSeen {
  readonly transport: PhoneTransport;
  readonly phone: PhoneFound;
}

export class PhoneDriver implements SourceDriver {
  readonly canEject = true;
  readonly portable = true;
  #seen: readonly PhoneSeen[];
  #first: PhoneSeen;
  #opened: PhoneSeen | null = null;
  readonly #platform: Platform;

  constructor(seen: readonly [PhoneSeen, ...PhoneSeen[]], platform: Platform) {
    this.#seen = seen;
    this.#first = seen[0];
    this.#platform = platform;
  }

  learn(seen: readonly [PhoneSeen, ...PhoneSeen[]]): void {
    this.#seen = seen;
    this.#first = seen[0];
  }

  /** The way that is, or was last, in use is still there: it was not plugged in anew since. */
  get isSame(): boolean {
    const opened = this.#opened;
    return opened === null || this.#seen.some((one) => sameWay(one, opened));
  }

  /** The one in use, or else the first that sees it. */
  get transport(): PhoneTransport {
    return (this.#opened ?? this.#first).transport;
  }

  get kind(): SourceKind {
    return this.transport.kind;
  }

  get name(): string {
    return this.#seen.find(({ phone }) => phone.name !== '')?.phone.name ?? '';
  }

  get identity(): string | null {
    const serial = this.#seen.find(({ phone }) => phone.serial !== null)?.phone.serial;
    return serial == null ? null : `phone ${serial}`;
  }

  async open(signal: AbortSignal): Promise<FileAccess> {
    let first: StationError | null = null;
    this.#opened = null;
    for (const seen of this.#seen) {
      try {
        const access = await this.#openOne(seen, signal);
        this.#opened = seen;
        return access;
      } catch (error) {
        first ??= error instanceof StationError ? error : new StationError('not-readable', undefined, error);
      }
    }
    throw first ?? new StationError('source-gone');
  }

  async #openOne({ transport, phone }: PhoneSeen, signal: AbortSignal): Promise<FileAccess> {
    try {
      if (phone.trouble !== null) throw new StationError(phone.trouble.code, phone.trouble.by);
      return await transport.open(phone, signal);
    } catch (error) {
      if (!(error instanceof StationError) || error.code !== 'device-busy' || phone.serial === null)
        throw error;
      const mounted = await desktopsMount(this.#platform, phone.serial);
      if (mounted === null) throw error;
      return mountedPhone(mounted, (path) => this.#platform.files(path));
    }
  }

  release(): Promise<void> {
    // Its session is closed by then, and a phone is not mounted.
    return Promise.resolve();
  }
}

function sameWay(one: PhoneSeen, other: PhoneSeen): boolean {
  return one.transport === other.transport && one.phone.key === other.phone.key;
}

/**
 * Where the desktop shows a phone that it holds: GNOME's gvfs mounts phones as
 * `/run/user/UID/gvfs/mtp:host=Maker_Model_SERIAL` (seen in a guest, `gvfsd-fuse` in the mount table).
 */
async function desktopsMount(platform: Platform, serial: string): Promise<string | null> {
  const mounts = await platform.mounts().catch(() => []);
  for (const { fileSystem, path } of mounts) {
    if (fileSystem !== 'fuse.gvfsd-fuse') continue;
    const folders = await readdir(path).catch((): string[] => []);
    const found = folders.find((name) => name.startsWith('mtp:host=') && decoded(name).endsWith(serial));
    if (found !== undefined) return join(path, found);
  }
  return null;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/**
 * The way over an ADB server that already runs on this computer (Android Studio, scrcpy, a support tool). It
 * owns the USB interface of every phone, so where it runs, nothing else can reach them.
 */
import { AdbServerClient, type Adb } from '@yume-chan/adb';
import { AdbServerNodeTcpConnector } from '@yume-chan/adb-server-node-tcp';
import { StationError } from '../../../shared/errors.ts';
import type { PhoneFound } from '../source.ts';
import { within } from '../patience.ts';
import { PATIENCE } from './patience.ts';

export const ADB_PORT = 5037;

export class AdbServer {
  readonly #client: AdbServerClient;

  constructor(port: number = ADB_PORT) {
    this.#client = new AdbServerClient(new AdbServerNodeTcpConnector({ host: '127.0.0.1', port }));
  }

  /** The phones that the server knows; `null` where no server runs. */
  async phones(signal?: AbortSignal): Promise<readonly PhoneFound[] | null> {
    try {
      return parseDevices(
        await within(
          PATIENCE.serverMs,
          'device-stuck',
          () => this.#devices(),
          signal === undefined ? {} : { outer: signal },
        ),
      );
    } catch (error) {
      if (error instanceof StationError && error.code === 'cancelled') throw error;
      return null;
    }
  }

  async #devices(): Promise<string> {
    const connection = await this.#client.createConnection('host:devices-l');
    try {
      return await connection.readString();
    } finally {
      await connection.dispose();
    }
  }

  connect(serial: string): Promise<Adb> {
    return this.#client.createAdb({ serial });
  }

  /** Bare hints for as long as a server runs that tells of changes. */
  watch(hint: () => void): () => void {
    let stop: (() => void) | null = null;
    let isOver = false;
    const begin = async (): Promise<void> => {
      const observer = await this.#client.trackDevices({ unref: true });
      if (isOver) return void observer.stop();
      stop = () => void observer.stop();
      observer.onListChange(() => hint());
      observer.onError(() => hint());
    };
    begin().catch(() => {});
    return () => {
      isOver = true;
      stop?.();
    };
  }
}

/** The lines of `adb devices -l`: serial number, state, then `name:value` pairs. Emulators are phones, too. */
export function parseDevices(text: string): PhoneFound[] {
  const found: PhoneFound[] = [];
  for (const line of text.split('\n')) {
    const [serial, state, ...facts] = line.split(/\s+/).filter((word) => word !== '');
    if (serial === undefined || state === undefined || /^\?+$/.test(serial)) continue;
    const fact = (name: string) => facts.find((word) => word.startsWith(`${name}:`))?.slice(name.length + 1);
    found.push({
      key: serial,
      name: (fact('model') ?? '').replaceAll('_', ' '),
      serial,
      port: fact('usb') ?? null,
      trouble: troubleOf(state),
    });
  }
  return found;
}

/** The states of adb's `transport.cpp`. */
function troubleOf(state: string): PhoneFound['trouble'] {
  switch (state) {
    case 'device':
      return null;
    case 'unauthorized':
    case 'authorizing':
      return { code: 'phone-allow' };
    case 'no':
      // "no permissions (…)"
      return { code: 'no-permission' };
    default:
      return { code: 'device-stuck' };
  }
}

/**
 * The way over an ADB server that already runs on this computer (Android Studio, scrcpy, a support tool). It
 * owns the USB interface of every phone, so where it runs, nothing else can reach them.
 */
import { connect, type Socket } from 'node:net';
import { StationError } from '../../../shared/errors.ts';
import { withTimeout } from '../timeout.ts';
import type { PhoneFound } from '../source.ts';
import { ADB_TIMEOUTS } from './timeouts.ts';
import { readExactly, type Wire } from './wire.ts';

const ADB_PORT = 5037;

/** Where the computer's own server listens: adb and everything that speaks to it follow this variable. */
function usualPort(): number {
  const port = Number(process.env['ANDROID_ADB_SERVER_PORT']);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : ADB_PORT;
}

export class AdbServer {
  readonly #port: number | string;

  /** @param port a path is that of a socket, on Windows of a pipe */
  constructor(port: number | string = usualPort()) {
    this.#port = port;
  }

  /** The phones that the server knows; `null` where no server runs. @throws StationError `cancelled` */
  async phones(signal?: AbortSignal): Promise<readonly PhoneFound[] | null> {
    try {
      const outer = signal === undefined ? {} : { outer: signal };
      return await withTimeout(ADB_TIMEOUTS.serverMs, 'device-stuck', (ends) => this.#phones(ends), outer);
    } catch (error) {
      if (error instanceof StationError && error.code === 'cancelled') throw error;
      return null;
    }
  }

  async #phones(ends: AbortSignal): Promise<readonly PhoneFound[]> {
    const socket = await this.#ask('host:devices-l', ends);
    try {
      return parseDevices(await readCounted(socket));
    } finally {
      socket.destroy();
    }
  }

  wire(serial: string): Wire {
    const streams = new Set<Socket>();
    return {
      open: async (service) => {
        const socket = await this.#ask(`host:transport:${serial}`);
        try {
          await ask(socket, service);
        } catch (error) {
          socket.destroy();
          throw error;
        }
        streams.add(socket);
        socket.once('close', () => streams.delete(socket));
        return socket;
      },
      isGone: async () => {
        const known = await this.phones();
        return known === null || !known.some((phone) => phone.key === serial && phone.trouble === null);
      },
      close: () => {
        for (const socket of streams) socket.destroy();
        return Promise.resolve();
      },
    };
  }

  /** Calls `hint` at each change, for as long as a server runs. */
  watch(hint: () => void): () => void {
    let socket: Socket | null = null;
    const state = { isOver: false };
    const follow = async (): Promise<void> => {
      socket = await this.#ask('host:track-devices');
      for (;;) {
        await readCounted(socket);
        if (state.isOver) return;
        hint();
      }
    };
    follow().catch(() => socket?.destroy());
    return () => {
      state.isOver = true;
      socket?.destroy();
    };
  }

  /** A connection on which the server has said yes to a first request. */
  async #ask(request: string, ends?: AbortSignal): Promise<Socket> {
    const at = this.#port;
    const where = typeof at === 'string' ? { path: at } : { host: '127.0.0.1', port: at, noDelay: true };
    const socket = connect(where);
    // A failure is told to whoever reads; nobody else has to hear of it.
    socket.on('error', () => socket.destroy());
    ends?.addEventListener('abort', () => socket.destroy());
    try {
      await ask(socket, request);
      return socket;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }
}

/** Sends a request. @throws Error with the server's words where it says no */
async function ask(socket: Socket, request: string): Promise<void> {
  socket.write(Buffer.byteLength(request).toString(16).padStart(4, '0') + request);
  const answer = (await readExactly(socket, 4)).toString('latin1');
  if (answer === 'OKAY') return;
  throw new Error(answer === 'FAIL' ? await readCounted(socket) : 'this is no ADB server');
}

/** Four hexadecimal digits of length, then the text. */
async function readCounted(socket: Socket): Promise<string> {
  const length = Number.parseInt((await readExactly(socket, 4)).toString('latin1'), 16);
  if (Number.isNaN(length)) throw new Error('this is no ADB server');
  return length === 0 ? '' : (await readExactly(socket, length)).toString('utf8');
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

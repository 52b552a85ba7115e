/**
 * An ADB server without adb: it speaks the host protocol (Android's `OVERVIEW.TXT`, `SERVICES.TXT`) on a port of
 * this computer, and knows phones that are `PhoneServices`.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { PhoneServices } from './phone-services.ts';

export type PhoneState = 'device' | 'unauthorized' | 'offline';

interface Plugged {
  readonly phone: PhoneServices;
  readonly transport: number;
  state: PhoneState;
  readonly sockets: Set<Socket>;
}

export class AdbServerDouble {
  readonly #server: Server;
  readonly #plugged = new Map<string, Plugged>();
  readonly #sockets = new Set<Socket>();
  readonly #trackers = new Set<Socket>();
  #transports = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<AdbServerDouble> {
    const server = createServer({ pauseOnConnect: false });
    const double = new AdbServerDouble(server);
    server.on('connection', (socket) => double.#serve(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return double;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  plug(phone: PhoneServices, state: PhoneState = 'device'): void {
    this.#transports += 1;
    this.#plugged.set(phone.serial, {
      phone,
      transport: this.#transports,
      state,
      sockets: new Set(),
    });
    this.#tellTrackers();
  }

  /** The cable is pulled. */
  unplug(phone: PhoneServices): void {
    const plugged = this.#plugged.get(phone.serial);
    if (plugged === undefined) return;
    this.#plugged.delete(phone.serial);
    phone.cut();
    for (const socket of plugged.sockets) socket.destroy();
    this.#tellTrackers();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #list(): string {
    return [...this.#plugged.values()]
      .map(
        ({ phone, state, transport }) =>
          `${phone.serial.padEnd(22)} ${state} usb:1-2 product:double model:${phone.model} device:double transport_id:${transport}\n`,
      )
      .join('');
  }

  #tellTrackers(): void {
    for (const socket of this.#trackers) socket.write(counted(this.#list()));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#trackers.delete(socket);
    });
    socket.on('error', () => socket.destroy());
    let input = Buffer.alloc(0);
    let chosen: Plugged | null = null;
    const hear = (part: Buffer): void => {
      input = Buffer.concat([input, part]);
      while (input.length >= 4) {
        const length = Number.parseInt(input.toString('latin1', 0, 4), 16);
        if (Number.isNaN(length)) return void socket.destroy();
        if (input.length < 4 + length) return;
        const request = input.toString('utf8', 4, 4 + length);
        input = input.subarray(4 + length);
        if (chosen !== null) {
          socket.off('data', hear);
          return this.#openService(socket, chosen, request, input);
        }
        chosen = this.#answer(socket, request, chosen);
      }
    };
    socket.on('data', hear);
  }

  /** Answers a request to the server itself; what it chooses is the phone of the next request. */
  #answer(socket: Socket, request: string, chosen: Plugged | null): Plugged | null {
    const fail = (words: string): null => {
      socket.end(`FAIL${counted(words)}`);
      return null;
    };
    if (request === 'host:devices-l') socket.end(`OKAY${counted(this.#list())}`);
    else if (request === 'host:track-devices') {
      socket.write(`OKAY${counted(this.#list())}`);
      this.#trackers.add(socket);
    } else if (request.startsWith('host:transport:')) {
      const serial = request.slice('host:transport:'.length);
      const found = this.#plugged.get(serial);
      if (found === undefined) return fail(`device '${serial}' not found`);
      if (found.state !== 'device') return fail(`device ${found.state}.`);
      socket.write('OKAY');
      return found;
    } else return fail('unknown host service');
    return chosen;
  }

  #openService(socket: Socket, plugged: Plugged, service: string, rest: Buffer): void {
    const stream = plugged.phone.open(service);
    if (stream === null) return void socket.end(`FAIL${counted('closed')}`);
    plugged.sockets.add(socket);
    socket.on('close', () => {
      plugged.sockets.delete(socket);
      stream.destroy();
    });
    stream.on('close', () => socket.end());
    socket.write('OKAY');
    if (rest.length > 0) stream.write(rest);
    socket.pipe(stream);
    stream.pipe(socket);
  }
}

/** Four hexadecimal digits of length, then the text. */
function counted(text: string): string {
  return Buffer.byteLength(text).toString(16).padStart(4, '0') + text;
}

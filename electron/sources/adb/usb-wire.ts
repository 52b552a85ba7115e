/**
 * The way straight over USB: the handshake with the phone's daemon, and its streams over two endpoints. Every
 * transfer may fail at any instant, because cables are pulled; then all streams end.
 */
import type { Duplex } from 'node:stream';
import { StationError } from '../../../shared/errors.ts';
import type { PhoneKey } from './key.ts';
import { AUTH, COMMANDS, headOf, HELLO, LARGEST, readHead, type Packet } from './packets.ts';
import { UsbStream } from './usb-stream.ts';
import type { Wire } from './wire.ts';

/** Two endpoints of a claimed interface. */
export interface UsbPipe {
  /** One transfer of at most so many bytes. Rejects when the phone is gone or the pipe was closed. */
  receive(bytes: number): Promise<Uint8Array>;
  send(bytes: Uint8Array): Promise<void>;
  /** Ends what is under way and lets go of the device. Never throws. */
  close(): Promise<void>;
}

interface Open {
  /** The phone's number of the stream; 0 until it answered. */
  remote: number;
  readonly stream: UsbStream;
  /** Waits for the phone's OKAY: to the opening, or to a piece. */
  waiting: { readonly resolve: () => void; readonly reject: (error: Error) => void } | null;
}

export class UsbWire implements Wire {
  readonly #pipe: UsbPipe;
  readonly #streams = new Map<number, Open>();
  #largest = 4096;
  #last = 0;
  #isGone = false;
  /** Packets go out whole, one after the other. */
  #sending: Promise<unknown> = Promise.resolve();

  private constructor(pipe: UsbPipe) {
    this.#pipe = pipe;
  }

  /**
   * Greets the phone. Settles when it has accepted this computer, which may be when somebody taps "Allow".
   * @param key asked for when the phone wants to know who this is
   */
  static async greet(pipe: UsbPipe, key: () => Promise<PhoneKey>): Promise<UsbWire> {
    const wire = new UsbWire(pipe);
    await wire.#send(HELLO);
    await wire.#untilAccepted(key);
    void wire.#listen();
    return wire;
  }

  async #untilAccepted(key: () => Promise<PhoneKey>): Promise<void> {
    for (let tries = 0; ;) {
      const packet = await this.#receive();
      if (packet.command === COMMANDS.connect) {
        this.#largest = Math.min(LARGEST, Math.max(1024, packet.b));
        return;
      }
      // Whatever else comes belongs to a connection that was broken off before.
      if (packet.command !== COMMANDS.auth || packet.a !== AUTH.token) continue;
      const { sign, publicKey } = await key();
      tries += 1;
      if (tries === 1)
        await this.#send({ command: COMMANDS.auth, a: AUTH.signature, b: 0, data: sign(packet.data) });
      else if (tries === 2)
        await this.#send({ command: COMMANDS.auth, a: AUTH.publicKey, b: 0, data: publicKey });
      else throw new StationError('phone-allow');
    }
  }

  async open(service: string): Promise<Duplex> {
    if (this.#isGone) throw new Error('the phone is gone');
    this.#last += 1;
    const local = this.#last;
    const open: Open = {
      remote: 0,
      waiting: null,
      stream: new UsbStream({
        send: (data) => this.#write(local, data),
        ready: () => this.#tell({ command: COMMANDS.okay, a: local, b: open.remote, data: NOTHING }),
        close: () => this.#closed(local),
      }),
    };
    // Its failure is told to whoever reads it; nobody else has to hear of it.
    open.stream.on('error', () => {});
    this.#streams.set(local, open);
    await this.#await(open, { command: COMMANDS.open, a: local, b: 0, data: Buffer.from(`${service}\0`) });
    return open.stream;
  }

  async #write(local: number, data: Buffer): Promise<void> {
    for (let at = 0; at < data.length; at += this.#largest) {
      const open = this.#streams.get(local);
      if (open === undefined) throw new Error('the phone ended the stream');
      const piece = data.subarray(at, at + this.#largest);
      await this.#await(open, { command: COMMANDS.write, a: local, b: open.remote, data: piece });
    }
  }

  /** Sends a packet and waits for the phone's OKAY. */
  #await(open: Open, packet: Packet): Promise<void> {
    return new Promise((resolve, reject) => {
      open.waiting = { resolve, reject };
      this.#send(packet).catch(reject);
    });
  }

  #closed(local: number): void {
    const open = this.#streams.get(local);
    if (open === undefined) return;
    this.#streams.delete(local);
    open.waiting?.reject(new Error('the stream was closed'));
    this.#tell({ command: COMMANDS.close, a: local, b: open.remote, data: NOTHING });
  }

  async #listen(): Promise<void> {
    try {
      for (;;) this.#take(await this.#receive());
    } catch {
      this.#end();
    }
  }

  #take({ command, a: remote, b: local, data }: Packet): void {
    const open = this.#streams.get(local);
    switch (command) {
      case COMMANDS.okay: {
        if (open === undefined) break;
        if (open.remote === 0) open.remote = remote;
        const { waiting } = open;
        open.waiting = null;
        waiting?.resolve();
        break;
      }
      case COMMANDS.write:
        // One that was closed meanwhile is told so.
        if (open === undefined) this.#tell({ command: COMMANDS.close, a: 0, b: remote, data: NOTHING });
        else open.stream.came(data);
        break;
      case COMMANDS.close:
        if (open === undefined) break;
        this.#streams.delete(local);
        open.waiting?.reject(new Error('the phone refuses the service'));
        open.stream.push(null);
        break;
      default:
      // A new greeting in the middle cannot be meant for us.
    }
  }

  async #receive(): Promise<Packet> {
    for (;;) {
      const head = readHead(await this.#pipe.receive(512));
      if (head === null) continue;
      const { length, ...rest } = head;
      const data = length === 0 ? NOTHING : await this.#pipe.receive(length);
      if (data.length === length) return { ...rest, data };
    }
  }

  #send(packet: Packet): Promise<void> {
    const sent = this.#sending.then(async () => {
      await this.#pipe.send(headOf(packet));
      if (packet.data.length > 0) await this.#pipe.send(packet.data);
    });
    this.#sending = sent.catch(() => {});
    return sent;
  }

  /** A packet that needs no answer. Where it fails, the reading ends, too. */
  #tell(packet: Packet): void {
    if (!this.#isGone) this.#send(packet).catch(() => {});
  }

  #end(): void {
    this.#isGone = true;
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    for (const { stream, waiting } of streams) {
      const why = new Error('the phone is gone');
      waiting?.reject(why);
      stream.destroy(why);
    }
  }

  isGone(): Promise<boolean> {
    return Promise.resolve(this.#isGone);
  }

  async close(): Promise<void> {
    this.#end();
    await this.#pipe.close();
  }
}

const NOTHING = new Uint8Array();

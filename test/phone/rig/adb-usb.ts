/**
 * A phone on a USB cable without a cable: the debugging daemon itself, behind an interface like WebUSB's. It speaks
 * the transport protocol (Android's `protocol.txt`): CNXN and AUTH with a real RSA key, then streams by OPEN, OKAY,
 * WRTE and CLSE.
 */
import { createPublicKey, publicDecrypt, randomBytes, constants, type KeyObject } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { UsbPort } from '../../../electron/sources/adb/usb.ts';
import type { PhoneServices } from './phone-services.ts';

const command = (name: string): number => Buffer.from(name).readUInt32LE(0);
const CNXN = command('CNXN');
const AUTH = command('AUTH');
const OPEN = command('OPEN');
const OKAY = command('OKAY');
const WRTE = command('WRTE');
const CLSE = command('CLSE');

const VERSION = 0x01000001;
const LARGEST = 64 * 1024;
/** The ASN.1 that stands before a SHA-1 in a signature: adb signs its token as if it were one. */
const SHA1_PREFIX = Buffer.from('3021300906052b0e03021a05000414', 'hex');

interface Packet {
  readonly command: number;
  readonly a: number;
  readonly b: number;
  readonly data: Buffer;
}

interface OpenStream {
  readonly remote: number;
  readonly stream: Duplex;
  /** The computer has not yet acknowledged what was sent. */
  waiting: (() => void) | null;
}

export class UsbPhoneDouble {
  readonly services: PhoneServices;
  /** The person taps "Allow" at once when a key comes that is not known yet. */
  allows = true;
  /** The key of the question that stands on the screen. */
  #asked: Buffer | null = null;
  /** Keys that were allowed for good. */
  readonly #keys: KeyObject[] = [];
  readonly #out: Buffer[] = [];
  readonly #streams = new Map<number, OpenStream>();
  #wantsIn: { resolve: (result: USBInTransferResult) => void; reject: (error: Error) => void } | null = null;
  #head: Buffer | null = null;
  #token = randomBytes(20);
  #last = 0;
  #isPlugged = false;
  #isOpen = false;
  readonly #hints = new Set<() => void>();
  #device: USBDevice | null = null;
  /** How often somebody opened the device. */
  opened = 0;

  constructor(services: PhoneServices) {
    this.services = services;
  }

  /** Remembered keys, as "Always allow" leaves them. */
  get keys(): number {
    return this.#keys.length;
  }

  plug(): void {
    this.#isPlugged = true;
    this.#device = this.#makeDevice();
    for (const hint of this.#hints) hint();
  }

  unplug(): void {
    this.#isPlugged = false;
    this.#reset();
    for (const hint of this.#hints) hint();
  }

  /** What the station's `UsbPort` sees of it. */
  port(): UsbPort {
    return {
      list: () =>
        Promise.resolve(
          this.#isPlugged
            ? [{ key: '1.7', name: 'Double USB', serial: this.services.serial, port: '1-2', trouble: null }]
            : [],
        ),
      device: () =>
        this.#device !== null && this.#isPlugged
          ? Promise.resolve(this.#device)
          : Promise.reject(new Error('LIBUSB_ERROR_NO_DEVICE')),
      watch: (hint) => {
        this.#hints.add(hint);
        return () => void this.#hints.delete(hint);
      },
    };
  }

  #reset(): void {
    this.#isOpen = false;
    this.#asked = null;
    this.services.cut();
    this.#streams.clear();
    this.#out.length = 0;
    this.#head = null;
    this.#wantsIn?.reject(new Error('LIBUSB_TRANSFER_NO_DEVICE'));
    this.#wantsIn = null;
  }

  #makeDevice(): USBDevice {
    const endpoint = (direction: 'in' | 'out', endpointNumber: number) => ({
      direction,
      endpointNumber,
      packetSize: 512,
      type: 'bulk',
    });
    const alternate = {
      alternateSetting: 0,
      interfaceClass: 0xff,
      interfaceSubclass: 0x42,
      interfaceProtocol: 1,
      endpoints: [endpoint('in', 1), endpoint('out', 1)],
    };
    const configuration = {
      configurationValue: 1,
      interfaces: [{ interfaceNumber: 0, claimed: false, alternate, alternates: [alternate] }],
    };
    const device = {
      serialNumber: this.services.serial,
      productName: 'Double USB',
      configurations: [configuration],
      configuration,
      opened: false,
      open: () => {
        this.opened += 1;
        this.#isOpen = true;
        return Promise.resolve();
      },
      close: () => {
        // The device of an earlier plugging is another one.
        if (isCurrent()) this.#reset();
        return Promise.resolve();
      },
      claimInterface: () => Promise.resolve(),
      releaseInterface: () => {
        if (!isCurrent()) return Promise.resolve();
        this.#wantsIn?.reject(new Error('LIBUSB_TRANSFER_NO_DEVICE'));
        this.#wantsIn = null;
        return Promise.resolve();
      },
      transferOut: (_endpoint: number, data: BufferSource) => {
        if (!this.#isPlugged || !this.#isOpen || !isCurrent())
          return Promise.reject(new Error('LIBUSB_TRANSFER_NO_DEVICE'));
        this.#hear(Buffer.from(data as Uint8Array));
        return Promise.resolve({ status: 'ok', bytesWritten: (data as Uint8Array).length });
      },
      transferIn: () => {
        if (!this.#isPlugged || !this.#isOpen || !isCurrent())
          return Promise.reject(new Error('LIBUSB_TRANSFER_NO_DEVICE'));
        return new Promise<USBInTransferResult>((resolve, reject) => {
          this.#wantsIn = { resolve, reject };
          this.#give();
        });
      },
    };
    const made = device as unknown as USBDevice;
    const isCurrent = (): boolean => this.#device === made;
    return made;
  }

  /** One transfer at a time, as a bus does it. */
  #give(): void {
    const wanted = this.#wantsIn;
    const next = wanted === null ? undefined : this.#out.shift();
    if (wanted === null || next === undefined) return;
    this.#wantsIn = null;
    const bytes = new Uint8Array(next);
    wanted.resolve({ status: 'ok', data: new DataView(bytes.buffer) });
  }

  #send(name: number, a: number, b: number, data: Buffer = Buffer.alloc(0)): void {
    const head = Buffer.alloc(24);
    [name, a, b, data.length, sumOf(data), (name ^ 0xffffffff) >>> 0].forEach((value, at) =>
      head.writeUInt32LE(value >>> 0, at * 4),
    );
    this.#out.push(head);
    if (data.length > 0) this.#out.push(data);
    this.#give();
  }

  /** Headers and payloads come in transfers of their own; an empty one ends a full packet. */
  #hear(transfer: Buffer): void {
    if (transfer.length === 0) return;
    if (this.#head === null) {
      this.#head = transfer;
      if (transfer.readUInt32LE(12) > 0) return;
    }
    const head = this.#head;
    this.#head = null;
    const data = head === transfer ? Buffer.alloc(0) : transfer;
    this.#take({
      command: head.readUInt32LE(0),
      a: head.readUInt32LE(4),
      b: head.readUInt32LE(8),
      data,
    });
  }

  #take(packet: Packet): void {
    switch (packet.command) {
      case CNXN:
        this.#askForKey();
        break;
      case AUTH:
        this.#authenticate(packet);
        break;
      case OPEN:
        this.#openStream(packet);
        break;
      case OKAY:
        this.#streams.get(packet.b)?.waiting?.();
        break;
      case WRTE:
        this.#streams.get(packet.b)?.stream.write(packet.data);
        this.#send(OKAY, packet.b, packet.a);
        break;
      case CLSE:
        this.#streams.get(packet.b)?.stream.destroy();
        this.#streams.delete(packet.b);
        break;
      default:
        throw new Error('an unknown packet');
    }
  }

  #askForKey(): void {
    this.#token = randomBytes(20);
    this.#send(AUTH, 1, 0, this.#token);
  }

  #authenticate({ a: kind, data }: Packet): void {
    if (kind === 2) {
      if (this.#keys.some((key) => isSigned(key, data, this.#token))) this.#welcome();
      else this.#askForKey();
      return;
    }
    // A key it does not know: the question stands on the screen until somebody taps.
    this.#asked = data;
    if (this.allows) this.tap();
  }

  /** "Always allow", where the question stands. */
  tap(): void {
    if (this.#asked === null) throw new Error('the phone asks nothing');
    this.#keys.push(keyOf(this.#asked));
    this.#asked = null;
    this.#welcome();
  }

  #welcome(): void {
    const about =
      'device::ro.product.name=double;ro.product.model=Double USB;ro.product.device=double;features=cmd';
    this.#send(CNXN, VERSION, LARGEST, Buffer.from(about));
  }

  #openStream({ a: remote, data }: Packet): void {
    const stream = this.services.open(data.toString().replace(/\0$/, ''));
    if (stream === null) return this.#send(CLSE, 0, remote);
    this.#last += 1;
    const local = this.#last;
    const open: OpenStream = { remote, stream, waiting: null };
    this.#streams.set(local, open);
    this.#send(OKAY, local, remote);
    void this.#pump(local, open);
  }

  /** Sends what a service says, a packet at a time: the next one waits for OKAY. */
  async #pump(local: number, open: OpenStream): Promise<void> {
    try {
      for await (const part of open.stream as AsyncIterable<Buffer>) {
        for (let at = 0; at < part.length; at += LARGEST) {
          const heard = new Promise<void>((resolve) => (open.waiting = resolve));
          this.#send(WRTE, local, open.remote, part.subarray(at, at + LARGEST));
          await heard;
        }
      }
    } catch {
      // The cable was pulled, or the computer closed it.
    }
    open.stream.destroy();
    if (this.#streams.get(local) !== open) return;
    this.#streams.delete(local);
    this.#send(CLSE, local, open.remote);
  }
}

function sumOf(data: Buffer): number {
  return data.reduce((sum, byte) => sum + byte, 0);
}

/** Android's form of a public key: length in words, an inverse, modulus and a constant, all little-endian. */
function keyOf(data: Buffer): KeyObject {
  const raw = Buffer.from(data.toString('latin1').split(/[ \0]/)[0] ?? '', 'base64');
  const words = raw.readUInt32LE(0);
  const modulus = Buffer.from(raw.subarray(8, 8 + words * 4)).reverse();
  const exponent = Buffer.alloc(4);
  exponent.writeUInt32BE(raw.readUInt32LE(8 + words * 8));
  const jwk = { kty: 'RSA', n: modulus.toString('base64url'), e: exponent.toString('base64url') };
  return createPublicKey({ key: jwk, format: 'jwk' });
}

function isSigned(key: KeyObject, signature: Buffer, token: Buffer): boolean {
  try {
    const signed = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
    return signed.equals(Buffer.concat([SHA1_PREFIX, token]));
  } catch {
    return false;
  }
}

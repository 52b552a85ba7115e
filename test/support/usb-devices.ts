/** USB devices as the older interface of `usb` 2.18 shows them, with phones in memory behind their pipes. */
import type * as Usb from 'usb';
import { MtpError } from '../../electron/sources/mtp/failure.ts';
import type { InMemoryPhone } from './mtp-phone.ts';

export interface UsbDeviceOptions {
  readonly bus?: number;
  readonly address: number;
  readonly vendor?: number;
  readonly product?: number;
  /** The interfaces it has. */
  readonly interfaces: readonly ('mtp' | 'vendor-mtp' | 'vendor' | 'debugging' | 'storage')[];
  /** A new one for each time that it is opened. */
  readonly phone?: () => InMemoryPhone;
  /** So many times another program still holds it. */
  readonly busyFor?: number;
  readonly openFails?: number;
}

/** libusb's numbers for what ends a transfer, and for a call that failed. */
const STATUS: Readonly<Record<string, number>> = { silent: 2, closed: 3, stalled: 4, gone: 5 };
const BUSY = -6;

const failure = (errno: number) => Object.assign(new Error(`LIBUSB ${errno}`), { errno });

const pipe = (bEndpointAddress: number, bmAttributes: number) => ({
  bEndpointAddress,
  bmAttributes,
  wMaxPacketSize: 512,
});
const BULK = [pipe(0x81, 2), pipe(0x01, 2)];
const EVENTS = pipe(0x82, 3);

const KINDS = {
  mtp: { ids: [6, 1, 1], endpoints: [...BULK, EVENTS], name: 'MTP' },
  'vendor-mtp': { ids: [0xff, 0xff, 0], endpoints: [...BULK, EVENTS], name: 'MTP' },
  vendor: { ids: [0xff, 0, 0], endpoints: [...BULK, EVENTS], name: 'Something else' },
  debugging: { ids: [0xff, 0x42, 1], endpoints: BULK, name: 'ADB Interface' },
  storage: { ids: [8, 6, 0x50], endpoints: BULK, name: '' },
} as const;

export class FakeUsbDevice {
  readonly busNumber: number;
  readonly deviceAddress: number;
  readonly portNumbers: number[];
  readonly deviceDescriptor: Readonly<Record<string, number>>;
  /** As libusb's: only while it is open. */
  interfaces: object[] | undefined;
  opened = 0;
  closed = 0;
  claims = 0;
  readonly #options: UsbDeviceOptions;
  #phone: InMemoryPhone | undefined;

  constructor(options: UsbDeviceOptions) {
    this.#options = options;
    this.busNumber = options.bus ?? 1;
    this.deviceAddress = options.address;
    this.portNumbers = [options.address];
    this.deviceDescriptor = {
      idVendor: options.vendor ?? 0x18d1,
      idProduct: options.product ?? 0x4ee1,
      bcdUSB: 0x200,
      bcdDevice: 0x100,
    };
  }

  get allConfigDescriptors() {
    const interfaces = this.#options.interfaces.map((kind, at) => {
      const { ids, endpoints, name } = KINDS[kind];
      return [
        {
          bInterfaceNumber: at,
          bAlternateSetting: 0,
          bInterfaceClass: ids[0],
          bInterfaceSubClass: ids[1],
          bInterfaceProtocol: ids[2],
          iInterface: name === '' ? 0 : at + 5,
          endpoints,
        },
      ];
    });
    return [{ bConfigurationValue: 1, interfaces }];
  }

  get configDescriptor() {
    return this.allConfigDescriptors[0];
  }

  open(): void {
    if (this.#options.openFails !== undefined) throw failure(this.#options.openFails);
    this.opened += 1;
    this.interfaces = [];
    this.#phone = this.#options.phone?.();
  }

  close(): void {
    this.closed += 1;
    this.interfaces = undefined;
    void this.#phone?.close();
  }

  /** For what else asks a device about itself. */
  controlTransfer(...args: readonly unknown[]): void {
    const callback = args.at(-1) as (error: undefined, bytes: Buffer) => void;
    setImmediate(() => callback(undefined, Buffer.alloc(0)));
  }

  setConfiguration(_wanted: number, callback: () => void): void {
    setImmediate(callback);
  }

  reset(callback: () => void): void {
    setImmediate(callback);
  }

  setAutoDetachKernelDriver(): void {}

  getStringDescriptor(index: number, callback: (error?: Error, value?: string) => void): void {
    const kind = this.#options.interfaces[index - 5];
    setImmediate(() => callback(undefined, kind === undefined ? '' : KINDS[kind].name));
  }

  __claimInterface(_number: number): void {
    this.claims += 1;
    if (this.claims <= (this.#options.busyFor ?? 0)) throw failure(BUSY);
  }

  __releaseInterface(_number: number, callback: () => void): void {
    setImmediate(callback);
  }

  interface(number: number) {
    return {
      interfaceNumber: number,
      altSetting: 0,
      claim: () => this.__claimInterface(number),
      releaseAsync: () => new Promise<void>((resolve) => this.__releaseInterface(number, resolve)),
      release: (callback: () => void) => this.__releaseInterface(number, callback),
      endpoint: (address: number) => this.#endpoint(address),
    };
  }

  #endpoint(address: number) {
    return {
      direction: (address & 0x80) === 0 ? 'out' : 'in',
      clearHalt: (callback: () => void) => setImmediate(callback),
      makeTransfer: (
        timeoutMs: number,
        callback: (error: Error | undefined, _: Buffer, actual: number) => void,
      ) => ({
        submit: (buffer: Buffer) => void this.#submit(address, timeoutMs, buffer, callback),
        cancel: () => void this.#phone?.close(),
      }),
    };
  }

  async #submit(
    address: number,
    timeoutMs: number,
    buffer: Buffer,
    callback: (error: Error | undefined, buffer: Buffer, actual: number) => void,
  ): Promise<void> {
    try {
      if (this.#phone === undefined) throw new Error('not open');
      if ((address & 0x80) === 0) {
        await this.#phone.send(buffer);
        callback(undefined, buffer, buffer.length);
      } else {
        const bytes = await this.#phone.receive(buffer.length, timeoutMs);
        buffer.set(bytes);
        callback(undefined, buffer, bytes.length);
      }
    } catch (error) {
      callback(failure((error instanceof MtpError ? STATUS[error.failure] : undefined) ?? 1), buffer, 0);
    }
  }
}

// As on the module's own class: what is native there is read-only.
for (const name of ['__claimInterface', '__releaseInterface', 'reset'])
  Object.defineProperty(FakeUsbDevice.prototype, name, { writable: false, configurable: false });

/** What `import('usb')` gives, with these devices plugged in. */
export function fakeUsb(devices: readonly FakeUsbDevice[]): typeof Usb {
  return { getDeviceList: () => devices } as unknown as typeof Usb;
}

/**
 * The real link: libusb by `usb` 2.18. Its older interface is used, because there a transfer has a time-out and
 * can be broken off; the WebUSB one has neither, and cannot be closed while a transfer is under way.
 */
import type { Device, Endpoint, InEndpoint, OutEndpoint } from 'usb';
import { orAfter, wait, type Timers } from '../../../shared/timers.ts';
import { candidatesOf, isMtpName, type Candidate } from './candidates.ts';
import { MtpError, type MtpFailure } from './failure.ts';
import type { MtpLink } from './link.ts';

/** Programs that look at every new phone (mtp-probe, a file manager) let go of it again after some seconds. */
const CLAIM_MS = 5000;
const CLAIM_AGAIN_MS = 250;
/** A text that a phone does not give within this time counts as missing. */
const TEXT_MS = 2000;
/** Milliseconds for a transfer that was broken off to end. */
const BREAK_OFF_MS = 2000;

/** libusb's numbers: negative for a call that failed, positive for how a transfer ended (libusb.h). */
const FAILURES: Readonly<Record<number, MtpFailure>> = {
  [-1]: 'failed',
  [-3]: 'no-access',
  [-4]: 'gone',
  [-5]: 'gone',
  [-6]: 'busy',
  [-7]: 'silent',
  [-9]: 'stalled',
  // Windows and macOS: the system's own driver holds it.
  [-12]: 'busy',
  1: 'failed',
  2: 'silent',
  3: 'closed',
  4: 'stalled',
  5: 'gone',
  6: 'nonsense',
};

type Transfer = ReturnType<Endpoint['makeTransfer']>;

/**
 * Opens a phone and claims its MTP interface.
 * @returns `null` where it has none after all: only its name could tell
 * @throws MtpError `busy`, `no-access`, `gone`, `failed`; the device is then closed
 */
export async function openUsbLink(
  device: Device,
  signal: AbortSignal,
  timers: Timers,
): Promise<MtpLink | null> {
  guarded(() => device.open());
  try {
    const candidate = await chooseCandidate(device, timers);
    if (candidate === null) {
      device.close();
      return null;
    }
    await select(device, candidate.configuration);
    await claim(device, candidate.interfaceNumber, signal, timers);
    return new UsbLink(device, candidate, timers);
  } catch (error) {
    closeQuietly(device);
    throw asMtpError(error);
  }
}

async function chooseCandidate(device: Device, timers: Timers): Promise<Candidate | null> {
  for (const candidate of candidatesOf(device.allConfigDescriptors)) {
    if (candidate.nameIndex === null) return candidate;
    if (isMtpName(await textOf(timers, device, candidate.nameIndex))) return candidate;
  }
  return null;
}

/** A text of an open device; empty where it gives none. */
export function textOf(timers: Timers, device: Device, index: number): Promise<string> {
  const text = new Promise<string>((resolve) => {
    device.getStringDescriptor(index, (error, value) => resolve(error === undefined ? (value ?? '') : ''));
  });
  return orAfter(timers, TEXT_MS, text, '');
}

async function select(device: Device, configuration: number): Promise<void> {
  if (device.configDescriptor?.bConfigurationValue === configuration) return;
  await new Promise<void>((resolve, reject) => {
    device.setConfiguration(configuration, (error) => (error === undefined ? resolve() : reject(error)));
  });
}

async function claim(
  device: Device,
  interfaceNumber: number,
  signal: AbortSignal,
  timers: Timers,
): Promise<void> {
  for (const until = timers.now() + CLAIM_MS; ;) {
    try {
      return guarded(() => device.interface(interfaceNumber).claim());
    } catch (error) {
      const mayYetLetGo = error instanceof MtpError && error.failure === 'busy' && !signal.aborted;
      if (!mayYetLetGo || timers.now() > until) throw error;
      await wait(timers, CLAIM_AGAIN_MS);
    }
  }
}

class UsbLink implements MtpLink {
  readonly packetBytes: number;
  readonly #device: Device;
  readonly #timers: Timers;
  readonly #candidate: Candidate;
  readonly #input: InEndpoint;
  readonly #output: OutEndpoint;
  readonly #underWay = new Map<Transfer, Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(device: Device, candidate: Candidate, timers: Timers) {
    const pipes = device.interface(candidate.interfaceNumber);
    const [input, output] = [pipes.endpoint(candidate.input), pipes.endpoint(candidate.output)];
    if (input?.direction !== 'in' || output?.direction !== 'out')
      throw new MtpError('failed', 'the pipes are not those that were described');
    this.#device = device;
    this.#timers = timers;
    this.#candidate = candidate;
    this.#input = input as InEndpoint;
    this.#output = output as OutEndpoint;
    this.packetBytes = candidate.packetBytes;
  }

  async send(bytes: Uint8Array, timeoutMs: number): Promise<void> {
    const sent = await this.#transfer(this.#output, Buffer.from(bytes), timeoutMs);
    if (sent.length !== bytes.length) throw new MtpError('failed', 'only a part was sent');
  }

  receive(bytes: number, timeoutMs: number): Promise<Uint8Array> {
    // Zeroed memory is not needed: only what the phone has written is handed on.
    return this.#transfer(this.#input, Buffer.allocUnsafeSlow(bytes), timeoutMs);
  }

  async #transfer(pipe: Endpoint, buffer: Buffer, timeoutMs: number): Promise<Uint8Array> {
    if (this.#closing !== undefined) throw new MtpError('closed', 'the phone was given free');
    let transfer: Transfer | undefined;
    const ended = new Promise<Uint8Array>((resolve, reject) => {
      const time = Math.max(1, Math.ceil(timeoutMs));
      transfer = pipe.makeTransfer(time, (error, _buffer, actual) => {
        if (error == null) resolve(buffer.subarray(0, actual));
        else reject(error);
      });
      transfer.submit(buffer);
    });
    if (transfer !== undefined) this.#underWay.set(transfer, ended);
    try {
      return await ended;
    } catch (error) {
      const failure = asMtpError(error);
      // A halted pipe takes nothing more until it is cleared; what was under way is lost all the same.
      if (failure.failure === 'stalled') await clearHalt(pipe);
      throw failure;
    } finally {
      if (transfer !== undefined) this.#underWay.delete(transfer);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const ends = [...this.#underWay.values()];
    for (const transfer of this.#underWay.keys()) {
      try {
        transfer.cancel();
      } catch {
        // It has ended in the meantime.
      }
    }
    // A device must not be closed while libusb still works on one of its transfers.
    await orAfter(this.#timers, BREAK_OFF_MS, Promise.allSettled(ends), undefined);
    const released = new Promise<void>((resolve) => {
      try {
        this.#device.interface(this.#candidate.interfaceNumber).release(() => resolve());
      } catch {
        resolve();
      }
    });
    await orAfter(this.#timers, BREAK_OFF_MS, released, undefined);
    closeQuietly(this.#device);
  }
}

function clearHalt(pipe: Endpoint): Promise<void> {
  return new Promise((resolve) => {
    try {
      pipe.clearHalt(() => resolve());
    } catch {
      resolve();
    }
  });
}

function closeQuietly(device: Device): void {
  try {
    device.close();
  } catch {
    // Gone, or never open.
  }
}

function guarded<Value>(call: () => Value): Value {
  try {
    return call();
  } catch (error) {
    throw asMtpError(error);
  }
}

function asMtpError(error: unknown): MtpError {
  if (error instanceof MtpError) return error;
  const number = typeof error === 'object' && error !== null && 'errno' in error ? error.errno : undefined;
  const failure = typeof number === 'number' ? FAILURES[number] : undefined;
  return new MtpError(failure ?? 'failed', 'libusb', undefined, error);
}

/** A session with a phone as the device layer reads it: a list of files, and pieces of them. */
import { type ErrorCode, StationError } from '../../../shared/errors.ts';
import type { Timers } from '../../../shared/timers.ts';
import type { FileStat, FindLimits } from '../files.ts';
import type { FileAccess, FileList, OpenFile } from '../source.ts';
import { OPERATION, RESPONSE, SATURATED_SIZE } from './codes.ts';
import { MtpError, type MtpFailure } from './failure.ts';
import { listPhone } from './listing.ts';
import { MtpPhone, pieceLength, type ObjectInfo } from './mtp-phone.ts';
import type { MtpLink } from './link.ts';
import { MtpSession, type SessionTimes } from './session.ts';

/** One read of the phone: long enough to be fast, short enough to be broken off (measured: 7–30 MB/s). */
const PIECE_BYTES = 1024 * 1024;

/** Samsung's vendor number: such a phone asks whether it may be read, after the session was opened. */
const SAMSUNG = 0x04e8;

export interface PhoneFacts {
  readonly vendor: number;
  /** It showed its files earlier, since it was plugged in. */
  readonly wasOpen: boolean;
}

/** A phone that answers, whether or not it shows any files yet. */
export interface Greeted {
  readonly session: MtpSession;
  readonly phone: MtpPhone;
}

/**
 * Opens a session on a claimed link.
 * @throws StationError `phone-photos-only`, `phone-not-able`, `device-stuck`, `source-gone`; the link is then closed
 */
export async function greetPhone(link: MtpLink, times?: SessionTimes, timers?: Timers): Promise<Greeted> {
  let session: MtpSession | undefined;
  try {
    session = await MtpSession.open(link, times, timers);
    const phone = await MtpPhone.greet(session);
    if (!phone.offersFiles) throw new StationError('phone-photos-only');
    const { operations } = phone.info;
    if (!operations.has(OPERATION.getPartialObject) && !operations.has(OPERATION.getPartialObject64))
      throw new StationError('phone-not-able');
    return { session, phone };
  } catch (error) {
    await session?.close();
    throw asStationError(error);
  }
}

/**
 * The files of a phone. The session stays open where it shows none: a phone that asks its owner for leave asks
 * anew with every new session.
 * @throws StationError `phone-charging-only`, `phone-allow`, `phone-locked`, `device-stuck`, `source-gone`
 */
export async function filesOfPhone({ session, phone }: Greeted, facts: PhoneFacts): Promise<FileAccess> {
  try {
    if ((await phone.storages()).length === 0) throw new StationError(withoutStorages(facts));
    return new PhoneFiles(session, phone);
  } catch (error) {
    throw asStationError(error);
  }
}

/**
 * A phone without storages does not say why. Locked again, where it was open before; a Samsung is probably
 * asking; Android hides its storages until "File transfer" was chosen.
 */
function withoutStorages({ vendor, wasOpen }: PhoneFacts): ErrorCode {
  if (wasOpen) return 'phone-locked';
  return vendor === SAMSUNG ? 'phone-allow' : 'phone-charging-only';
}

class PhoneFiles implements FileAccess {
  readonly #session: MtpSession;
  readonly #phone: MtpPhone;

  constructor(session: MtpSession, phone: MtpPhone) {
    this.#session = session;
    this.#phone = phone;
  }

  async list(limits: FindLimits, signal: AbortSignal): Promise<FileList> {
    try {
      const storages = await this.#phone.storages();
      // Locked meanwhile, or the cable's use was changed: not the same as a phone without dumps.
      if (storages.length === 0) throw new StationError('phone-locked');
      const { files, missed } = await listPhone(this.#phone, storages, limits, signal);
      return {
        files: files.map(({ handle, path, bytes, modifiedMs }) => ({
          file: String(handle),
          name: path.join('/'),
          bytes: bytes ?? SATURATED_SIZE,
          modifiedMs: modifiedMs ?? 0,
        })),
        missed,
      };
    } catch (error) {
      throw asStationError(error);
    }
  }

  async open(file: string): Promise<OpenFile> {
    const handle = handleOf(file);
    const info = await this.#info(handle);
    if (info.isFolder) throw new StationError('is-folder');
    return {
      stat: async () => statOf(await this.#info(handle)),
      read: (offset, length) => this.#read(handle, statOf(info).bytes, offset, length),
      close: () => Promise.resolve(),
    };
  }

  async #info(handle: number): Promise<ObjectInfo> {
    try {
      return await this.#phone.objectInfo(handle);
    } catch (error) {
      throw asStationError(error);
    }
  }

  async #read(handle: number, bytes: number, offset: number, length: number): Promise<Uint8Array> {
    const end = Math.min(bytes, offset + length);
    const pieces: Uint8Array[] = [];
    try {
      for (let at = offset; at < end;) {
        const piece = await this.#phone.read(
          handle,
          at,
          pieceLength(at, bytes, Math.min(PIECE_BYTES, end - at)),
        );
        // Shorter than it was: whoever copies compares it afterwards.
        if (piece.length === 0) break;
        pieces.push(piece);
        at += piece.length;
      }
    } catch (error) {
      throw asStationError(error);
    }
    return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
  }

  close(): Promise<void> {
    // What is under way is broken off by its link; there is nothing that must be finished on a phone.
    return this.#session.close();
  }
}

function handleOf(file: string): number {
  const handle = /^\d{1,10}$/.test(file) ? Number(file) : 0;
  if (handle === 0) throw new StationError('source-gone');
  return handle;
}

/** @throws StationError `phone-not-able`: larger than 4 GiB, on a phone that cannot say how much */
function statOf(info: ObjectInfo): FileStat {
  if (info.bytes === null) throw new StationError('phone-not-able');
  return { bytes: info.bytes, modifiedMs: info.modifiedMs ?? 0 };
}

const CODES: Readonly<Record<Exclude<MtpFailure, 'refused'>, ErrorCode>> = {
  gone: 'source-gone',
  closed: 'source-gone',
  busy: 'device-busy',
  'no-access': 'no-permission',
  silent: 'device-stuck',
  stalled: 'device-stuck',
  nonsense: 'device-stuck',
  failed: 'device-stuck',
};

/** A failure of the cable or the protocol as a person is told of it. */
export function asStationError(error: unknown): StationError {
  if (error instanceof StationError) return error;
  if (!(error instanceof MtpError)) return new StationError('internal', undefined, error);
  if (error.failure !== 'refused') return new StationError(CODES[error.failure], undefined, error);
  switch (error.response) {
    case RESPONSE.invalidObject:
      return new StationError('source-gone', undefined, error);
    case RESPONSE.invalidStorage:
    case RESPONSE.storeNotAvailable:
    case RESPONSE.accessDenied:
      return new StationError('phone-locked', undefined, error);
    case RESPONSE.operationNotSupported:
      return new StationError('phone-not-able', undefined, error);
    default:
      return new StationError('not-readable', undefined, error);
  }
}

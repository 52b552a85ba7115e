/**
 * A **link** is a connection with the debugging daemon of one phone, over an ADB server or over USB. Over it go
 * any number of streams at once: files, small commands, and the sockets of the phone's web views.
 */
import type { Duplex } from 'node:stream';
import type { Adb, AdbSocket, AdbSync } from '@yume-chan/adb';
import { StationError } from '../../../shared/errors.ts';
import { within } from '../patience.ts';
import { PATIENCE } from './patience.ts';
import { AdbStream } from './stream.ts';

/** What a command may say; more is cut off. */
const TEXT_BYTES = 4 * 1024 * 1024;

export class Link {
  readonly #adb: Adb;
  readonly #end: () => void;
  #isGone = false;

  /** @param end called when the link is closed or the phone is gone, once */
  constructor(adb: Adb, end: () => void) {
    this.#adb = adb;
    this.#end = end;
    const gone = (): void => {
      if (this.#isGone) return;
      this.#isGone = true;
      this.#end();
    };
    adb.disconnected.then(gone, gone);
  }

  /** Unplugged, or closed. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /**
   * A stream to a service of the phone: `exec:COMMAND`, `localabstract:NAME`.
   * @throws StationError `source-gone`, `device-stuck`; with a cause where the phone refuses the service
   */
  async stream(service: string, signal?: AbortSignal): Promise<Duplex> {
    try {
      const open = () => this.#adb.createSocket(service);
      const late = (socket: AdbSocket): void => void socket.close();
      return new AdbStream(await within(PATIENCE.answerMs, 'device-stuck', open, { ...outer(signal), late }));
    } catch (error) {
      throw this.asFailure(error);
    }
  }

  /** What a command says, without its error output. Only fixed commands: nothing of a file's name goes in. */
  async say(command: string, signal?: AbortSignal): Promise<string> {
    const stream = await this.stream(`exec:${command}`, signal);
    const parts: Buffer[] = [];
    let bytes = 0;
    const reading = async (): Promise<void> => {
      for await (const part of stream as AsyncIterable<Buffer>) {
        parts.push(part);
        bytes += part.length;
        if (bytes > TEXT_BYTES) break;
      }
    };
    try {
      await within(PATIENCE.answerMs, 'device-stuck', reading, outer(signal));
      return Buffer.concat(parts).toString('utf8');
    } catch (error) {
      throw this.asFailure(error);
    } finally {
      stream.destroy();
    }
  }

  /** The service for files. The caller disposes it. */
  async sync(): Promise<AdbSync> {
    try {
      return await within(PATIENCE.answerMs, 'device-stuck', () => this.#adb.sync());
    } catch (error) {
      throw this.asFailure(error);
    }
  }

  /** A failure in the station's words: after the cable is pulled everything fails, whatever the library says. */
  asFailure(error: unknown): StationError {
    if (error instanceof StationError && error.code === 'cancelled') return error;
    if (this.#isGone) return new StationError('source-gone', undefined, error);
    return error instanceof StationError ? error : new StationError('device-stuck', undefined, error);
  }

  /** Never throws. */
  async close(): Promise<void> {
    try {
      await within(PATIENCE.answerMs, 'device-stuck', () => this.#adb.close());
    } catch {
      // It is gone already, or hangs; either way it is not ours any more.
    }
    if (!this.#isGone) {
      this.#isGone = true;
      this.#end();
    }
  }
}

function outer(signal: AbortSignal | undefined): { outer?: AbortSignal } {
  return signal === undefined ? {} : { outer: signal };
}

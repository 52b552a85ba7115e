/** A wire with time-outs, in the station's words: whoever reads files or apps works with this. */
import type { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { StationError } from '../../../shared/errors.ts';
import { withTimeout } from '../timeout.ts';
import { ADB_TIMEOUTS } from './timeouts.ts';
import type { Wire } from './wire.ts';

/** What a command may say; more is cut off. */
const TEXT_BYTES = 4 * 1024 * 1024;
/** A stream may end a moment before the system says that the phone is gone. */
const NEWS_MS = 300;

export class Link {
  readonly #wire: Wire;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** A stream to a service of the phone: `exec:COMMAND`, `localabstract:NAME`. @throws StationError `source-gone`, `device-stuck`, `cancelled` */
  async stream(service: string, signal?: AbortSignal): Promise<Duplex> {
    const late = (stream: Duplex): void => void stream.destroy();
    try {
      const open = () => this.#wire.open(service);
      return await withTimeout(ADB_TIMEOUTS.answerMs, 'device-stuck', open, { ...outer(signal), late });
    } catch (error) {
      throw await this.explain(error);
    }
  }

  /** What a command says, without its error output. @throws as `stream` does */
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
      await withTimeout(ADB_TIMEOUTS.answerMs, 'device-stuck', reading, outer(signal));
      return Buffer.concat(parts).toString('utf8');
    } catch (error) {
      throw await this.explain(error);
    } finally {
      stream.destroy();
    }
  }

  /** A failure in the station's words: after the cable is pulled everything fails, whatever it is called. */
  async explain(error: unknown): Promise<StationError> {
    if (error instanceof StationError && error.code === 'cancelled') return error;
    if (await this.isGone()) return new StationError('source-gone', undefined, error);
    return error instanceof StationError ? error : new StationError('device-stuck', undefined, error);
  }

  /** The phone is known to be gone. */
  hasEnded(): Promise<boolean> {
    return this.#wire.isGone();
  }

  /** Something failed: the phone may be gone, which is known a moment later. */
  async isGone(): Promise<boolean> {
    if (await this.hasEnded()) return true;
    await wait(NEWS_MS);
    return this.hasEnded();
  }

  /** Never throws. */
  close(): Promise<void> {
    return this.#wire.close();
  }
}

function outer(signal: AbortSignal | undefined): { outer?: AbortSignal } {
  return signal === undefined ? {} : { outer: signal };
}

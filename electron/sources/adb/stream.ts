/** A stream of the phone (web streams, as the ADB library has them) as a Node stream, which `http` and `ws` take. */
import { Duplex } from 'node:stream';
import { callbackify } from 'node:util';
import type { AdbSocket } from '@yume-chan/adb';

/** Reads only as fast as the reader takes it: a phone that sends too much waits. */
export class AdbStream extends Duplex {
  readonly #socket: AdbSocket;
  readonly #reader: ReturnType<AdbSocket['readable']['getReader']>;
  readonly #writer: ReturnType<AdbSocket['writable']['getWriter']>;

  constructor(socket: AdbSocket) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#reader = socket.readable.getReader();
    this.#writer = socket.writable.getWriter();
  }

  override _read(): void {
    void this.#pull();
  }

  async #pull(): Promise<void> {
    try {
      const { done, value } = await this.#reader.read();
      this.push(done ? null : value);
    } catch (error) {
      this.destroy(asError(error));
    }
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // A copy: the library hands the bytes on as they are, and Node may use a buffer again.
    settle(() => this.#writer.write(new Uint8Array(chunk)), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    settle(async () => {
      // The phone may have closed its side first.
      await this.#writer.close().catch(() => {});
    }, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    void this.#release();
    done(error);
  }

  async #release(): Promise<void> {
    // Whatever waits in the library's stream must go, or it would hold up the phone's other streams.
    await this.#reader.cancel().catch(() => {});
    try {
      await this.#socket.close();
    } catch {
      // The phone is gone.
    }
  }
}

/** What Node's streams want: a call back, with the failure if there was one. */
const settle = callbackify((work: () => Promise<void>) => work());

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

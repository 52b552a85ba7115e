/** A stream of the phone (web streams, as the ADB library has them) as a Node stream, which `http` and `ws` take. */
import { Duplex } from 'node:stream';
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
    this.#reader.read().then(
      ({ done, value }) => this.push(done ? null : value),
      (error: unknown) => this.destroy(asError(error)),
    );
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    // A copy: the library hands the bytes on as they are, and Node may use a buffer again.
    this.#writer.write(new Uint8Array(chunk)).then(
      () => done(),
      (error: unknown) => done(asError(error)),
    );
  }

  override _final(done: (error?: Error) => void): void {
    this.#writer.close().then(
      () => done(),
      () => done(),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    // Whatever waits in the library's stream must go, or it would hold up the phone's other streams.
    this.#reader.cancel().catch(() => {});
    Promise.resolve(this.#socket.close()).catch(() => {});
    done(error);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** One stream over USB. The phone sends the next piece when the last one was read, and so do we. */
import { Duplex } from 'node:stream';

export interface StreamEnds {
  /** Sends a piece; settles when the phone is ready for more. */
  readonly send: (data: Buffer) => Promise<void>;
  /** Tells the phone that what came was read. */
  readonly ready: () => void;
  readonly close: () => void;
}

export class UsbStream extends Duplex {
  readonly #ends: StreamEnds;
  /** Something came that the phone has not been thanked for. */
  #owes = false;

  constructor(ends: StreamEnds) {
    super({ allowHalfOpen: false });
    this.#ends = ends;
    this.once('close', () => ends.close());
  }

  /** What the phone sent. */
  came(data: Uint8Array): void {
    this.#owes = true;
    if (this.push(data)) this.#thank();
  }

  #thank(): void {
    if (!this.#owes) return;
    this.#owes = false;
    this.#ends.ready();
  }

  override _read(): void {
    this.#thank();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    void this.#write(chunk, done);
  }

  async #write(chunk: Buffer, done: (error?: Error | null) => void): Promise<void> {
    let failure: Error | null = null;
    try {
      await this.#ends.send(chunk);
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
    done(failure);
  }
}

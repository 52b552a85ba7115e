/**
 * Containers on the bulk pipes. What comes from the phone is treated as one stream of bytes that is cut by the
 * lengths which the containers state, so that it does not matter whether a phone ends a transfer with an
 * empty packet, forgets to, or sends data and response in one go.
 */
import type { Timers } from '../../../shared/timers.ts';
import { CONTAINER, HEADER_BYTES } from './codes.ts';
import { MtpError } from './failure.ts';
import type { MtpLink } from './link.ts';

export interface Header {
  /** Of the whole container, its header counted. */
  readonly length: number;
  readonly type: number;
  readonly code: number;
  readonly transaction: number;
}

/** Empty transfers in a row after which a phone is taken to send nothing. */
const EMPTY_TRANSFERS = 8;

/** The most that is asked for in one transfer; a multiple of every packet size. */
const TRANSFER_BYTES = 1024 * 1024 + 64 * 1024;

export function commandContainer(operation: number, transaction: number, params: readonly number[]) {
  const bytes = new Uint8Array(HEADER_BYTES + 4 * params.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, CONTAINER.command, true);
  view.setUint16(6, operation, true);
  view.setUint32(8, transaction, true);
  for (const [at, param] of params.entries()) view.setUint32(HEADER_BYTES + 4 * at, param, true);
  return bytes;
}

export class ContainerStream {
  readonly #link: MtpLink;
  readonly #timers: Timers;
  #pieces: Uint8Array[] = [];
  #held = 0;

  constructor(link: MtpLink, timers: Timers) {
    this.#link = link;
    this.#timers = timers;
  }

  /**
   * @param expected bytes that will probably come after this header: fewer transfers where they do
   * @param deadline as the timers count
   * @throws MtpError `nonsense` where the header cannot be one, and what `MtpLink.receive` throws
   */
  async header(expected: number, deadline: number): Promise<Header> {
    await this.#fill(HEADER_BYTES, HEADER_BYTES + expected, deadline);
    const bytes = this.#cut(HEADER_BYTES);
    const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
    const header: Header = {
      length: view.getUint32(0, true),
      type: view.getUint16(4, true),
      code: view.getUint16(6, true),
      transaction: view.getUint32(8, true),
    };
    if (header.length < HEADER_BYTES)
      throw new MtpError('nonsense', 'a container is shorter than its header');
    return header;
  }

  async payload(bytes: number, deadline: number): Promise<Uint8Array> {
    await this.#fill(bytes, bytes, deadline);
    return this.#cut(bytes);
  }

  /** Passes over bytes without keeping them. */
  async skip(bytes: number, deadline: number): Promise<void> {
    for (let left = bytes; left > 0;) {
      if (this.#held === 0) await this.#fill(1, left, deadline);
      const piece = Math.min(left, this.#held);
      this.#cut(piece);
      left -= piece;
    }
  }

  /**
   * Throws away what a conversation that was broken off has left in the pipe.
   * @throws MtpError `nonsense` where it does not end, `gone`
   */
  async drain(most: number, quietMs: number): Promise<void> {
    this.#pieces = [];
    this.#held = 0;
    for (let seen = 0, empty = 0; seen <= most && empty < EMPTY_TRANSFERS;) {
      try {
        const bytes = await this.#link.receive(this.#transfer(TRANSFER_BYTES), quietMs);
        seen += bytes.length;
        if (bytes.length === 0) empty += 1;
      } catch (error) {
        if (error instanceof MtpError && (error.failure === 'silent' || error.failure === 'stalled')) return;
        throw error;
      }
    }
    throw new MtpError('nonsense', 'the phone does not stop sending');
  }

  async #fill(needed: number, expected: number, deadline: number): Promise<void> {
    for (let empty = 0; this.#held < needed;) {
      const left = deadline - this.#timers.now();
      if (left <= 0) throw new MtpError('silent', 'the answer takes too long');
      const bytes = await this.#link.receive(this.#transfer(expected - this.#held), left);
      if (bytes.length === 0) {
        empty += 1;
        if (empty > EMPTY_TRANSFERS) throw new MtpError('nonsense', 'the phone sends empty packets only');
        continue;
      }
      empty = 0;
      this.#pieces.push(bytes);
      this.#held += bytes.length;
    }
  }

  /** The room for one transfer: whole packets, so that no packet is too long for it. */
  #transfer(bytes: number): number {
    const packet = this.#link.packetBytes;
    // The response follows the data; where the phone sends both in one go it fits in here.
    const wanted = Math.min(Math.max(bytes, 1) + 2 * HEADER_BYTES, TRANSFER_BYTES);
    return Math.ceil(wanted / packet) * packet;
  }

  #cut(bytes: number): Uint8Array {
    const [first] = this.#pieces;
    if (bytes === 0 || first === undefined) return new Uint8Array(0);
    this.#held -= bytes;
    if (first.length >= bytes) {
      if (first.length === bytes) this.#pieces.shift();
      else this.#pieces[0] = first.subarray(bytes);
      return first.subarray(0, bytes);
    }
    const whole = new Uint8Array(bytes);
    for (let at = 0; at < bytes;) {
      const piece = this.#pieces[0] ?? new Uint8Array(0);
      const part = piece.subarray(0, bytes - at);
      whole.set(part, at);
      at += part.length;
      if (part.length === piece.length) this.#pieces.shift();
      else this.#pieces[0] = piece.subarray(part.length);
    }
    return whole;
  }
}

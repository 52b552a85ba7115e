/**
 * The client's end of a WebSocket (RFC 6455) over any stream. Messages are handed over in the pieces in which they
 * come, and written from pieces as quickly as the other end takes them: one of DevTools may be 60 MB long, and no
 * library was found that does not join it first.
 */
import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { passed } from './collecting.ts';

export interface Listeners {
  /** A part of a message. */
  readonly piece: (piece: Buffer) => void;
  /** The message is whole. */
  readonly message: () => void;
  /** The other end closed, the stream ended, or what came is no WebSocket. Told once; nothing comes after it. */
  readonly end: (error: Error) => void;
}

/** A message in pieces, and how long they are together. */
export interface Outgoing {
  readonly bytes: number;
  readonly pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

const CONTINUED = 0x0;
const TEXT = 0x1;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;
const WHOLE = 0x80;
/** A control frame has no more. */
const SHORT = 125;
const MASKED = 0x80;
/** Masks are for what stands between a browser and a server; here is a cable. One of zeros changes nothing. */
const NO_MASK = Buffer.alloc(4);
/** RFC 6455 section 1.3. */
const ACCEPTING = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export class WebSocketClient {
  readonly #stream: Duplex;
  readonly #listeners: Listeners;
  readonly #most: number;
  /** The beginning of a frame's head, until it is whole. */
  #head = Buffer.alloc(0);
  #opcode = 0;
  #isLast = true;
  #left = 0;
  #control: Buffer[] = [];
  #length = 0;
  /** A message began, and is not whole yet. */
  #isWithin = false;
  /** What the next pong says; `null`: none is asked for. */
  #pong: Buffer | null = null;
  /** Messages leave one after the other. */
  #writing: Promise<void> = Promise.resolve();
  #isOver = false;

  private constructor(stream: Duplex, most: number, listeners: Listeners) {
    this.#stream = stream;
    this.#listeners = listeners;
    this.#most = most;
    stream.on('data', (part: Buffer) => this.#hear(part));
    stream.on('close', () => this.#end(new Error('the stream ended')));
    stream.on('error', (error) => this.#end(error));
  }

  /**
   * @param most bytes of one message; a longer one ends the connection
   * @throws Error where the other end is no WebSocket, or `signal` is aborted
   */
  static async open(
    stream: Duplex,
    path: string,
    { most, signal }: { readonly most: number; readonly signal: AbortSignal },
    listeners: Listeners,
  ): Promise<WebSocketClient> {
    const rest = await handshake(stream, path, signal);
    // Heard once the caller has the client.
    if (rest.length > 0) stream.unshift(rest);
    return new WebSocketClient(stream, most, listeners);
  }

  /** Sends a text. Rejects where it cannot be sent whole; the connection is over then. */
  send(text: string | Outgoing): Promise<void> {
    const sent = this.#writing.then(() => this.#write(text));
    this.#writing = sent.catch(() => {});
    return sent;
  }

  /** At once, without a word to the other end. */
  terminate(): void {
    this.#end(new Error('terminated'));
  }

  async #write(text: string | Outgoing): Promise<void> {
    if (this.#isOver) throw new Error('the stream ended');
    if (typeof text === 'string') {
      const bytes = Buffer.from(text);
      await this.#put(Buffer.concat([head(TEXT, bytes.length), bytes]));
      return;
    }
    try {
      await this.#put(head(TEXT, text.bytes));
      let written = 0;
      for await (const piece of text.pieces) {
        written += piece.byteLength;
        // Cut off there it would be a whole one.
        if (written > text.bytes) break;
        await this.#put(piece);
      }
      if (written !== text.bytes) throw new Error('not as long as it was said to be');
    } catch (error) {
      // The rest of the frame never comes.
      this.#end(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }

  async #put(bytes: Uint8Array): Promise<void> {
    if (this.#isOver) throw new Error('the stream ended');
    if (this.#stream.write(bytes)) return;
    const settled = Promise.withResolvers<void>();
    this.#stream.once('drain', settled.resolve).once('close', settled.resolve);
    await settled.promise;
    this.#stream.off('drain', settled.resolve).off('close', settled.resolve);
    if (this.#stream.destroyed) throw new Error('the stream ended');
  }

  #hear(part: Buffer): void {
    let rest = part;
    while (rest.length > 0 && !this.#isOver) rest = this.#left > 0 ? this.#take(rest) : this.#begin(rest);
    passed(part.length);
  }

  /** Answers what follows the head of a frame. */
  #begin(part: Buffer): Buffer {
    const before = this.#head.length;
    const bytes = Buffer.concat([this.#head, part.subarray(0, 10 - before)]);
    const [first = 0, second = 0] = bytes;
    const short = second & 0x7f;
    const size = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
    if (bytes.length < 2 || bytes.length < size) {
      this.#head = bytes;
      return part.subarray(bytes.length - before);
    }
    this.#head = Buffer.alloc(0);
    const length =
      short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
    this.#opcode = first & 0x0f;
    this.#isLast = (first & WHOLE) !== 0;
    const isControl = this.#opcode >= CLOSE;
    if (!isControl) this.#length += length;
    if (this.#isOdd(first, second, length)) this.#end(new Error('this is no WebSocket'));
    else if (this.#length > this.#most) this.#end(new Error('a message is too long'));
    else {
      if (!isControl) this.#isWithin = true;
      this.#left = length;
      if (length === 0) this.#frameEnded();
    }
    return part.subarray(size - before);
  }

  /** Whether no server that keeps to the rules begins a frame so, and none of DevTools does: it sends texts. */
  #isOdd(first: number, second: number, length: number): boolean {
    // Nothing was agreed on that would use the other bits, and a server masks nothing.
    if ((first & 0x70) !== 0 || (second & MASKED) !== 0) return true;
    if (this.#opcode < CLOSE) return this.#opcode !== (this.#isWithin ? CONTINUED : TEXT);
    return this.#opcode > PONG || length > SHORT || !this.#isLast;
  }

  #take(part: Buffer): Buffer {
    const piece = part.subarray(0, this.#left);
    this.#left -= piece.length;
    if (this.#opcode >= CLOSE) this.#control.push(piece);
    else this.#listeners.piece(piece);
    if (this.#left === 0 && !this.#isOver) this.#frameEnded();
    return part.subarray(piece.length);
  }

  #frameEnded(): void {
    if (this.#opcode < CLOSE) {
      if (!this.#isLast) return;
      this.#length = 0;
      this.#isWithin = false;
      this.#listeners.message();
      return;
    }
    const said = Buffer.concat(this.#control);
    this.#control = [];
    if (this.#opcode === CLOSE) this.#end(new Error('the other end closed'));
    else if (this.#opcode === PING) this.#answerPing(said);
  }

  /** Between messages: within one that is written in pieces it would stand in the middle of a frame. Of several only the last is answered (section 5.5.3). */
  #answerPing(said: Buffer): void {
    const isWaiting = this.#pong !== null;
    this.#pong = said;
    if (isWaiting) return;
    const answer = async (): Promise<void> => {
      const last = this.#pong ?? said;
      this.#pong = null;
      await this.#put(Buffer.concat([head(PONG, last.length), last]));
    };
    this.#writing = this.#writing.then(answer).catch(() => {});
  }

  #end(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stream.destroy();
    this.#listeners.end(error);
  }
}

function head(opcode: number, length: number): Buffer {
  const size = length <= SHORT ? 2 : length <= 0xffff ? 4 : 10;
  const bytes = Buffer.alloc(size);
  bytes[0] = WHOLE | opcode;
  bytes[1] = MASKED | (size === 2 ? length : size === 4 ? 126 : 127);
  if (size === 4) bytes.writeUInt16BE(length, 2);
  if (size === 10) bytes.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([bytes, NO_MASK]);
}

/** Answers what came behind the handshake already. */
function handshake(stream: Duplex, path: string, signal: AbortSignal): Promise<Buffer> {
  const key = randomBytes(16).toString('base64');
  const accept = createHash('sha1').update(`${key}${ACCEPTING}`).digest('base64');
  return new Promise((resolve, reject) => {
    const asked = request({
      createConnection: () => stream,
      host: 'localhost',
      path,
      signal,
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Key': key,
        'Sec-WebSocket-Version': '13',
      },
    });
    asked.on('upgrade', (answer, _socket, rest: Buffer) => {
      if (answer.headers['sec-websocket-accept'] === accept) resolve(rest);
      else reject(new Error('this is no WebSocket'));
    });
    asked.on('response', (answer) => {
      answer.resume();
      reject(new Error(`no WebSocket: ${answer.statusCode}`));
    });
    asked.on('error', reject);
    asked.end();
  });
}
